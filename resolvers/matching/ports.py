"""What matching needs from outside: fields of resources read for many rules at once, and articles."""

from collections.abc import Collection, Mapping
from typing import Protocol

from engine.flow.model import Call, JsonObject
from engine.flow.ports import CallFailed, CallType, OnBehalf


class RuleReads(Protocol):
    """The resource graph at its current revision, as rules see it."""

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        """Checks an operation without running it, as the flow engine's port says."""
        ...

    async def read_each(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject | CallFailed]:
        """All queries as one planned operation, by name: each its data, or why there is none."""
        ...
