"""Suites of connectors in YAML: what a query must ask of APIs, what they answer, what must come of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.access import Principal
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import read_text
from gateway.security.authentication import LOCAL_DEV

SUITES = ("*.calls.yaml", "*.calls.yml")
JsonDict = dict[str, object]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CallEntry(_Entry):
    """One call: `request` is method and URL; headers those that matter; `fails` in place of an answer."""

    request: Annotated[str, Field(pattern=r"^[A-Z]+ https?://\S+$")]
    headers: dict[str, str] = {}
    body: object = None
    status: int = 200
    answer: object = None
    answer_headers: dict[str, str] = {}
    fails: str | None = None


class CallerEntry(_Entry):
    """Who asks; without one, somebody who may do everything."""

    subject: str = "tester"
    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    channel: str | None = None
    headers: dict[str, str] = {}

    def to_principal(self) -> Principal:
        facts = {name: getattr(self, name) for name in ("subject", "roles", "units", "scopes", "channel")}
        return Principal(**facts)


class ErrorEntry(_Entry):
    path: str
    code: str


class CaseEntry(_Entry):
    name: str
    query: str
    variables: JsonDict = {}
    caller: CallerEntry | None = None
    calls: tuple[CallEntry, ...] = ()
    data: JsonDict | None = None
    errors: tuple[ErrorEntry, ...] = ()

    @property
    def principal(self) -> Principal:
        return self.caller.to_principal() if self.caller is not None else LOCAL_DEV


class SuiteFile(_Entry):
    """`modules` are SDL files beside this one; `config` stands in for their secrets."""

    modules: tuple[str, ...] = Field(min_length=1)
    config: JsonDict = {}
    cases: tuple[CaseEntry, ...] = Field(min_length=1)


def read_suite_file(path: Path) -> SuiteFile:
    """Raises `CommandFailed` with everything that is wrong with it."""
    try:
        return SuiteFile.model_validate(plain_json(yaml.safe_load(read_text(path))))
    except yaml.YAMLError as error:
        raise _unusable(f"{path}: {error}") from None
    except ValidationError as error:
        said = [
            f"\n  {'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors()
        ]
        raise _unusable("".join([f"{path} holds no suite of connectors:", *said])) from None


def write_suite_file(path: Path, suite: SuiteFile) -> None:
    """Raises `CommandFailed`. Comments of the file are lost."""
    document = suite.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise _unusable(f"cannot write {path}: {error.strerror}") from None


def plain_json(value: object) -> Mapping[str, object]:
    """Dates, which YAML knows and JSON does not, become texts; keys are texts."""
    made: object = orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str))
    return cast("Mapping[str, object]", made)  # a file that holds anything else is refused by the model


def _unusable(message: str) -> CommandFailed:
    return CommandFailed(
        message, next_step="correct it; docs/resources.md shows a suite", code=ExitCode.USAGE
    )
