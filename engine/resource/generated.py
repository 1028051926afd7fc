"""Functions made from generated text; texts that differ in their literals only are compiled once."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from sys import intern
from types import CodeType, FunctionType
from typing import Any


class Literals:
    """What authors and clients wrote, kept out of the text: there it stands as a number in quotes."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: list[str | int] = []

    def add(self, value: str | int) -> str:
        """What to write in the text for a value."""
        self.values.append(intern(value) if type(value) is str else value)
        return f"'{len(self.values) - 1}'"


def define(
    text: str, names: dict[str, Any], literals: Literals
) -> Callable[..., Any]:  # Any: what the text says
    """The function that the text defines, which sees `names` as its globals.

    The text must hold nothing of its author's, and no string literal but those of `literals`.
    """
    return FunctionType(_code(text, tuple(literals.values)), names)


@lru_cache(maxsize=4_096)  # a pure function of its arguments: operations share many of their selections
def _code(text: str, literals: tuple[str | int, ...]) -> CodeType:
    return _filled(_compiled(text), literals)


@lru_cache(maxsize=4_096)  # a pure function of its text: most selections are built alike
def _compiled(text: str) -> CodeType:
    module = compile(text, "<generated>", "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def _filled(code: CodeType, literals: Sequence[str | int]) -> CodeType:
    return code.replace(co_consts=tuple(_constant(one, literals) for one in code.co_consts))


def _constant(constant: object, literals: Sequence[str | int]) -> object:
    """Constants of code are literals, rows of them (the keys of an object), and code within."""
    if isinstance(constant, str):
        return literals[int(constant)]
    if isinstance(constant, tuple):
        return tuple(_constant(one, literals) for one in constant)  # pyright: ignore[reportUnknownVariableType] # of constants
    return _filled(constant, literals) if isinstance(constant, CodeType) else constant
