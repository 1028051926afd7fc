"""Everybody who uses fields of the graph, asked as one."""

from collections.abc import Collection, Mapping, Sequence

from engine.problem import Problem
from engine.resource.model import Registry
from resolvers.resources.ports import UsageIndex


class AllUsage:
    """Implements `UsageIndex` by asking several."""

    def __init__(self, *indexes: UsageIndex) -> None:
        self._indexes = indexes

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for index in self._indexes:
            for field, users in (await index.users(fields)).items():
                found.setdefault(field, []).extend(users)
        return {field: sorted(users) for field, users in found.items()}

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> Sequence[Problem]:
        return [
            problem
            for index in self._indexes
            for problem in await index.problems(fields, current=current, proposed=proposed)
        ]
