"""A fault found in something a person wrote: code, sentence, place, suggestion."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding of a check; `line` and `column` are 1-based in the source text where there is one."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    path: str | None = None
    module: str | None = None
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    def within(self, *, module: str) -> "Problem":
        return replace(self, module=module)
