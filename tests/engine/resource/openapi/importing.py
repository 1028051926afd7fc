"""Import small descriptions, and look at what comes of them."""

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import parse

from engine.problem import Severity
from engine.resource.model import Module
from engine.resource.openapi import Imported, ImportOptions, import_openapi
from engine.resource.sdl import compose, parse_module
from engine.resource.sdl.merging import Platform

Json = dict[str, Any]  # Any: a description as it is written
PLATFORM = Platform(
    document=parse("scalar JSON scalar DateTime type Query { up: Boolean }", no_location=True)
)


def described(paths: Json, *, version: str = "3.1.0", **rest: object) -> Json:
    return {
        "openapi": version,
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "http://up.test/v1"}],
        "paths": paths,
        **rest,
    }


def getting(schema: Json, **rest: object) -> Json:
    """One operation that answers with this schema."""
    answer = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    return {"/thing": {"get": {"operationId": "thing", "responses": answer, **rest}}}


def imported(spec: Json | str, files: Mapping[str, str] | None = None, **options: Any) -> Imported:
    """The module, which composes."""
    text = spec if isinstance(spec, str) else orjson.dumps(spec).decode()
    given: Json = {"module": "m", "unit": "u", "source_name": "s", **options}
    load = files.__getitem__ if files is not None else None
    made = import_openapi(text, "spec.yaml", ImportOptions(**given), load)
    module = parse_module("m", made.sdl)
    assert isinstance(module, Module), f"{module}\n{made.sdl}"
    composition = compose([module], PLATFORM)
    errors = [problem for problem in composition.problems if problem.severity is Severity.ERROR]
    assert errors == [], f"{errors}\n{made.sdl}"
    return made


def codes(made: Imported) -> list[str]:
    return [problem.code for problem in made.problems]


def squeezed(made: Imported) -> str:
    """The SDL with all white space as one space."""
    return " ".join(made.sdl.split())
