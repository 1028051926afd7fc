"""The few operators that conditions of generated flows use, for the reference of a run.

Imports nothing of the engine, as the reference itself: CEL's spelling is put into Python's read as a tree.
"""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any  # values are any JSON; nothing here looks into them

Values = dict[str, Any]


class Refused(Exception):
    """Nothing was changed; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_SPELLED = (
    (r"&&", " and "),
    (r"\|\|", " or "),
    (r"!(?!=)", " not "),
    (r"\btrue\b", "True"),
    (r"\bfalse\b", "False"),
    (r"\bnull\b", "None"),
)
_COMPARED: Sequence[tuple[type[ast.cmpop], Callable[[Any, Any], bool]]] = (
    (ast.Eq, operator.eq),
    (ast.NotEq, operator.ne),
    (ast.Lt, operator.lt),
    (ast.LtE, operator.le),
    (ast.Gt, operator.gt),
    (ast.GtE, operator.ge),
)

_COUNTED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Div: operator.floordiv,  # of whole numbers from 0 on
    ast.Mod: operator.mod,
}


def holds(condition: str, scope: Values) -> bool:
    value = evaluate(condition, scope)
    if not isinstance(value, bool):
        raise Refused("CONDITION_FAILED")
    return value


def evaluate(source: str, scope: Values) -> Any:
    """`vars.a > 3 && has(vars.b)`; a missing variable is CONDITION_FAILED. Texts hold no operators."""
    for pattern, replacement in _SPELLED:
        source = re.sub(pattern, replacement, source)
    return _value(ast.parse(source.strip(), mode="eval").body, scope)


def _value(node: ast.expr, scope: Values) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in scope:
            return scope[name]
        case ast.Attribute(value=inner, attr=name):
            found = _value(inner, scope)
            if not isinstance(found, dict) or name not in found:
                raise Refused("CONDITION_FAILED")
            return found[name]
        case ast.Call(func=ast.Name(id="has"), args=[ast.Attribute(value=inner, attr=name)]):
            return name in _value(inner, scope)
        case ast.BoolOp(op=op, values=values):
            return _junction(
                [lambda each=each: _value(each, scope) for each in values], isinstance(op, ast.Or)
            )
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _value(inner, scope)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _COUNTED:
            return _COUNTED[type(op)](_value(left, scope), _value(right, scope))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(op, _value(left, scope), _value(right, scope))
        case _:
            raise Refused("CONDITION_FAILED")


def _junction(sides: Sequence[Callable[[], Any]], decides: bool) -> bool:
    """One side that decides is enough, in any order: a fault of another does not matter then."""
    fault: Refused | None = None
    for side in sides:
        try:
            if side() is decides:
                return decides
        except Refused as refused:
            fault = refused
    if fault is not None:
        raise fault
    return not decides


def _compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    compare = next(found for kind, found in _COMPARED if isinstance(op, kind))
    try:
        return bool(compare(left, right))
    except TypeError:
        raise Refused("CONDITION_FAILED") from None
