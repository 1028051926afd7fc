"""What variables a flow can have: of its start schema, of its forms, of outputs; with their types."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from engine.expr import ANY, BOOL, INT, STRING, ExprType, ListType, ObjectType
from engine.expr.types import join_types
from engine.flow.forms.check_schema import MAX_SCHEMAS
from engine.flow.forms.schemas import Endless, count_expanded, resolve, types_of
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    Element,
    FlowModel,
    JsonObject,
    MessageCatchEvent,
    ServiceTask,
    UserTask,
)

MAX_SCHEMA_DEPTH = 12  # below it, any type: what a condition reads lies higher
TYPES: Mapping[str, ExprType] = {"string": STRING, "boolean": BOOL, "integer": INT}  # a number may be either


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A variable's type, and the paths below it that may be null; () is itself."""

    type: ExprType
    nullable: frozenset[tuple[str, ...]] = frozenset()

    def joined(self, other: "Typed") -> "Typed":
        both = join_types(self.type, other.type)
        return Typed(type=both, nullable=self.nullable | other.nullable)


UNTYPED = Typed(type=ANY)
KnownVariables = dict[str, Typed]


def known_variables(model: FlowModel, outputs: Mapping[tuple[str, str], Typed]) -> KnownVariables:
    """`outputs`: what is known of an element's output, by its key and the variable."""
    known: KnownVariables = {}
    for name, typed in properties_of(model.variables).items():
        _add(known, name, typed)
    for element in model.elements.values():
        form = model.forms.get(element.form or "") if isinstance(element, UserTask) else None
        for name, typed in properties_of(form.schema if form else None).items():
            _add(known, name, typed)
        for name in _outputs_of(element):
            _add(known, name, outputs.get((element.key, name), UNTYPED))
    return known


def is_closed(model: FlowModel) -> bool:
    """Whether no other variables than the known ones can be: all that comes in is declared."""
    tasks = [element for element in model.elements.values() if isinstance(element, UserTask)]
    forms = [model.forms.get(task.form or "") for task in tasks]
    calls = [element for element in model.elements.values() if isinstance(element, CallActivity)]
    return (
        model.variables is not None
        and all(form is not None and form.schema.get("additionalProperties") is False for form in forms)
        and not any(call.output == "full" and not (call.loop and call.loop.collect) for call in calls)
    )


def writes_of(element: Element, model: FlowModel) -> Iterator[str]:
    """The variables that passing an element replaces, as far as they are known."""
    if isinstance(element, UserTask):
        form = model.forms.get(element.form or "")
        yield from properties_of(form.schema if form else None)
    yield from _outputs_of(element)


def _outputs_of(element: Element) -> Iterator[str]:
    match element:
        case ServiceTask() | MessageCatchEvent() | BoundaryEvent():
            yield from element.output
        case CallActivity(loop=loop) if loop is not None and loop.collect is not None:
            yield loop.collect
        case CallActivity(output=output) if not isinstance(output, str):
            yield from output
        case _:
            pass


def properties_of(schema: JsonObject | None) -> KnownVariables:
    """The properties of a JSON Schema with their types. Never raises: forms have a check of their own."""
    if schema is None:
        return {}
    try:
        if count_expanded(schema) > MAX_SCHEMAS:
            return {}
    except Endless:
        return {}
    properties = resolve(schema, schema).get("properties")
    if not isinstance(properties, dict):
        return {}
    return {name: typed_of(part) if isinstance(part, dict) else UNTYPED for name, part in properties.items()}


def typed_of(schema: JsonObject, depth: int = 0) -> Typed:
    said = types_of(schema)
    types = said - {"null"}
    nullable = frozenset({()}) if "null" in said else frozenset[tuple[str, ...]]()
    if len(types) != 1 or depth > MAX_SCHEMA_DEPTH:
        return Typed(type=ANY, nullable=nullable)
    match next(iter(types)):
        case "array":
            items = schema.get("items")
            inner = typed_of(items, depth + 1) if isinstance(items, dict) else UNTYPED
            return Typed(type=ListType(inner.type), nullable=nullable | inner.nullable)
        case "object":
            return _object(schema, nullable, depth)
        case kind:
            return Typed(type=TYPES.get(kind, ANY), nullable=nullable)


def _object(schema: JsonObject, nullable: frozenset[tuple[str, ...]], depth: int) -> Typed:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return Typed(type=ANY, nullable=nullable)
    fields = {
        name: typed_of(cast("JsonObject", part), depth + 1) if isinstance(part, dict) else UNTYPED
        for name, part in properties.items()
    }
    below = {(name, *path) for name, typed in fields.items() for path in typed.nullable}
    if schema.get("additionalProperties") is not False:
        return Typed(type=ANY, nullable=nullable | below)
    types = {name: typed.type for name, typed in fields.items()}
    return Typed(type=ObjectType("the object", lambda: types), nullable=nullable | below)


def _add(known: KnownVariables, name: str, typed: Typed) -> None:
    known[name] = typed.joined(known[name]) if name in known else typed
