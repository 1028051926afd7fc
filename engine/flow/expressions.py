"""Expressions of a flow: compiled once, and strict about variables that are not there.

The resource engine's rule that a failure over null is null suits fields of an answer. A flow that reads a
variable nobody set has a fault in its model, so here a missing variable fails; a null that was stored is a
value like any other, and fails a condition that computes with it.

JSON has one kind of number, and JSON Schema's `number` says no more: whether 5 or 5.0 came is the sender's
whim. So an int and a double are computed with as doubles, where modules would have to write double(…).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.expr import ANY, Expression, ExprFault, compile_expression
from engine.expr.faults import WorkSpent
from engine.expr.values import Work, leave
from engine.flow.errors import ConditionFailed
from engine.flow.model import ElementKey, Json

SCOPE = (
    "vars",
    "reads",
    "result",
    "results",
    "message",
)  # what an expression may read, each where it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowExpression:
    """An expression of one element; `names` are the bindings that it reads."""

    element: ElementKey
    compiled: Expression
    names: frozenset[str]

    def holds(self, bindings: Mapping[str, object]) -> bool:
        """Raises `ConditionFailed` for a fault of any kind, and for what is no bool."""
        try:
            value = _compute(self.compiled, bindings)
        except ExprFault as fault:
            raise self._failed(str(fault)) from None
        if type(value) is not bool:
            raise self._failed("a condition gave no bool")
        return value

    def value(self, bindings: Mapping[str, object]) -> Json:
        """What lies behind a null is null; a variable that is missing raises `ConditionFailed`."""
        try:
            return _compute(self.compiled, bindings)  # type: ignore[return-value]  # `leave` makes it JSON
        except ExprFault as fault:
            if missing := self._missing(bindings):
                raise self._failed(f"there is no variable {missing!r}") from None
            try:
                return self.compiled.evaluate(bindings, mixes=True)  # type: ignore[return-value]  # the same
            except ExprFault:
                raise self._failed(str(fault)) from None

    def _missing(self, bindings: Mapping[str, object]) -> str | None:
        variables = bindings.get("vars")
        known = variables if isinstance(variables, Mapping) else {}
        reads = sorted(path[1] for path in self.compiled.paths if len(path) > 1 and path[0] == "vars")
        return next((name for name in reads if name not in known), None)

    def _failed(self, reason: str) -> ConditionFailed:
        return ConditionFailed(element=self.element, expression=self.compiled.source, reason=reason)


def compile_for(element: ElementKey, source: str, *, also: str | None = None) -> FlowExpression:
    """`also` is one more name in scope: the item of a loop. Raises ValueError for what the check refuses."""
    names = (*SCOPE, also) if also else SCOPE
    compiled = compile_expression(source, dict.fromkeys(names, ANY))
    return FlowExpression(
        element=element, compiled=compiled, names=frozenset(path[0] for path in compiled.paths)
    )


def evaluate_all(
    expressions: Mapping[str, FlowExpression], bindings: Mapping[str, object]
) -> dict[str, Json]:
    return {name: expression.value(bindings) for name, expression in expressions.items()}


def _compute(compiled: Expression, bindings: Mapping[str, object]) -> object:
    try:
        return leave(compiled.step(Work(bindings, compiled.depth, mixes=True)))
    except WorkSpent:
        raise ExprFault("the expression does too much work on values this large") from None
