"""Walk a JSON Schema: its subschemas, what a local reference names, how much work validating with it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from engine.flow.model import Json, JsonObject

Path = tuple[str | int, ...]

ONE = frozenset(
    {"not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties", "contentSchema"}
)
SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
MAX_NODES = 10_000  # of JSON in a schema
MAX_DEPTH = 100  # of schemas within schemas, references followed; a form has some ten
NAMED = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})


class Endless(Exception):
    """A schema refers back to itself: validating would be as deep as the value."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


class TooDeep(Exception):
    """Schemas within schemas, or references to references, go deeper than `MAX_DEPTH`."""


def is_oversize(value: Json, most: int = MAX_NODES) -> bool:
    """Whether JSON is deeper or larger than any form is: looked at before anything else walks it."""
    level, count = [value], 0
    for _ in range(3 * MAX_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
        count += len(level)
        if not level or count > most:
            break
    return bool(level)


def subschemas(schema: JsonObject) -> Iterator[tuple[Path, JsonObject]]:
    """Every schema in this one, itself first, with where it stands."""
    waiting: list[tuple[Path, JsonObject]] = [((), schema)]
    while waiting:
        path, current = waiting.pop()
        yield path, current
        waiting.extend(reversed([((*path, *step), child) for step, child in children(current)]))


def children(schema: JsonObject) -> Iterator[tuple[Path, JsonObject]]:
    for keyword, value in schema.items():
        if keyword in ONE and isinstance(value, dict):
            yield (keyword,), value
        elif keyword in SEVERAL and isinstance(value, list):
            yield from (((keyword, nth), item) for nth, item in enumerate(value) if isinstance(item, dict))
        elif keyword in NAMED and isinstance(value, dict):
            yield from (((keyword, name), item) for name, item in value.items() if isinstance(item, dict))


def referred(root: JsonObject, reference: str) -> JsonObject | None:
    """What `#/$defs/address` names; None if there is nothing, or it is no object."""
    found: Json = cast("Json", root)  # a JSON object is JSON
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isascii() and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found if isinstance(found, dict) else None


def count_expanded(root: JsonObject) -> int:
    """Schemas a value may meet, each reference counted as what it names. Raises `Endless`, `TooDeep`."""
    return _count(root, root, {}, set())


def _count(root: JsonObject, schema: JsonObject, known: dict[int, int], within: set[int]) -> int:
    if id(schema) in known:
        return known[id(schema)]
    reference = schema.get("$ref")
    if id(schema) in within:
        raise Endless(reference if isinstance(reference, str) else "#")
    if len(within) >= MAX_DEPTH:
        raise TooDeep
    within.add(id(schema))
    total = 1 + sum(
        _count(root, child, known, within) for step, child in children(schema) if step[0] != "$defs"
    )
    target = referred(root, reference) if isinstance(reference, str) else None
    if target is not None:
        total += _count(root, target, known, within)
    within.discard(id(schema))
    known[id(schema)] = total
    return total


def resolve(root: JsonObject, schema: JsonObject) -> JsonObject:
    """The schema with what it refers to, and the parts of its `allOf`, laid under its own keywords.

    For showing, not for validating: of two limits the nearer one is kept.
    """
    whole: dict[str, Json] = {}
    for part in [*_parts(root, schema), schema]:
        for keyword, value in part.items():
            before = whole.get(keyword)
            if keyword in NAMED and isinstance(before, dict) and isinstance(value, dict):
                whole[keyword] = before | value
            elif keyword == "required" and isinstance(before, list) and isinstance(value, list):
                whole[keyword] = [*before, *(name for name in value if name not in before)]
            elif keyword not in {"allOf", "$ref"}:
                whole[keyword] = value
    return whole


def _parts(root: JsonObject, schema: JsonObject) -> Iterator[JsonObject]:
    reference = schema.get("$ref")
    target = referred(root, reference) if isinstance(reference, str) else None
    if target is not None:
        yield resolve(root, target)
    for part in objects(schema.get("allOf")):
        resolved = resolve(root, part)
        yield {key: value for key, value in resolved.items() if key not in {"if", "then", "else"}}


def objects(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def types_of(schema: JsonObject) -> frozenset[str]:
    """The JSON types a schema allows, as far as it says: those of its `type`, else of its choices."""
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset({said})
    if isinstance(said, list):
        return frozenset(texts(said))
    for keyword, implied in (("properties", "object"), ("items", "array"), ("maxLength", "string")):
        if keyword in schema:
            return frozenset({implied})
    return frozenset(type_of(value) for value in constants(schema))


def constants(schema: JsonObject) -> list[Json]:
    """The values of `enum`, of `const`, or of a `oneOf` / `anyOf` whose every branch is one `const`."""
    listed = schema.get("enum")
    if isinstance(listed, list):
        return listed
    if "const" in schema:
        return [schema["const"]]
    branches = objects(schema.get("oneOf")) or objects(schema.get("anyOf"))
    return [branch["const"] for branch in branches] if all("const" in branch for branch in branches) else []


def type_of(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"


def same(left: Json, right: Json) -> bool:
    """Equal as JSON: true is not 1, but 1.0 is."""
    numbers = {"integer", "number"}
    kinds = {type_of(left), type_of(right)}
    return left == right and (len(kinds) == 1 or kinds <= numbers)


def joined(at: str, path: Sequence[str | int]) -> str:
    """A problem's path: segments after the element's, `/` and `~` written as in a JSON pointer."""
    segments = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "/".join([at, *segments])
