"""`paifang settings`: the settings in force, as a TOML file that may be given back with --config."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic import BaseModel, SecretStr

from gateway.cli.flags import settings_or_fail
from gateway.setting_types import SecretUrl
from gateway.settings import Settings, origin_of

EXAMPLE = "PAIFANG_PORT=8080 paifang settings"


def run(
    config: Annotated[Path | None, typer.Option(help="TOML file to read.")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Show the defaults; read nothing.")] = False,
) -> None:
    """Show every setting and where it comes from.

    The output is a TOML file for --config; what is secret or not set is commented out.
    """
    settings = Settings.model_construct() if defaults else settings_or_fail({"config": config})
    typer.echo("\n".join(_lines(settings)))


def _lines(settings: Settings, *path: str) -> Iterator[str]:
    group: BaseModel = settings
    for step in path:
        group = getattr(group, step)
    for name, field in type(group).model_fields.items():
        value: object = getattr(group, name)
        if isinstance(value, BaseModel):
            yield f"\n# {field.description}\n[{name}]"
            yield from _lines(settings, *path, name)
        else:
            yield f"# {field.description}"
            yield f"{_assignment(name, value)}  # {origin_of(settings, *path, name)}"


def _assignment(name: str, value: object) -> str:
    if value is None or name == "config":
        return f"# {name} = {json.dumps('' if value is None else str(value))}"
    if isinstance(value, (SecretStr, SecretUrl)):
        return f"# {name} = {json.dumps(str(value))}"
    return f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    """On one line: tables are inline."""
    if isinstance(value, BaseModel):
        return _toml(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, object]", value)
        return "{" + ", ".join(f"{_text(key)} = {_toml(part)}" for key, part in parts.items()) + "}"
    return _text(value)


def _text(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
