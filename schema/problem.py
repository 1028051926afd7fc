"""How problems are told to clients."""

from __future__ import annotations

import strawberry

from engine import problem as domain

strawberry.enum(domain.Severity)


@strawberry.type(
    description="A finding of a check. line and column are 1-based, in the source text where there is one;"
    " path points into a model or a form."
)
class Problem:
    code: str
    severity: domain.Severity
    message: str
    path: str | None
    module: str | None
    line: int | None
    column: int | None
    suggestion: str | None

    @classmethod
    def of(cls, problem: domain.Problem) -> Problem:
        return cls(
            code=problem.code,
            severity=problem.severity,
            message=problem.message,
            path=problem.path,
            module=problem.module,
            line=problem.line,
            column=problem.column,
            suggestion=problem.suggestion,
        )
