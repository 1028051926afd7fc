"""Check and compile an expression; evaluate it over bindings, with the rule for nulls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from engine.expr.check import check_source
from engine.expr.compile import compile_steps
from engine.expr.faults import ExprFault, ExprProblem, WorkSpent
from engine.expr.types import ExprType, Path
from engine.expr.values import Work, leave
from engine.expr.walks import Step


def check_expression(
    source: str, variables: Mapping[str, ExprType], *, expect: ExprType | None = None
) -> list[ExprProblem]:
    """Everything wrong with an expression; empty means that it compiles and that its cost is bounded."""
    return check_source(source, variables, expect=expect).problems


def compile_expression(source: str, variables: Mapping[str, ExprType]) -> "Expression":
    """Raises ValueError for an expression that the check refuses."""
    checked = check_source(source, variables)
    if checked.problems:
        raise ValueError(f"{checked.problems[0].code}: {checked.problems[0].message}")
    step, depth = compile_steps(checked)
    return Expression(source=source, paths=checked.paths, type=checked.type, step=step, depth=depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled expression. `paths` are the longest static paths it reads, list levels left out:
    `this.items.map(i, i.price)` reads ("this", "items", "price")."""

    source: str
    paths: frozenset[Path]
    type: ExprType
    step: Step
    depth: int

    def evaluate(self, bindings: Mapping[str, object], *, mixes: bool = False) -> object:
        """JSON in, JSON out. A failure is null if a path it reads was null or absent, else ExprFault.

        `mixes`: an int and a double are computed with as doubles.
        """
        try:
            return leave(self.step(Work(bindings, self.depth, mixes=mixes)))
        except ExprFault:
            if any(_meets_null(bindings, path) for path in self.paths):
                return None
            raise
        except WorkSpent:
            raise ExprFault("the expression does too much work on values this large") from None

    def holds(self, bindings: Mapping[str, object]) -> bool:
        """For conditions: a failure over null is no. Raises ExprFault for others, and for what is no bool."""
        value = self.evaluate(bindings)
        if value is None:
            return False
        if type(value) is not bool:
            raise ExprFault("a condition gave no bool")
        return value


def _meets_null(value: object, path: Sequence[str]) -> bool:
    """Whether following a path meets null or nothing; lists on the way are followed into every item."""
    if value is None:
        return True
    if isinstance(value, list):
        return any(_meets_null(item, path) for item in cast("list[object]", value))
    if not path or not isinstance(value, Mapping):
        return False
    return _meets_null(cast("Mapping[str, object]", value).get(path[0]), path[1:])
