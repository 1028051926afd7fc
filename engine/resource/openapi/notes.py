"""What an import could not map, or mapped otherwise than written: each named, none dropped silently."""

from dataclasses import dataclass, field

from engine.problem import Problem, Severity


@dataclass(slots=True, kw_only=True)
class Notes:
    """ERROR: an operation is not imported. WARNING: a part is lost. INFO: a part is mapped otherwise."""

    found: dict[tuple[str, str, str], Problem] = field(default_factory=dict[tuple[str, str, str], Problem])

    def skip(self, code: str, operation: str, reason: str) -> None:
        self._add(code, operation, reason, Severity.ERROR)

    def lose(self, code: str, place: str, reason: str) -> None:
        self._add(code, place, reason, Severity.WARNING)

    def change(self, code: str, place: str, reason: str) -> None:
        self._add(code, place, reason, Severity.INFO)

    def _add(self, code: str, place: str, reason: str, severity: Severity) -> None:
        problem = Problem(code=code, message=reason, severity=severity, path=place)
        self.found.setdefault((code, place, reason), problem)
