"""Functions made from generated text; equal texts are compiled once."""

from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any


def define(text: str, names: dict[str, Any]) -> Callable[..., Any]:  # Any: whatever the text says
    """The function `made` that the text defines, which sees `names` as its globals.

    The text must hold nothing of its author's but string literals.
    """
    exec(_compiled(text), names)
    return names["made"]


@lru_cache(maxsize=4_096)  # a pure function of its text: operations share most of their selections
def _compiled(text: str) -> CodeType:
    return compile(text, "<generated>", "exec")
