"""What a mapping ran into without failing: counted cheaply, a few kept to be read."""

from dataclasses import dataclass

MAX_DETAILS = 20  # distinct ones; a list of 5,000 items lacking one property is one detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One kind of problem: `path` is the output path it is about, `count` how often it happened."""

    message: str
    path: str
    count: int


class Issues:
    """Collects mapping problems of one run; messages name properties and types, never values."""

    __slots__ = ("_seen", "count")

    def __init__(self) -> None:
        self.count = 0
        self._seen: dict[tuple[str, str], int] | None = None  # most runs have none

    def add(self, message: str, path: str) -> None:
        self.count += 1
        if self._seen is None:
            self._seen = {}
        key = (message, path)
        if key in self._seen:
            self._seen[key] += 1
        elif len(self._seen) < MAX_DETAILS:
            self._seen[key] = 1

    @property
    def details(self) -> tuple[Issue, ...]:
        seen = self._seen or {}
        return tuple(Issue(message=m, path=p, count=n) for (m, p), n in seen.items())
