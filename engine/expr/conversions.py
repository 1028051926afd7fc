"""The conversion functions `string() int() double() bool()`."""

import math
import re

from engine.expr.faults import ExprFault
from engine.expr.values import Value, Work, within_int64

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII
)
_BOOLS = {"1": True, "t": True, "true": True, "TRUE": True, "True": True} | {
    "0": False,
    "f": False,
    "false": False,
    "FALSE": False,
    "False": False,
}
_PLAIN_DOUBLE = 1e15  # up to here a whole double is written without exponent or fraction


def to_string(work: Work, value: Value) -> str:
    if type(value) is float:
        return text_of_double(value)
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)


def text_of_double(value: float) -> str:
    """`2.0` is written "2", as CEL does: the shortest text that reads back as the same number."""
    if math.isfinite(value) and value.is_integer() and abs(value) < _PLAIN_DOUBLE:
        return f"{value:.0f}"
    return repr(value)


def to_int(work: Work, value: Value) -> int:
    if type(value) is str:
        if not _WHOLE.fullmatch(value):
            raise ExprFault("int() was given a string that is no whole number")
        return within_int64(int(value))
    if type(value) is float:
        if not math.isfinite(value):
            raise ExprFault("int() was given a double that is no finite number")
        return within_int64(int(value))
    if type(value) is int:
        return value
    raise ExprFault("int() takes a number or a string")


def to_double(work: Work, value: Value) -> float:
    if type(value) is str:
        if not _DECIMAL.fullmatch(value):
            raise ExprFault("double() was given a string that is no number")
        return float(value)
    if type(value) is int or type(value) is float:
        return float(value)
    raise ExprFault("double() takes a number or a string")


def to_bool(work: Work, value: Value) -> bool:
    if type(value) is bool:
        return value
    if type(value) is str and value in _BOOLS:
        return _BOOLS[value]
    raise ExprFault("bool() takes a bool, or one of the strings true and false")
