"""Whether a value is JSON of a size and depth that a model may have, found without recursion."""

from collections.abc import Iterable
from typing import cast

MAX_DEPTH = 64  # a form's schema nests about ten deep; the store's own codec stops at 200
MAX_VALUES = 200_000  # a thousand elements with forms and a drawing are about 50,000
MAX_TEXT = 8_000_000  # all texts together, in characters: a deployment fits one document of the store
INT64 = range(-(2**63), 2**63)


def find_excess(raw: object) -> tuple[str, str] | None:
    """Code and sentence of the first reason not to read it at all; None if it is plain, bounded JSON."""
    level: list[object] = [raw]
    values = text = 0
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            values += 1
            if values > MAX_VALUES:
                return "MODEL_TOO_LARGE", f"the model has more than {MAX_VALUES:,} values"
            if not _is_json(value):
                return "NOT_JSON", f"the model holds {_what(value)}, which is no JSON"
            if isinstance(value, str):
                text += len(value)
            below.extend(_parts(value))
        if text > MAX_TEXT:
            return "MODEL_TOO_LARGE", f"the model has more than {MAX_TEXT:,} characters of text"
        if not below:
            return None
        level = below
    return "MODEL_TOO_DEEP", f"the model nests deeper than {MAX_DEPTH} levels"


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        parts = cast("dict[object, object]", value)
        return [*parts, *parts.values()]
    return cast("list[object]", value) if isinstance(value, list) else ()


def _is_json(value: object) -> bool:
    match value:
        case None | bool():
            return True
        case str():
            return value.isascii() or _is_text(value)
        case int():
            return value in INT64
        case float():
            return value - value == 0  # neither infinite nor NaN
        case dict():
            return all(isinstance(key, str) for key in cast("dict[object, object]", value))
        case _:
            return isinstance(value, list)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _what(value: object) -> str:
    match value:
        case str():
            return "a text with half a character"
        case int() | float():
            return "a number beyond what JSON tools agree on"
        case dict():
            return "an object with a key that is no text"
        case _:
            return f"a {type(value).__name__}"
