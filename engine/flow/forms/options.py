"""Choices that come from resource fields: what to ask the graph for, and the choices in its answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from engine.flow.forms.fields import Field, fields_of
from engine.flow.model import Call, Json, JsonObject

MAX_OPTIONS = 1_000  # more than anybody looks through: ask for less in the query
KEYS = frozenset({"query", "variables", "path", "value", "label"})


@dataclass(frozen=True, slots=True)
class Choice:
    value: Json
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One query for the choices of one field. `path` leads from the response's data to the list; `value` and
    `label` lead from an item to its parts, empty to the item itself.
    """

    call: Call
    path: tuple[str, ...]
    value: tuple[str, ...]
    label: tuple[str, ...]


Options = Mapping[str, Sequence[Choice]]  # by field; `address/city` for the part of an object


def wanted_options(form: JsonObject) -> Mapping[str, Wanted]:
    """By field, what a form's schema wants from resources; all of it can be read in one operation."""
    return dict(_wanted(fields_of(form), ""))


def with_options(wanted: Mapping[str, Wanted], results: Mapping[str, JsonObject]) -> Options:
    """The choices in the results, by field; none where there is no result, or the path leads nowhere."""
    return {name: _choices(each, results[name]) for name, each in wanted.items() if name in results}


def options_keyword(schema: JsonObject) -> JsonObject | None:
    """`x-options` of a field, or of the items of a list."""
    items = schema.get("items")
    for place in (schema, items if isinstance(items, dict) else {}):
        found = place.get("x-options")
        if isinstance(found, dict):
            return found
    return None


def _wanted(fields: Sequence[Field], before: str) -> Iterator[tuple[str, Wanted]]:
    for field in fields:
        keyword = options_keyword(field.schema)
        if keyword is not None:
            yield before + field.name, _read(keyword)
        yield from _wanted(field.parts, f"{before}{field.name}/")


def _read(keyword: JsonObject) -> Wanted:
    variables = keyword.get("variables")
    named = variables.items() if isinstance(variables, dict) else ()
    return Wanted(
        call=Call(query=str(keyword.get("query", "")), variables={name: str(text) for name, text in named}),
        path=_steps(keyword.get("path")),
        value=_steps(keyword.get("value")),
        label=_steps(keyword.get("label", keyword.get("value"))),
    )


def _steps(path: Json) -> tuple[str, ...]:
    return tuple(path.split(".")) if isinstance(path, str) and path else ()


def _choices(wanted: Wanted, data: JsonObject) -> tuple[Choice, ...]:
    listed = _follow(cast("Json", data), wanted.path)  # a JSON object is JSON
    choices: dict[str, Choice] = {}
    for item in listed if isinstance(listed, list) else []:
        value, label = _follow(item, wanted.value), _follow(item, wanted.label)
        if value is not None:
            shown = str(value if label is None else label)
            choices.setdefault(repr(value), Choice(value, shown))
        if len(choices) == MAX_OPTIONS:
            break
    return tuple(choices.values())


def _follow(value: Json, path: Sequence[str]) -> Json:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
