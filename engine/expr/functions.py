"""The functions an expression may call: what they take, what they give, what they cost."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.expr import lists, texts
from engine.expr.conversions import to_bool, to_double, to_int, to_string
from engine.expr.faults import ExprFault
from engine.expr.patterns import compile_pattern
from engine.expr.types import ANY, BOOL, DOUBLE, INT, STRING, ExprType, Kind, ListType
from engine.expr.values import Value, Work, within_int64

Parameter = frozenset[Kind]  # the kinds it accepts; `any` accepts all but null

TEXT: Parameter = frozenset({Kind.STRING})
WHOLE: Parameter = frozenset({Kind.INT})
NUMBER: Parameter = frozenset({Kind.INT, Kind.DOUBLE})
LIST: Parameter = frozenset({Kind.LIST})
ANYTHING: Parameter = frozenset({Kind.ANY})
SIZED: Parameter = frozenset({Kind.STRING, Kind.LIST, Kind.MAP})
CONVERTIBLE: Parameter = frozenset({Kind.INT, Kind.DOUBLE, Kind.STRING, Kind.BOOL})

ITEMS_COST = 1_000  # of walking a list whose length is not known at check


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One callable name; parameters past `required` may be left out.

    `run` is given the Work of the evaluation and arguments already of the kinds its parameters name.
    """

    parameters: tuple[Parameter, ...]
    required: int
    gives: Callable[[Sequence[ExprType]], ExprType]
    run: Callable[..., Value]
    is_method: bool
    cost: int = 5


def accepts(parameter: Parameter, type_: ExprType) -> bool:
    return type_.kind is Kind.ANY or Kind.ANY in parameter or type_.kind in parameter


def arity_of(function: Function, name: str, *, given: int) -> str:
    """What is wrong with a number of arguments; the value a method is called on is not counted."""
    own = 1 if function.is_method else 0
    low, high = function.required - own, len(function.parameters) - own
    wanted = str(low) if low == high else f"{low} to {high}"
    return f"{name}() takes {wanted} arguments, {given - own} are given"


def _always(type_: ExprType) -> Callable[[Sequence[ExprType]], ExprType]:
    return lambda arguments: type_


def _same(arguments: Sequence[ExprType]) -> ExprType:
    return arguments[0]


def _item(arguments: Sequence[ExprType]) -> ExprType:
    return arguments[0].item if isinstance(arguments[0], ListType) else ANY


def _flat(arguments: Sequence[ExprType]) -> ExprType:
    item = _item(arguments)
    return item if isinstance(item, ListType) else ListType(ANY)


def _larger(arguments: Sequence[ExprType]) -> ExprType:
    first = arguments[0]
    return first if all(argument == first for argument in arguments) and first.kind is not Kind.LIST else ANY


def _method(
    gives: ExprType | Callable[[Sequence[ExprType]], ExprType],
    run: Callable[..., Value],
    *parameters: Parameter,
    optional: int = 0,
    cost: int = 5,
) -> Function:
    return Function(
        parameters=parameters,
        required=len(parameters) - optional,
        gives=gives if callable(gives) else _always(gives),
        run=run,
        is_method=True,
        cost=cost,
    )


def _free(
    gives: ExprType | Callable[[Sequence[ExprType]], ExprType],
    run: Callable[..., Value],
    *parameters: Parameter,
    optional: int = 0,
) -> Function:
    return replace(_method(gives, run, *parameters, optional=optional), is_method=False)


def _compiled_apart(work: Work, text: str, pattern: str) -> Value:
    """`matches` is compiled with its pattern (compile.py); only its types are needed here."""
    return compile_pattern(pattern).is_in(text, work)


def _size(work: Work, value: str | list[Value] | dict[Value, Value]) -> Value:
    return len(value)


def _same_value(work: Work, value: Value) -> Value:
    return value


def _absolute(work: Work, value: float) -> Value:
    return within_int64(abs(value)) if isinstance(value, int) else abs(value)


def _sign(work: Work, value: float) -> Value:
    sign = (value > 0) - (value < 0)
    return sign if isinstance(value, int) else float(sign)


