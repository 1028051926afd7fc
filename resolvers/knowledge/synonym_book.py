"""The synonyms that are saved, compiled for those whose articles are looked through."""

from collections.abc import Sequence
from typing import cast

from kb_index.synonyms import Synonyms
from resolvers.knowledge.records import SYNONYMS
from resolvers.ports import DocumentStore, Query

MAX_UNITS = 1_000
Groups = Sequence[Sequence[str]]


class SynonymBook:
    """What is saved, ready to be looked up; `forget` when something was saved, here or elsewhere."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._by_unit: dict[str, Groups] | None = None
        self._compiled: dict[frozenset[str] | None, Synonyms] = {}

    def forget(self) -> None:
        self._by_unit = None
        self._compiled = {}

    async def of_units(self, units: frozenset[str] | None) -> Synonyms:
        """Those of the units whose articles are looked through, None: of all."""
        if (known := self._compiled.get(units)) is not None:
            return known
        by_unit = self._by_unit
        if by_unit is None:
            by_unit = self._by_unit = await self._load()
        groups = [group for unit, own in by_unit.items() if units is None or unit in units for group in own]
        compiled = self._compiled
        if len(compiled) >= MAX_UNITS:
            compiled.clear()
        return compiled.setdefault(units, Synonyms(groups))

    async def _load(self) -> dict[str, Groups]:
        page = await self._store.select(Query(collection=SYNONYMS, limit=MAX_UNITS))
        return {one["id"]: cast("Groups", one["groups"]) for one in page.documents}  # as they were saved
