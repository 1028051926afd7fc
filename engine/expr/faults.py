"""What can be wrong with an expression: a problem found by the check, a fault while it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExprProblem:
    """One finding of the check, `line` and `column` 1-based in the expression's own text.

    Codes: EXPR_SYNTAX, EXPR_UNKNOWN_NAME, EXPR_TYPE, EXPR_TOO_COSTLY.
    """

    code: str
    message: str
    line: int
    column: int
    suggestion: str | None = None


class ExprFault(Exception):
    """Evaluation failed on the values it met. The message names kinds and positions, never the values."""

    code = "VALUE_ERROR"


class WorkSpent(Exception):
    """The evaluation did all the work it may; no `||` or comprehension can step over this one."""


class ExprSyntaxError(Exception):
    """The text is not an expression; the check turns it into a problem."""

    def __init__(self, message: str, *, at: int, code: str = "EXPR_SYNTAX") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.code = code


def place_of(source: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset in the source."""
    before = source[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
