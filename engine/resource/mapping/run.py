"""One run of a mapping: the variables it reads, the problems it meets, the work it may do."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.resource.mapping.issues import Issues
from engine.resource.mapping.values import MAX_PARTS, MISSING, Json, Value, compare, count_parts

MAX_WORK = (
    1_000_000  # list items visited in one run: nested ->map over one answer would be polynomial in its size
)
MAX_LIST_DEPTH = 32  # lists directly in lists: bounds the stack whatever an API answers


class Run:
    """What is fixed while one value is mapped; `bind` gives a copy that knows one more name."""

    __slots__ = ("_meter", "issues", "variables")

    def __init__(self, variables: Mapping[str, Json], issues: Issues, meter: "Meter | None" = None) -> None:
        self.variables = variables
        self.issues = issues
        self._meter = Meter() if meter is None else meter

    def bind(self, name: str, value: Json) -> "Run":
        return Run({**self.variables, name: value}, self.issues, self._meter)

    def silent(self) -> "Run":
        """The same run with its problems dropped: what `??` has an answer for is no problem."""
        return Run(self.variables, Issues(), self._meter)

    def note(self, message: str, path: str) -> Value:
        """Record a problem; its value is missing."""
        self.issues.add(message, path)
        return MISSING

    def spend(self, items: int, path: str) -> bool:
        """Whether so many items may still be visited."""
        self._meter.work_left -= items
        if self._meter.work_left >= 0:
            return True
        self.issues.add(f"the mapping visits more than {MAX_WORK:,} items", path)
        return False

    def equal(self, left: Json, right: Json) -> bool:
        """JSON equality; looking into lists and objects is work. Raises TooLarge."""
        most = min(MAX_PARTS, self._meter.work_left)
        verdict, seen = compare(left, right, most=most)
        self._meter.work_left -= seen - 1
        return verdict

    def look_through(self, value: Json) -> None:
        """Account for reading all of a value. Raises TooLarge."""
        self._meter.work_left -= count_parts(value, most=min(MAX_PARTS, self._meter.work_left))

    def each(self, step: "Step", items: list[Json], dollar: Json, path: str) -> Value:
        """`step` of every item, missing ones as null."""
        meter = self._meter
        if not self.spend(len(items), path):
            return MISSING
        if meter.list_depth >= MAX_LIST_DEPTH:
            return self.note(f"lists are nested more than {MAX_LIST_DEPTH} deep", path)
        meter.list_depth += 1
        mapped = [None if (value := step(item, dollar, self)) is MISSING else value for item in items]
        meter.list_depth -= 1
        return mapped

    def read_each(self, key: str, items: list[Any]) -> list[Json] | None:  # Any: tried on whatever is there
        """The values under a key that all items have, else None; then `each` says what is wrong."""
        meter = self._meter
        if meter.list_depth >= MAX_LIST_DEPTH or meter.work_left < len(items):
            return None
        try:
            values = [item[key] for item in items]
        except (KeyError, TypeError):
            return None
        meter.work_left -= len(items)
        return values


class Meter:
    """What the runs of one mapping share."""

    __slots__ = ("list_depth", "work_left")

    def __init__(self) -> None:
        self.work_left = MAX_WORK
        self.list_depth = 0


Step: TypeAlias = Callable[[Json, Json, Run], Value]
"""Takes the value at hand (`@`), the value of the closest braces (`$`), and the run."""
