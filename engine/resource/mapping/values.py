"""JSON values as mappings see them: the types, what absence is, equality, size and text."""

from enum import Enum
from typing import Final, TypeAlias

import orjson

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class Missing(Enum):
    """There is no such value: not the same as null, which is a value an API sent."""

    MISSING = 0


MISSING: Final = Missing.MISSING
Value: TypeAlias = Json | Missing

MAX_PARTS = (
    200_000  # of one value that is compared or written as text: sharing can make it far larger than its input
)
MAX_TEXT = 1_000_000  # characters of one string a method makes: chained `replace` grows exponentially


class TooLarge(Exception):
    """A value has more parts than may be looked at."""


def settle(value: Value) -> Json:
    """Where something must stand (list items, arguments, the final answer) a missing value is null."""
    return None if value is MISSING else value


def kind_of(value: Json) -> str:
    """The JSON name of a value's type, for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case dict():
            return "object"


def compare(left: Json, right: Json, *, most: int) -> tuple[bool, int]:
    """JSON equality and the parts it looked at: 1 equals 1.0 but not true. Raises TooLarge beyond `most`."""
    pairs: list[tuple[Json, Json]] = [(left, right)]
    seen = 0
    while pairs:
        one, other = pairs.pop()
        seen += 1
        if seen > most:
            raise TooLarge
        if one is other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False, seen
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False, seen
            pairs.extend((one[key], other[key]) for key in one)
        elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
            return False, seen
    return True, seen


def text_of(value: bool | float | str | None) -> str:
    """A scalar as JSON writes it, strings without their quotes; null is the empty string."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return orjson.dumps(value).decode()


def count_parts(value: Json, *, most: int) -> int:
    """The parts of a value. Raises TooLarge beyond `most`."""
    waiting: list[Json] = [value]
    seen = 0
    while waiting:
        node = waiting.pop()
        seen += 1
        if seen + len(waiting) > most:
            raise TooLarge
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
    return seen
