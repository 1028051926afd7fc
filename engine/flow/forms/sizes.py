"""How large may the values of a form be, and how many faults may be listed? Bounded before anything is."""

from collections.abc import Iterator

from engine.flow.forms.phrases import tell
from engine.flow.forms.schemas import children, referred
from engine.flow.model import Json, JsonObject

MAX_VALUES = 2_000  # a person fills in tens; validating costs values times schemas
MAX_DEPTH = 32
MAX_TEXT = 100_000  # characters of one text; photos are uploaded elsewhere and named here
MAX_TEXTS = 1_000_000  # characters together
MAX_FAULTS = 3_000  # the validator makes all errors before it gives the first: 40 µs each


def find_oversize(values: JsonObject, language: str | None = None) -> str | None:
    """A sentence if the values are too many, too deep, or too long. Stops where a limit is passed."""
    waiting: list[tuple[Json, int]] = [(dict(values), 0)]
    count, characters = 0, 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if isinstance(value, str):
            characters += len(value)
            if len(value) > MAX_TEXT or characters > MAX_TEXTS:
                return tell("long", language, each=f"{MAX_TEXT:,}", together=f"{MAX_TEXTS:,}")
        elif isinstance(value, dict):
            waiting.extend((item, depth + 1) for pair in value.items() for item in pair)
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
        if depth > MAX_DEPTH or count + len(waiting) > 2 * MAX_VALUES:
            return tell("large", language, count=f"{MAX_VALUES:,}", depth=MAX_DEPTH)
    return None


def may_have_many_faults(root: JsonObject, values: JsonObject) -> bool:
    """Whether so many schemas meet so many values that listing every fault would take long."""
    waiting: list[tuple[JsonObject, Json]] = [(root, dict(values))]
    count = 0
    while waiting:
        schema, value = waiting.pop()
        count += 1 + sum(len(part) for part in schema.values() if isinstance(part, list))
        if count > MAX_FAULTS:
            return True
        waiting.extend(_meetings(root, schema, value))
    return False


def _meetings(root: JsonObject, schema: JsonObject, value: Json) -> Iterator[tuple[JsonObject, Json]]:
    """The schemas within a schema, each with every value it is put to."""
    reference = schema.get("$ref")
    target = referred(root, reference) if isinstance(reference, str) else None
    if target is not None:
        yield target, value
    for step, child in children(schema):
        match step[0]:
            case "$defs" | "contentSchema":
                continue
            case "properties":
                if isinstance(value, dict) and step[1] in value:
                    yield child, value[str(step[1])]
            case "items" | "prefixItems" | "contains" | "unevaluatedItems":
                yield from ((child, item) for item in (value if isinstance(value, list) else ()))
            case "patternProperties" | "additionalProperties" | "unevaluatedProperties" | "propertyNames":
                yield from ((child, item) for item in (value.values() if isinstance(value, dict) else ()))
            case _:
                yield child, value
