"""Flow models as files: read in any format, and what is wrong with them printed, a line each."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import orjson
import typer

from engine.flow.checks import CheckContext
from engine.flow.formats import ModelFormat
from engine.flow.model import FlowModel
from engine.flow.parts import FlowParts
from engine.problem import Problem, Severity
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import read_text

ENDINGS = (".json", ".bpmn", ".xml")
TURBO_KEY = "flowElementList"


class FileFormat(StrEnum):
    """What a file holds; `auto` looks at it."""

    AUTO = "auto"
    PAIFANG = "paifang"
    BPMN = "bpmn"
    TURBO = "turbo"


def read_model_file(path: Path, format_: FileFormat = FileFormat.AUTO) -> tuple[ModelFormat, object]:
    """The format and the model as `FlowModelInput` takes it. Raises `CommandFailed`."""
    text = read_text(path)
    is_xml = text.lstrip("\ufeff \t\r\n").startswith("<")
    if format_ is FileFormat.BPMN or (format_ is FileFormat.AUTO and is_xml):
        return ModelFormat.BPMN, text
    try:
        raw: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CommandFailed(
            f"{path}:{error.lineno}:{error.colno}: {error.msg}",
            next_step="correct it: a model is JSON, or BPMN as XML",
            code=ExitCode.USAGE,
        ) from None
    is_turbo = isinstance(raw, dict) and TURBO_KEY in raw
    if format_ is FileFormat.TURBO or (format_ is FileFormat.AUTO and is_turbo):
        return ModelFormat.TURBO, raw
    return ModelFormat.PAIFANG, raw


class ModelFolder:
    """Models that lie beside each other: one calls another by its file's name without the ending."""

    def __init__(self, folder: Path, parts: FlowParts) -> None:
        self._folder = folder
        self._parts = parts
        self._read: dict[str, FlowModel | None] = {}

    def find(self, key: str) -> FlowModel | None:
        if key not in self._read:
            self._read[key] = None  # while it is read: one that calls itself is found by the checks
            files = [self._folder / f"{key}{ending}" for ending in ENDINGS]
            file = next((file for file in files if file.is_file()), None)
            if file is not None:
                self._read[key] = self._parts.import_model(*read_model_file(file))[0]
        return self._read[key]


def check_file(
    path: Path, parts: FlowParts, context: CheckContext, format_: FileFormat = FileFormat.AUTO
) -> tuple[FlowModel, list[Problem]]:
    """The model, and everything that is wrong with it."""
    model, problems = parts.import_model(*read_model_file(path, format_))
    return model, [*problems, *parts.check_model(model, context)]


def print_flow_problems(problems: Iterable[Problem], place: object) -> None:
    """`file path CODE severity: message (suggestion)`."""
    for problem in problems:
        where = f"{place} {problem.path}" if problem.path else f"{place}"
        hint = f" ({problem.suggestion})" if problem.suggestion else ""
        typer.echo(f"{where} {problem.code} {problem.severity.lower()}: {problem.message}{hint}")


def count_errors(problems: Iterable[Problem]) -> int:
    return sum(problem.severity is Severity.ERROR for problem in problems)


def input_of(format_: ModelFormat, model: object) -> Mapping[str, object]:
    """As GraphQL's `FlowModelInput`."""
    return {"format": format_.value, "model": model}
