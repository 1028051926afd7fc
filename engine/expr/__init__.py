"""Expressions of the Common Expression Language: checked against declared types, compiled, bounded in cost.

`check_expression` says everything that is wrong; `compile_expression` gives an `Expression` to evaluate.
The evaluation is our own, since the CEL library is quadratic in lists; tests hold the one to the other.
"""

from engine.expr.expression import Expression, check_expression, compile_expression
from engine.expr.faults import ExprFault, ExprProblem
from engine.expr.types import ANY, BOOL, DOUBLE, INT, STRING, ExprType, Kind, ListType, ObjectType, Scalar

__all__ = [
    "ANY",
    "BOOL",
    "DOUBLE",
    "INT",
    "STRING",
    "ExprFault",
    "ExprProblem",
    "ExprType",
    "Expression",
    "Kind",
    "ListType",
    "ObjectType",
    "Scalar",
    "check_expression",
    "compile_expression",
]
