"""Scenarios of flows in YAML, as unit engineers write them; docs/flows.md shows one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self, cast

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.flow.instance import InstanceStatus, Variables
from engine.flow.testing import Answer, CommitAnswer, Expected, MessageAnswer, Scenario, WaitAnswer
from gateway.calendar_settings import CalendarSettings
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import read_text
from gateway.cli.suite_files import SUITES

PATTERNS = ("*.test.yaml", "*.test.yml")
JsonDict = dict[str, object]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class AnswerEntry(_Entry):
    """What happens next: one of commit, message and wait. `open`: the tasks that must be open before."""

    open: tuple[str, ...] | None = None
    task: str | None = None
    commit: JsonDict | None = None
    message: str | None = None
    correlation: JsonDict = {}
    variables: JsonDict = {}
    wait: str | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        kinds = [
            self.commit is not None or self.task is not None,
            self.message is not None,
            self.wait is not None,
        ]
        if sum(kinds) != 1:
            raise ValueError("an answer has one of commit (with task, or not), message and wait")
        if self.message is None and (self.variables or self.correlation):
            raise ValueError("variables and correlation are a message's: what a task gets is its commit")
        return self

    def to_answer(self) -> Answer:
        if self.wait is not None:
            return WaitAnswer(duration=self.wait, open=self.open)
        if self.message is not None:
            variables, correlation = _json(self.variables), _json(self.correlation)
            return MessageAnswer(
                name=self.message, variables=variables, correlation=correlation, open=self.open
            )
        return CommitAnswer(values=_json(self.commit or {}), task=self.task, open=self.open)


class ScenarioEntry(_Entry):
    """One case: what it begins with, what happens, and what must be so at the end."""

    name: str
    case: str | None = None
    variables: JsonDict = {}
    resources: JsonDict = {}
    answers: tuple[AnswerEntry, ...] = ()
    end: InstanceStatus | None = None
    open: tuple[str, ...] | None = None
    result: JsonDict = {}
    passes: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()

    def to_scenario(self, shared: JsonDict) -> Scenario:
        expected = Expected(
            status=self.end,
            tasks=self.open,
            variables=_json(self.result),
            passes=self.passes,
            avoids=self.avoids,
        )
        return Scenario(
            variables=_json(self.variables),
            answers=[answer.to_answer() for answer in self.answers],
            resources=_json({**shared, **self.resources}),
            expected=expected,
            case_id=self.case,
        )


class ScenarioFile(_Entry):
    """`flow` is a model's file, beside this one; `resources` hold for all its scenarios."""

    flow: str
    resources: JsonDict = {}
    calendars: Mapping[str, CalendarSettings] = {}
    scenarios: tuple[ScenarioEntry, ...] = Field(min_length=1)


def find_scenario_files(paths: Iterable[Path]) -> Sequence[Path]:
    """Those given, and all of the folders that are given, by name; suites of connectors among them.

    Raises `CommandFailed`.
    """
    return [file for path in paths for file in _expand(path)]


def read_scenario_file(path: Path) -> ScenarioFile:
    """Raises `CommandFailed` with everything that is wrong with it."""
    try:
        return ScenarioFile.model_validate(yaml.safe_load(read_text(path)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else f"{path}"
        raise _unusable(f"{place}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise _unusable(f"{path}: {error}") from None
    except ValidationError as error:
        lines = [_said(details["loc"], details["msg"]) for details in error.errors(include_url=False)]
        raise _unusable("".join([f"{path} holds no scenarios:", *lines])) from None


def _said(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(map(str, place)) or "the file"
    return f"\n  {where}: {message.removeprefix('Value error, ')}"


def _expand(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if found := sorted({file for pattern in (*PATTERNS, *SUITES) for file in path.rglob(pattern)}):
        return found
    raise CommandFailed(
        f"{path} holds no {PATTERNS[0]} and no {SUITES[0]}",
        next_step="name scenario files, or a folder of them",
        code=ExitCode.USAGE,
    )


def _unusable(message: str) -> CommandFailed:
    return CommandFailed(
        message, next_step="correct it; docs/flows.md shows a scenario file", code=ExitCode.USAGE
    )


def _json(value: JsonDict) -> Variables:
    """Dates, which YAML knows and JSON does not, become texts."""
    return cast("Variables", orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)))
