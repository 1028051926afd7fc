"""The table of widgets: what a person edits a value with, which types it fits, what it tells a front-end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.flow.forms.schemas import constants, types_of
from engine.flow.model import Json, JsonObject

Details = Callable[[JsonObject], dict[str, Json]]


class Spoken(StrEnum):
    """How a value is given where nothing can be shown: on the phone, in a short message."""

    MENU = "menu"  # one of the choices, by its number
    DIGITS = "digits"  # a number or a date
    SPEECH = "speech"  # words
    AGENT = "agent"  # not there: a person or another channel takes it


def no_details(_: JsonObject) -> dict[str, Json]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """`types` are the JSON types it gives. `details` reads from the field's schema what a front-end needs
    beyond name, title and choices, under the keys of `vocabulary.py` or under keys of its own.
    """

    name: str
    types: frozenset[str]
    spoken: Spoken = Spoken.SPEECH
    details: Details = field(default=no_details)


def _copied(**keys: str) -> Details:
    return lambda schema: {key: schema[keyword] for key, keyword in keys.items() if keyword in schema}


def _amount(schema: JsonObject) -> dict[str, Json]:
    return _NUMBER(schema) | _copied(currency="x-currency")(schema)


_NUMBER = _copied(min="minimum", max="maximum", step="multipleOf")
_TEXT = _copied(minLength="minLength", maxLength="maxLength", pattern="pattern", format="format")
_SEVERAL = _copied(minItems="minItems", maxItems="maxItems")
_STRING, _NUMERIC = frozenset({"string"}), frozenset({"integer", "number"})
_ANY = frozenset({"string", "integer", "number", "boolean", "null"})

STANDARD: tuple[Widget, ...] = (
    Widget(name="text", types=_STRING, details=_TEXT),
    Widget(name="number", types=_NUMERIC, spoken=Spoken.DIGITS, details=_NUMBER),
    Widget(name="switch", types=frozenset({"boolean"}), spoken=Spoken.MENU),
    Widget(name="choice", types=_ANY, spoken=Spoken.MENU),
    Widget(name="multi-choice", types=frozenset({"array"}), spoken=Spoken.MENU, details=_SEVERAL),
    Widget(name="date", types=_STRING, spoken=Spoken.DIGITS),
    Widget(name="time", types=_STRING, spoken=Spoken.DIGITS),
    Widget(name="datetime", types=_STRING, spoken=Spoken.DIGITS),
    Widget(name="amount", types=_NUMERIC, spoken=Spoken.DIGITS, details=_amount),
    Widget(name="address", types=frozenset({"string", "object"})),
    Widget(
        name="photo",
        types=frozenset({"string", "object", "array"}),
        spoken=Spoken.AGENT,
        details=_copied(accept="contentMediaType", maxItems="maxItems"),
    ),
    Widget(name="order-picker", types=frozenset({"string", "integer", "object"}), spoken=Spoken.MENU),
    Widget(name="signature", types=frozenset({"string", "object"}), spoken=Spoken.AGENT),
    Widget(name="group", types=frozenset({"object"})),
    Widget(name="list", types=frozenset({"array"}), spoken=Spoken.AGENT, details=_SEVERAL),
    Widget(name="json", types=frozenset(), spoken=Spoken.AGENT),
)

_BY_FORMAT: Mapping[str, str] = {"date": "date", "time": "time", "date-time": "datetime"}
_BY_TYPE: Mapping[str, str] = {"boolean": "switch", "object": "group"}


def choose_widget(schema: JsonObject, widgets: Mapping[str, Widget]) -> Widget:
    """The one `x-widget` asks for if it is known and fits the type, else one by choices, format and type."""
    asked = schema.get("x-widget")
    widget = widgets.get(asked) if isinstance(asked, str) else None
    types = types_of(schema) - {"null"}
    if widget is not None and (not types or types & widget.types):
        return widget
    return widgets[_fallback(schema, types)]


def _fallback(schema: JsonObject, types: frozenset[str]) -> str:
    only = next(iter(types)) if len(types) == 1 else None
    if only == "array":
        items = schema.get("items")
        return "multi-choice" if _offers(schema) or (isinstance(items, dict) and _offers(items)) else "list"
    if _offers(schema):
        return "choice"
    if only == "string":
        return _BY_FORMAT.get(str(schema.get("format")), "text")
    if types and types <= _NUMERIC:
        return "number"
    return _BY_TYPE.get(only or "", "json")


def _offers(schema: JsonObject) -> bool:
    return bool(constants(schema)) or "x-options" in schema
