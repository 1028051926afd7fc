"""Collect problems with their place in a module's text, places inside string arguments included."""

from collections.abc import Iterable
from difflib import get_close_matches

from graphql import GraphQLError, Node, StringValueNode

from engine.problem import Problem, Severity
from engine.resource.model import Place


def place_of(node: Node) -> Place:
    """Where a parsed node begins. Modules are parsed with their name as the source's name."""
    loc = node.loc
    assert loc is not None, "modules are parsed with locations"
    return Place(module=loc.source.name, line=loc.start_token.line, column=loc.start_token.column)


def place_inside(text: StringValueNode, line: int, column: int) -> Place:
    """Where (line, column) of a string's value stands in the module, block strings' indentation undone."""
    start = place_of(text)
    loc = text.loc
    assert loc is not None, "modules are parsed with locations"
    if not text.block:
        return Place(module=start.module, line=start.line, column=start.column + column)
    raw_lines = loc.source.body[loc.start + 3 : loc.end - 3].split("\n")
    skipped = next((i for i, raw in enumerate(raw_lines) if raw.strip()), 0)
    value_lines = text.value.split("\n")
    row = min(skipped + line - 1, len(raw_lines) - 1)
    value = value_lines[line - 1] if line <= len(value_lines) else ""
    indent = max(raw_lines[row].find(value), 0) if value else 0
    opening = start.column + 2 if row == 0 else 0  # the first line begins behind the three quotes
    return Place(module=start.module, line=start.line + row, column=opening + indent + column)


class Findings:
    """All problems of one check, in the order found; errors say that nothing may be published."""

    def __init__(self) -> None:
        self.unread: set[str] = (
            set()
        )  # coordinates with something reported as unreadable: what it means is open
        self._problems: list[Problem] = []
        self._seen: set[tuple[object, ...]] = set()

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self._problems)

    def add(
        self,
        code: str,
        message: str,
        place: Place | None,
        *,
        path: str | None = None,
        suggestion: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        problem = Problem(
            code=code,
            message=message,
            severity=severity,
            path=path,
            module=place.module if place else None,
            line=place.line if place else None,
            column=place.column if place else None,
            suggestion=suggestion,
        )
        self._note(problem)

    def repeat(self, problems: Iterable[Problem], unread: Iterable[str]) -> None:
        """What was found out about a module when it was parsed."""
        self.unread.update(unread)
        for problem in problems:
            self._note(problem)

    def _note(self, problem: Problem) -> None:
        """Each fact once; the same one may be met on several ways."""
        key = (problem.code, problem.message, problem.module, problem.line, problem.column, problem.path)
        if key not in self._seen:
            self._seen.add(key)
            self._problems.append(problem)

    def add_graphql_error(
        self, code: str, error: GraphQLError, *, suggestion: str | None = None, beside: str | None = None
    ) -> None:
        """A problem that graphql-core found; its 'Did you mean' becomes the suggestion. `beside`: where the
        other of two that clash stands.
        """
        message, _, hint = error.message.partition(" Did you mean ")
        message += f" The other is in {beside}." if beside is not None else ""
        place = None
        located = [node for node in error.nodes or () if node.loc is not None]
        if located:
            place = place_of(located[-1])  # of two that clash, the later one
        self.add(code, message, place, suggestion=f"Did you mean {hint}" if hint else suggestion)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A sentence with the nearest known name, or nothing where none is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else None
