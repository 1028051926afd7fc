"""Modules as files: one SDL document each, named as its module, and what a check finds in them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer

from engine.problem import Problem, Severity
from gateway.cli.failure import CommandFailed, ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFile:
    """`module` is the file's name without its ending."""

    module: str
    path: Path
    sdl: str


def read_module_files(paths: Iterable[Path]) -> tuple[ModuleFile, ...]:
    """The files in the order given, a folder's *.graphql by name. Raises `CommandFailed`."""
    files = [_read(path) for given in paths for path in _expand(given)]
    by_name = {file.module: file for file in files}
    for file in files:
        if (other := by_name[file.module]) is not file:
            raise CommandFailed(
                f"{file.path} and {other.path} are both the module {file.module}",
                next_step="rename one: a module is named as its file",
                code=ExitCode.USAGE,
            )
    return tuple(files)


def read_text(path: Path) -> str:
    """Raises `CommandFailed`."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CommandFailed(
            f"cannot read {path}: {reason}", next_step="name a file that is there", code=ExitCode.USAGE
        ) from None


def read_config(pairs: Sequence[str], file: Path | None) -> Mapping[str, object] | None:
    """The `$config` of KEY=VALUE pairs over a JSON file's, None without both. Raises `CommandFailed`."""
    if not pairs and file is None:
        return None
    config = {} if file is None else _json_object(file)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandFailed(
                "--config wants KEY=VALUE", next_step="write --config apiKey=secret", code=ExitCode.USAGE
            )
        config[name] = value
    return config


def print_problems(problems: Iterable[Problem], files: Iterable[ModuleFile]) -> None:
    """One line each, by file and place: `file:line:column CODE severity: message (suggestion)`."""
    places = {file.module: str(file.path) for file in files}
    order = {name: number for number, name in enumerate(places)}

    def place(problem: Problem) -> tuple[int, int, int]:
        return order.get(problem.module or "", len(order)), problem.line or 0, problem.column or 0

    for problem in sorted(problems, key=place):
        where = places.get(problem.module or "", problem.module or "all modules")
        if problem.line is not None:
            where += f":{problem.line}:{problem.column or 1}"
        hint = f" ({problem.suggestion})" if problem.suggestion else ""
        typer.echo(f"{where} {problem.code} {problem.severity.lower()}: {problem.message}{hint}")


def problem_of(said: Mapping[str, Any]) -> Problem:  # Any: JSON in the contract's shape
    rest = {name: value for name, value in said.items() if name != "severity"}
    return Problem(severity=Severity(said["severity"]), **rest)


def fail_on_errors(problems: Iterable[Problem], *, next_step: str) -> None:
    """Raises `CommandFailed` if one of the problems, printed before, is an error."""
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if errors:
        counted = "1 error" if errors == 1 else f"{errors} errors"
        raise CommandFailed(counted, next_step=next_step, code=ExitCode.PROBLEMS)


def _expand(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if found := sorted(path.glob("*.graphql")):
        return found
    raise CommandFailed(
        f"{path} holds no *.graphql", next_step="name SDL files, or a folder of them", code=ExitCode.USAGE
    )


def _read(path: Path) -> ModuleFile:
    return ModuleFile(module=path.stem, path=path, sdl=read_text(path))


def _json_object(file: Path) -> dict[str, object]:
    try:
        content: object = json.loads(read_text(file))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise CommandFailed(
            f"{file} is no JSON object", next_step='write {"apiKey": "secret"}', code=ExitCode.USAGE
        )
    return cast("dict[str, object]", content)  # keys of a JSON object are strings
