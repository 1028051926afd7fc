"""The operators: which types they take, what they give, and how they compute."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any  # the operator module types its operands by what they support

from engine.expr.faults import ExprFault
from engine.expr.nodes import Binary, Literal, Node, Unary
from engine.expr.types import (
    ANY,
    BOOL,
    INT,
    NUMBERS,
    ExprType,
    Kind,
    ListType,
    describe,
    is_mixed_arithmetic,
    may_be,
)
from engine.expr.values import (
    Value,
    Work,
    as_list,
    as_map,
    check_items,
    check_length,
    equals,
    kind_name,
    within_int64,
)

ARITHMETIC: Mapping[str, frozenset[Kind]] = {
    "+": frozenset({Kind.INT, Kind.DOUBLE, Kind.STRING, Kind.LIST}),
    "-": NUMBERS,
    "*": NUMBERS,
    "/": NUMBERS,
    "%": frozenset({Kind.INT}),
}
_ORDERED = frozenset({Kind.INT, Kind.DOUBLE, Kind.STRING, Kind.BOOL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Operands that can never work together."""

    message: str
    suggestion: str | None = None


def type_of_unary(node: Unary, operand: ExprType) -> ExprType | Mismatch:
    if node.operator == "!":
        return (
            BOOL
            if may_be(operand, Kind.BOOL)
            else Mismatch(message=f"! negates bool, not {describe(operand)}")
        )
    if may_be(operand, *NUMBERS):
        return operand
    return Mismatch(message=f"- negates a number, not {describe(operand)}")


def type_of_binary(node: Binary, left: ExprType, right: ExprType) -> ExprType | Mismatch:
    if node.operator in ARITHMETIC:
        return _type_of_arithmetic(node, left, right)
    if node.operator in ("==", "!="):
        return _type_of_equality(node, left, right)
    if node.operator == "in":
        if may_be(right, Kind.LIST, Kind.MAP):
            return BOOL
        return Mismatch(message=f"in looks into a list or an object, not {describe(right)}")
    comparable = (
        left.kind is right.kind or Kind.ANY in (left.kind, right.kind) or is_mixed_arithmetic(left, right)
    )
    if comparable and may_be(left, *_ORDERED) and may_be(right, *_ORDERED):
        return BOOL
    return Mismatch(message=f"{node.operator} cannot compare {describe(left)} with {describe(right)}")


def _type_of_arithmetic(node: Binary, left: ExprType, right: ExprType) -> ExprType | Mismatch:
    allowed = ARITHMETIC[node.operator]
    if not (may_be(left, *allowed) and may_be(right, *allowed)):
        return Mismatch(message=_sentence(node, left, right), suggestion=_as_text(node, left, right))
    if Kind.ANY in (left.kind, right.kind):
        return ANY
    if isinstance(left, ListType) and isinstance(right, ListType):
        return left if left == right else ListType(ANY)
    if left.kind is right.kind:
        return left
    suggestion = _as_double(node, left, right) or _as_text(node, left, right)
    return Mismatch(message=_sentence(node, left, right), suggestion=suggestion)


def _sentence(node: Binary, left: ExprType, right: ExprType) -> str:
    return f"{node.operator} does not work on {describe(left)} and {describe(right)}"


def _as_double(node: Binary, left: ExprType, right: ExprType) -> str | None:
    if not is_mixed_arithmetic(left, right):
        return None
    whole = node.left if left == INT else node.right
    if isinstance(whole, Literal):
        return f"write {whole.value}.0"
    return "write double(…) around the int"


def _as_text(node: Binary, left: ExprType, right: ExprType) -> str | None:
    scalars = (Kind.INT, Kind.DOUBLE, Kind.BOOL)
    if (
        node.operator == "+"
        and Kind.STRING in (left.kind, right.kind)
        and (left.kind in scalars or right.kind in scalars)
    ):
        other = left if right.kind is Kind.STRING else right
        return f"write string(…) around the {describe(other)}"
    return None