def _square_root(work: Work, value: float) -> Value:
    if value < 0:
        raise ExprFault("the square root of a negative number")
    return math.sqrt(value)


def _rounding(round_off: Callable[[float], int]) -> Callable[[Work, float], Value]:
    def run(work: Work, value: float) -> Value:
        return float(round_off(value)) if math.isfinite(value) else value

    return run


def _half_away_from_zero(value: float) -> int:
    whole = math.floor(abs(value))
    return int(math.copysign(whole + (abs(value) - whole >= 0.5), value))


def _extreme(choose: Callable[[Sequence[float]], float]) -> Callable[..., Value]:
    def run(work: Work, *values: float) -> Value:
        return choose(values)

    return run


METHODS: Mapping[str, Function] = {
    "contains": _method(BOOL, texts.contains, TEXT, TEXT),
    "startsWith": _method(BOOL, texts.starts_with, TEXT, TEXT),
    "endsWith": _method(BOOL, texts.ends_with, TEXT, TEXT),
    "matches": _method(BOOL, _compiled_apart, TEXT, TEXT, cost=150),
    "upperAscii": _method(STRING, texts.upper_ascii, TEXT),
    "lowerAscii": _method(STRING, texts.lower_ascii, TEXT),
    "trim": _method(STRING, texts.trim, TEXT),
    "charAt": _method(STRING, texts.char_at, TEXT, WHOLE),
    "indexOf": _method(INT, texts.index_of, TEXT, TEXT, WHOLE, optional=1),
    "lastIndexOf": _method(INT, texts.last_index_of, TEXT, TEXT, WHOLE, optional=1),
    "substring": _method(STRING, texts.substring, TEXT, WHOLE, WHOLE, optional=1),
    "replace": _method(STRING, texts.replace, TEXT, TEXT, TEXT, WHOLE, optional=1),
    "split": _method(ListType(STRING), texts.split, TEXT, TEXT, WHOLE, optional=1, cost=20),
    "join": _method(STRING, texts.join, LIST, TEXT, optional=1, cost=ITEMS_COST),
    "format": _method(STRING, texts.format_text, TEXT, LIST, cost=20),
    "reverse": _method(_same, lists.reverse, frozenset({Kind.STRING, Kind.LIST})),
    "sum": _method(_item, lists.total, LIST, cost=ITEMS_COST),
    "min": _method(_item, lists.least, LIST, cost=ITEMS_COST),
    "max": _method(_item, lists.greatest, LIST, cost=ITEMS_COST),
    "distinct": _method(_same, lists.distinct, LIST, cost=3 * ITEMS_COST),
    "flatten": _method(_flat, lists.flatten, LIST, cost=ITEMS_COST),
    "slice": _method(_same, lists.cut, LIST, WHOLE, WHOLE),
    "sort": _method(_same, lists.in_order, LIST, cost=4 * ITEMS_COST),
    "size": _method(INT, _size, SIZED, cost=1),
}

FUNCTIONS: Mapping[str, Function] = {
    "size": _free(INT, _size, SIZED),
    "string": _free(STRING, to_string, CONVERTIBLE),
    "int": _free(INT, to_int, CONVERTIBLE),
    "double": _free(DOUBLE, to_double, CONVERTIBLE),
    "bool": _free(BOOL, to_bool, CONVERTIBLE),
    "dyn": _free(ANY, _same_value, ANYTHING),
    "math.abs": _free(_same, _absolute, NUMBER),
    "math.sign": _free(_same, _sign, NUMBER),
    "math.ceil": _free(DOUBLE, _rounding(math.ceil), NUMBER),
    "math.floor": _free(DOUBLE, _rounding(math.floor), NUMBER),
    "math.round": _free(DOUBLE, _rounding(_half_away_from_zero), NUMBER),
    "math.trunc": _free(DOUBLE, _rounding(math.trunc), NUMBER),
    "math.sqrt": _free(DOUBLE, _square_root, NUMBER),
    "math.greatest": _free(_larger, _extreme(max), *[NUMBER] * 8, optional=6),
    "math.least": _free(_larger, _extreme(min), *[NUMBER] * 8, optional=6),
}
