"""Values while an expression runs: how JSON enters by its type, what equality is, what work costs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from engine.expr.faults import ExprFault, WorkSpent
from engine.expr.types import ANY, ExprType, Kind, ListType

Value = object  # int, float, str, bool, None, list, dict: what JSON gives

MAX_STRING = 65_536  # characters; longer texts are documents, not values to compute with
MAX_ITEMS = 1_000  # of a list that is walked; more belong behind an API that filters
MAX_OUTPUT_NODES = 10_000  # values in one result
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

WORK_LIMIT = 40_000  # units of about 0.1 microseconds: an evaluation ends within a few milliseconds
CHARACTERS_PER_UNIT = 32  # so that texts made in one evaluation stay under 8 MB at four bytes a character


class Work:
    """What one evaluation may still spend, and the items its comprehensions stand at.

    `mixes`: arithmetic on an int and a double is that of doubles, as for JSON whose numbers nobody declared.
    """

    __slots__ = ("bindings", "items", "left", "mixes")

    def __init__(self, bindings: Mapping[str, object], depth: int, *, mixes: bool = False) -> None:
        self.bindings = bindings
        self.mixes = mixes
        self.items: list[Value] = [None] * depth
        self.left = WORK_LIMIT

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise WorkSpent


def check_length(length: int, work: Work) -> None:
    """Account for a string that is about to be made or read through."""
    if length > MAX_STRING:
        raise ExprFault(f"a string is longer than {MAX_STRING} characters")
    work.spend(length // CHARACTERS_PER_UNIT)


def check_items(items: Sequence[Value], work: Work) -> None:
    """Account for a list that is about to be walked."""
    if len(items) > MAX_ITEMS:
        raise ExprFault(f"a list has more than {MAX_ITEMS} items")
    work.spend(len(items))


def kind_name(value: Value) -> str:
    return _KIND_NAMES.get(type(value), "value")


_KIND_NAMES: Mapping[type, str] = {
    int: "int",
    float: "double",
    str: "string",
    bool: "bool",
    list: "list",
    dict: "object",
    type(None): "null",
}


def is_list(value: Value) -> bool:
    return type(value) is list


def as_list(value: Value) -> list[Value]:
    return cast(
        "list[Value]", value
    )  # only after `is_list`, which a type checker cannot follow through a table


def as_map(value: Value) -> dict[Value, Value]:
    return cast("dict[Value, Value]", value)  # only after a test of its exact type


def within_int64(value: int) -> int:
    if INT64_MIN <= value <= INT64_MAX:
        return value
    raise ExprFault("an integer is beyond 64 bits")


def equals(left: Value, right: Value, work: Work) -> bool:
    """CEL equality: numbers by value across int and double, anything else only within its own kind."""
    kind = type(left)
    if kind is not type(right):
        return kind in (int, float) and type(right) in (int, float) and left == right
    if kind is list:
        ours, theirs = as_list(left), as_list(right)
        work.spend(1 + len(ours))
        return len(ours) == len(theirs) and all(equals(a, b, work) for a, b in zip(ours, theirs, strict=True))
    if kind is dict:
        mine, other = as_map(left), as_map(right)
        work.spend(5 + 2 * len(mine))
        return mine.keys() == other.keys() and all(equals(mine[key], other[key], work) for key in mine)
    if kind is str and len(cast("str", left)) > 1_024:
        work.spend(len(cast("str", left)) // 1_024)
    return left == right


def entry_of(type_: ExprType) -> Callable[[Value], Value]:
    """How a value of a declared type enters an expression; null always enters as null. Raises ExprFault."""
    match type_.kind:
        case Kind.INT:
            return _enter_int
        case Kind.DOUBLE:
            return _enter_double
        case Kind.STRING:
            return _enter_string
        case Kind.BOOL:
            return _enter_bool
        case Kind.LIST:
            return _list_entry(type_)
        case Kind.MAP:
            return _enter_map
        case _:
            return _enter_any


def _enter_int(value: Value) -> Value:
    if type(value) is int:
        return within_int64(value)
    if type(value) is float and value.is_integer():
        return within_int64(int(value))
    return _refuse_unless_null(value, "int")


def _enter_double(value: Value) -> Value:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(within_int64(value))
    return _refuse_unless_null(value, "double")


def _enter_string(value: Value) -> Value:
    if type(value) is str:
        if len(value) > MAX_STRING:
            raise ExprFault(f"a string is longer than {MAX_STRING} characters")
        return value
    if type(value) is int:  # an ID, which JSON may give as a number
        return str(within_int64(value))
    if isinstance(value, str):
        return _enter_string(str.__str__(value))
    return _refuse_unless_null(value, "string")


def _enter_bool(value: Value) -> Value:
    return value if type(value) is bool else _refuse_unless_null(value, "bool")


def _enter_map(value: Value) -> Value:
    if type(value) is dict:
        return as_map(value)
    return (
        dict(cast("Mapping[Value, Value]", value))
        if isinstance(value, Mapping)
        else _refuse_unless_null(value, "object")
    )


def _list_entry(type_: ExprType) -> Callable[[Value], Value]:
    item = type_.item if isinstance(type_, ListType) else type_
    enter = entry_of(item) if item.kind in (Kind.DOUBLE, Kind.STRING) else None

    def enter_list(value: Value) -> Value:
        if type(value) is list:
            items = as_list(value)
        elif isinstance(value, tuple | frozenset | set):
            items = list(cast("Sequence[Value]", value))
        else:
            return _refuse_unless_null(value, "list")
        if enter is None or len(items) > MAX_ITEMS:  # whoever walks a longer one refuses it
            return items
        return [enter(item) for item in items]

    return enter_list


_enter_plain_list = _list_entry(ListType(ANY))


def _enter_any(value: Value) -> Value:
    kind = type(value)
    if kind is str:
        return _enter_string(value)
    if kind is int:
        return within_int64(cast("int", value))
    if value is None or kind in (float, bool, list, dict):
        return value
    if isinstance(value, str):
        return _enter_string(value)
    return _enter_map(value) if isinstance(value, Mapping) else _enter_plain_list(value)


def _refuse_unless_null(value: Value, wanted: str) -> Value:
    if value is None:
        return None
    raise ExprFault(f"{wanted} was declared, {kind_name(value)} was given")


def leave(value: Value) -> Value:
    """Check that a result is JSON of bounded size, and give it back."""
    if type(value) is str and len(value) <= MAX_STRING:
        return value
    nodes = [value]
    for node in nodes:  # grows while it is walked
        if len(nodes) > MAX_OUTPUT_NODES:
            raise ExprFault(f"the result has more than {MAX_OUTPUT_NODES} values")
        kind = type(node)
        if kind is str:
            if len(cast("str", node)) > MAX_STRING:
                raise ExprFault(f"a string is longer than {MAX_STRING} characters")
        elif kind is float:
            if not math.isfinite(cast("float", node)):
                raise ExprFault("the result is no finite number")
        elif kind is list:
            nodes.extend(as_list(node))
        elif kind is dict:
            nodes.extend(as_map(node).values())
    return value
