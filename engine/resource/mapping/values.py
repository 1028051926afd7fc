"""JSON values as mappings see them: the types, what absence is, equality, size and text."""

from collections.abc import Iterator
from enum import Enum
from typing import Final, TypeAlias

import orjson

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class Missing(Enum):
    """There is no such value: not the same as null, which is a value an API sent."""

    MISSING = 0


MISSING: Final = Missing.MISSING
Value: TypeAlias = Json | Missing

MAX_NODES = (
    200_000  # of one value that is compared or written as text: sharing can make it far larger than its input
)
MAX_TEXT = 1_000_000  # characters of one string a method makes: chained `replace` grows exponentially


class TooLarge(Exception):
    """A value has more than `MAX_NODES` parts."""


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


def is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Json, right: Json) -> bool:
    """JSON equality: 1 equals 1.0 but not true; objects without regard to order. Raises TooLarge."""
    pairs: list[tuple[Json, Json]] = [(left, right)]
    seen = 0
    while pairs:
        one, other = pairs.pop()
        seen += 1
        if seen > MAX_NODES:
            raise TooLarge
        if one is other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs.extend((one[key], other[key]) for key in one)
        elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
            return False
    return True


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


def to_json(value: Json) -> str:
    """The value as JSON text. Raises TooLarge, or ValueError where JSON cannot say it."""
    if sum(1 for _ in _nodes(value)) > MAX_NODES:
        raise TooLarge
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:  # orjson's own error: nested too deeply, or an integer beyond 64 bits
        raise ValueError from error


def _nodes(value: Json) -> Iterator[Json]:
    """Every part of a value, at most one more than `MAX_NODES`."""
    waiting: list[Json] = [value]
    left = MAX_NODES + 1
    while waiting and left:
        left -= 1
        node = waiting.pop()
        yield node
        if isinstance(node, list):
            waiting.extend(node[:left])
        elif isinstance(node, dict):
            waiting.extend(list(node.values())[:left])
