"""What a dimension's value is: a text, a number or a truth value, never turned from one into another."""

from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool
Key: TypeAlias = tuple[str, Value]  # its kind, then the value: 1 and true differ, 1 and 1.0 do not

TEXT, NUMBER, TRUTH = "text", "number", "truth"


def key_of(value: object) -> Key | None:
    """None for what no dimension can hold: null, a list, an object."""
    if isinstance(value, str):
        return TEXT, value
    if isinstance(value, bool):
        return TRUTH, value
    if isinstance(value, int | float):
        return NUMBER, value
    return None


def ancestors_of(path: str) -> Iterator[str]:
    """A path and all above it: of `cn/north/beijing` itself, `cn/north`, `cn`."""
    yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