def _type_of_equality(node: Binary, left: ExprType, right: ExprType) -> ExprType | Mismatch:
    loose = (Kind.ANY, Kind.NULL)
    if (
        left.kind is right.kind
        or left.kind in loose
        or right.kind in loose
        or is_mixed_arithmetic(left, right)
    ):
        return BOOL
    literal = _literal_among(node.left, node.right)
    number = (
        literal is not None and type(literal.value) in (int, float) and Kind.STRING in (left.kind, right.kind)
    )
    return Mismatch(
        message=f"{describe(left)} and {describe(right)} are never equal",
        suggestion=f"write '{literal.value}'" if literal is not None and number else None,
    )


def _literal_among(*nodes: Node) -> Literal | None:
    return next((node for node in nodes if isinstance(node, Literal)), None)


def _unsupported(symbol: str, left: Value, right: Value) -> ExprFault:
    return ExprFault(f"{symbol} does not work on {kind_name(left)} and {kind_name(right)}")


def _as_doubles(symbol: str, left: Value, right: Value, work: Work) -> tuple[float, float]:
    """Both as doubles, one of them an int only where numbers may mix."""
    if type(left) is float and type(right) is float:
        return left, right
    if work.mixes and type(left) is float and type(right) is int:
        return left, float(right)
    if work.mixes and type(left) is int and type(right) is float:
        return float(left), right
    raise _unsupported(symbol, left, right)


def add(left: Value, right: Value, work: Work) -> Value:
    if type(left) is str and type(right) is str:
        check_length(len(left) + len(right), work)
        return left + right
    if type(left) is int and type(right) is int:
        return within_int64(left + right)
    if type(left) is list and type(right) is list:
        joined = [*as_list(left), *as_list(right)]
        check_items(joined, work)
        return joined
    first, second = _as_doubles("+", left, right, work)
    return first + second


def subtract(left: Value, right: Value, work: Work) -> Value:
    if type(left) is int and type(right) is int:
        return within_int64(left - right)
    first, second = _as_doubles("-", left, right, work)
    return first - second


def multiply(left: Value, right: Value, work: Work) -> Value:
    if type(left) is int and type(right) is int:
        return within_int64(left * right)
    first, second = _as_doubles("*", left, right, work)
    return first * second


def divide(left: Value, right: Value, work: Work) -> Value:
    """Whole numbers are cut towards zero; a double divided by zero is a fault, since JSON has no infinity."""
    if type(left) is int and type(right) is int:
        return within_int64(_quotient(left, right))
    first, second = _as_doubles("/", left, right, work)
    if second == 0:
        raise ExprFault("division by zero")
    return first / second


def remainder(left: Value, right: Value, work: Work) -> Value:
    """Has the sign of the left operand."""
    if type(left) is int and type(right) is int:
        return left - right * _quotient(left, right)
    raise _unsupported("%", left, right)


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise ExprFault("division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value, Work], Value]:
    def run(left: Value, right: Value, work: Work) -> Value:
        if type(left) is str and type(right) is str:
            work.spend(min(len(left), len(right)) // 1_024)
            return compare(left, right)
        if type(left) in (int, float) and type(right) in (int, float):
            return compare(left, right)
        if type(left) is bool and type(right) is bool:
            return compare(left, right)
        raise _unsupported(symbol, left, right)

    return run


def is_in(left: Value, right: Value, work: Work) -> Value:
    """Whether a list has an item, or an object a key."""
    if type(right) is list:
        items = as_list(right)
        check_items(items, work)
        return any(equals(left, item, work) for item in items)
    if type(right) is dict:
        return type(left) is str and left in as_map(right)
    raise _unsupported("in", left, right)


def _equal(left: Value, right: Value, work: Work) -> Value:
    return equals(left, right, work)


def _unequal(left: Value, right: Value, work: Work) -> Value:
    return not equals(left, right, work)


BINARY: Mapping[str, Callable[[Value, Value, Work], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "==": _equal,
    "!=": _unequal,
    "<": _ordering("<", operator.lt),
    "<=": _ordering("<=", operator.le),
    ">": _ordering(">", operator.gt),
    ">=": _ordering(">=", operator.ge),
    "in": is_in,
}


def negate(value: Value) -> Value:
    if type(value) is int:
        return within_int64(-value)
    if type(value) is float:
        return -value
    raise ExprFault(f"- negates a number, not {kind_name(value)}")
