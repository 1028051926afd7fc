"""The fields of a form as a person meets them: in order, resolved, with when each is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.flow.forms.schemas import constants, objects, resolve, same, texts, types_of
from engine.flow.model import Json, JsonObject

LAST = 1_000_000  # the order of a field that names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test of the values filled so far: a field has one of `values`, or with None any value.

    `absent`: what it is while the field is empty. `negated`: it holds when it would not.
    """

    __test__ = False  # pytest: this is none of yours

    field: str
    values: tuple[Json, ...] | None = None
    absent: bool = False
    negated: bool = False

    def holds(self, values: JsonObject) -> bool:
        if self.field not in values:
            return self.absent != self.negated
        given = values[self.field]
        fits = self.values is None or any(same(given, value) for value in self.values)
        return fits != self.negated


Alternatives = tuple[tuple[Test, ...], ...]  # shown when all tests of any one hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`schema` has its references followed. `parts` are the fields of an object, `item` is a list's item.

    `shown_when`: empty means always, also where the schema's condition is more than a person could follow.
    """

    name: str
    schema: JsonObject
    required: bool = False
    shown_when: Alternatives = ()
    parts: tuple["Field", ...] = ()
    item: "Field | None" = None

    def is_shown(self, values: JsonObject) -> bool:
        return not self.shown_when or any(
            all(test.holds(values) for test in tests) for tests in self.shown_when
        )


def fields_of(root: JsonObject, schema: JsonObject | None = None) -> tuple[Field, ...]:
    """The fields of a form's schema, or of an object in it, in the order in which to ask for them."""
    whole = resolve(root, root if schema is None else schema)
    rules = [
        (tests, resolve(root, consequence))
        for part in [whole, *_conditional_parts(root, root if schema is None else schema)]
        for tests, consequence in _rules(part)
    ]
    schemas = {name: part for _, consequence in rules for name, part in _properties(consequence).items()}
    own = _properties(whole)
    schemas = {**own, **{name: part for name, part in schemas.items() if name not in own}}
    required = texts(whole.get("required"))
    fields = [
        _field(
            root, name, part, required=name in required, shown_when=_shown_when(name, own, required, rules)
        )
        for name, part in schemas.items()
    ]
    return tuple(sorted(fields, key=_order))


def _field(
    root: JsonObject, name: str, schema: JsonObject, *, required: bool, shown_when: Alternatives
) -> Field:
    whole = resolve(root, schema)
    items = whole.get("items")
    return Field(
        name=name,
        schema=whole,
        required=required,
        shown_when=shown_when,
        parts=fields_of(root, whole) if "object" in types_of(whole) else (),
        item=_field(root, name, items, required=True, shown_when=()) if isinstance(items, dict) else None,
    )


def _order(field: Field) -> float:
    order = field.schema.get("x-order")
    return order if isinstance(order, int | float) else LAST


def _properties(schema: JsonObject) -> Mapping[str, JsonObject]:
    listed = schema.get("properties")
    found = listed.items() if isinstance(listed, dict) else ()
    return {name: part if isinstance(part, dict) else {} for name, part in found if part is not False}


Rule = tuple[Alternatives | None, JsonObject]  # when (None: too much to say), and what then holds beside


def _conditional_parts(root: JsonObject, schema: JsonObject) -> Iterator[JsonObject]:
    for part in objects(schema.get("allOf")):
        whole = resolve(root, part)
        yield {key: whole[key] for key in ("if", "then", "else") if key in whole}


def _rules(schema: JsonObject) -> Iterator[Rule]:
    condition = schema.get("if")
    tests = _tests(condition) if isinstance(condition, dict) else None
    then, otherwise = schema.get("then"), schema.get("else")
    if "if" in schema and isinstance(then, dict):
        yield (None if tests is None else (tests,)), then
    if "if" in schema and isinstance(otherwise, dict):
        yield (None if tests is None else tuple((_negated(test),) for test in tests)), otherwise
    dependent = schema.get("dependentRequired")
    for name, names in dependent.items() if isinstance(dependent, dict) else ():
        yield ((Test(field=name),),), {"required": names}
    dependent = schema.get("dependentSchemas")
    for name, part in dependent.items() if isinstance(dependent, dict) else ():
        yield ((Test(field=name),),), part if isinstance(part, dict) else {}


def _tests(condition: JsonObject) -> tuple[Test, ...] | None:
    """The tests an `if` makes; None where it asks for more than the values of fields."""
    required = texts(condition.get("required"))
    tests = [Test(field=name) for name in required if name not in _properties(condition)]
    for name, schema in _properties(condition).items():
        values = constants(schema)
        if not values or schema.keys() - {"const", "enum", "type", "title", "description"}:
            return None
        tests.append(Test(field=name, values=tuple(values), absent=name not in required))
    known = {"properties", "required", "type", "title", "description"}
    return tuple(tests) if tests and not condition.keys() - known else None


def _negated(test: Test) -> Test:
    return Test(field=test.field, values=test.values, absent=test.absent, negated=True)


def _shown_when(
    name: str, own: Mapping[str, JsonObject], required: list[str], rules: list[Rule]
) -> Alternatives:
    """A field that is always required, or that no rule demands or brings, is always shown."""
    demanding = [when for when, then in rules if name in texts(then.get("required"))]
    bringing = [when for when, then in rules if name in _properties(then)] if name not in own else []
    if name in required or not (demanding or bringing):
        return ()
    alternatives: dict[tuple[Test, ...], None] = {}
    for when in [*demanding, *bringing]:
        if when is None:
            return ()
        alternatives |= dict.fromkeys(when)
    return tuple(alternatives)
