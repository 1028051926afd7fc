"""Is `x-options` well formed? The query itself is checked with the flow's other calls."""

from collections.abc import Iterator
from difflib import get_close_matches

from engine.expr import ANY, check_expression
from engine.flow.forms.check_schema import place
from engine.flow.forms.options import KEYS
from engine.flow.forms.schemas import Path, subschemas
from engine.flow.model import FormModel, Json, JsonObject
from engine.problem import Problem


def check_options(form: FormModel, *, at: str) -> Iterator[Problem]:
    for path, part in subschemas(form.schema):
        if "x-options" in part:
            where = (*path, "x-options")
            found = part["x-options"]
            if isinstance(found, dict):
                yield from _check(found, where, at)
            else:
                yield _problem("x-options is an object with a query and a path", where, at)


def _check(keyword: JsonObject, where: Path, at: str) -> Iterator[Problem]:
    for key in sorted(keyword.keys() - KEYS):
        near = next(iter(get_close_matches(key, KEYS, n=1)), None)
        hint = f"did you mean {near}" if near else f"there are {', '.join(sorted(KEYS))}"
        yield _problem(f"{key!r} is unknown here: {hint}", (*where, key), at, suggestion=near)
    for key in ("query", "path"):
        if not _is_text(keyword.get(key)):
            yield _problem(f"{key} is missing: give a text", (*where, key), at)
    for key in ("value", "label"):
        if key in keyword and not _is_text(keyword[key]):
            yield _problem(f"{key} names a field of each item", (*where, key), at)
    yield from _check_variables(keyword.get("variables", {}), (*where, "variables"), at)


def _check_variables(variables: Json, where: Path, at: str) -> Iterator[Problem]:
    if not isinstance(variables, dict):
        yield _problem("variables are expressions by name", where, at)
        return
    for name, source in variables.items():
        if not isinstance(source, str):
            yield _problem("the variable is an expression over vars", (*where, name), at)
            continue
        for fault in check_expression(source, {"vars": ANY}):
            yield _problem(fault.message.rstrip("."), (*where, name), at, suggestion=fault.suggestion)


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _problem(sentence: str, where: Path, at: str, *, suggestion: str | None = None) -> Problem:
    return Problem(
        code="FORM_OPTIONS_INVALID",
        message=f"{sentence[:1].upper()}{sentence[1:]}.",
        path=place(at, where),
        suggestion=suggestion,
    )
