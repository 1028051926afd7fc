"""What a client left out."""

from typing import TypeVar

from strawberry import UNSET

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """Null and not given are the same here."""
    return None if value is UNSET else value
