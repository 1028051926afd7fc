"""Arithmetic and reading numbers: add sub mul div mod parseInt toNumber."""

import math
from collections.abc import Callable

from engine.resource.mapping.methods.method import Unfit
from engine.resource.mapping.values import Json, kind_of

MAX_INTEGER = 2**63 - 1  # beyond it JSON readers disagree: results become floating point
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def fold(combine: "Callable[[int | float, int | float], int | float]") -> Callable[..., Json]:
    """The subject combined with each argument in turn."""

    def method(subject: Json, *others: Json) -> Json:
        total = number(subject)
        for other in others:
            try:
                total = bounded(combine(total, number(other)))
            except OverflowError:
                raise Unfit("gives a number out of range") from None
        return total

    return method


def number(value: Json) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Unfit(f"needs numbers, not a {kind_of(value)}")


def bounded(value: int | float) -> int | float:
    """Integers within 64 bits, larger ones as floating point; never infinite."""
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    value = float(value)
    if not math.isfinite(value):
        raise Unfit("gives a number out of range")
    return value


def divide(left: int | float, right: int | float) -> int | float:
    """An integer where the division of integers comes out even."""
    if right == 0:
        raise Unfit("divides by zero")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


def remainder(left: int | float, right: int | float) -> int | float:
    """With the sign of the dividend, as in most languages but not Python."""
    if right == 0:
        raise Unfit("divides by zero")
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return math.fmod(left, right)


add = fold(lambda left, right: left + right)
sub = fold(lambda left, right: left - right)
mul = fold(lambda left, right: left * right)
div = fold(divide)
mod = fold(remainder)


def parse_int(subject: Json, base: Json = 10) -> Json:
    """An integer written in a string, in base 2 to 36; of a number, its whole part."""
    if isinstance(base, bool) or not isinstance(base, int) or not 2 <= base <= 36:
        raise Unfit("needs a base from 2 to 36")
    if isinstance(subject, str):
        text = subject.strip()
        digits = text[1:] if text[:1] in ("+", "-") else text
        if 0 < len(digits) <= 64 and all(digit in DIGITS[:base] for digit in digits.lower()):
            return bounded(int(text, base))
        raise Unfit(f"needs a string with an integer of base {base}")
    return bounded(math.trunc(number(subject)))


def to_number(subject: Json) -> Json:
    """The number a string writes as JSON would; a number as it is."""
    if not isinstance(subject, str):
        return number(subject)
    text = subject.strip()
    whole = text[1:] if text[:1] in ("+", "-") else text
    if 0 < len(whole) <= 64 and all(char in "0123456789" for char in whole):
        return bounded(int(text))
    if 0 < len(whole) <= 64 and all(char in "0123456789.eE+-" for char in whole):
        try:
            return bounded(float(text))
        except ValueError:
            pass
    raise Unfit("needs a string that writes a number")
