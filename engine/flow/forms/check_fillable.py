"""Can every field be filled? `additionalProperties: false` knows only the `properties` right beside it."""

from collections.abc import Iterator

from engine.flow.forms.check_schema import place
from engine.flow.forms.compiled import validator_of
from engine.flow.forms.fields import fields_of
from engine.flow.forms.schemas import children, joined, referred, subschemas
from engine.flow.model import FormModel, Json, JsonObject
from engine.problem import Problem, Severity

_SAME_VALUE = frozenset({"allOf", "then", "else", "dependentSchemas"})  # a field of theirs is one of ours


def check_fillable(form: FormModel, *, at: str) -> Iterator[Problem]:
    said: set[str] = set()
    for path, part in subschemas(form.schema):
        if not _may_refuse(form.schema, part):
            continue
        for name in _refused(form.schema, part):
            where = joined(place(at, path), (name,))
            if where not in said:
                said.add(where)
                yield _problem(where, name)


def _may_refuse(root: JsonObject, part: JsonObject) -> bool:
    return any(one.get("additionalProperties") is False for one in _in_place(root, part))


def _refused(root: JsonObject, part: JsonObject) -> list[str]:
    closed = [one for one in _in_place(root, part) if one.get("additionalProperties") is False]
    names = [each.name for each in fields_of(root, part)]
    return [name for name in names if any(not _declares(one, name) for one in closed)]


def _in_place(root: JsonObject, part: JsonObject) -> Iterator[JsonObject]:
    """The schemas that judge the same value: itself, what it refers to, the parts of `allOf` and `then`."""
    yield part
    reference = part.get("$ref")
    target = referred(root, reference) if isinstance(reference, str) else None
    if target is not None:
        yield from _in_place(root, target)
    for step, child in children(part):
        if step[0] in _SAME_VALUE:
            yield from _in_place(root, child)


def _declares(schema: JsonObject, name: str) -> bool:
    """Asked of the validator, whose patterns are linear."""
    named: dict[str, Json] = {"additionalProperties": False}
    for keyword in ("properties", "patternProperties"):
        given = schema.get(keyword)
        named[keyword] = dict.fromkeys(given, True) if isinstance(given, dict) else {}
    return validator_of(named).is_valid({name: None})


def _problem(where: str, name: str) -> Problem:
    return Problem(
        code="FORM_FIELD_REFUSED",
        message=f"{name!r} can never be filled: additionalProperties: false knows only the properties beside "
        "it. Write unevaluatedProperties: false instead, or name the field there too.",
        severity=Severity.WARNING,
        path=where,
    )
