"""The data loaders of one request: what many objects ask for one by one is read at once."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from itertools import chain
from typing import TypeVar

from strawberry.dataloader import DataLoader

from resolvers.ports import DocumentStore
from resolvers.resources.records import VERSIONS, VersionRecord, version_id, version_of

MAX_HISTORY = 1_000  # versions of one module in an answer, the newest; all of them are kept

K = TypeVar("K")
V = TypeVar("V")
ModuleAt = tuple[str, int]  # a module's name and its current version


def batching_loader(load: Callable[[list[K]], Awaitable[list[V]]]) -> DataLoader[K, V]:
    """A loader that only gathers: what is asked for twice, its user knows best."""
    return DataLoader(load, cache=False)


class Loaders:
    """Each is made when first used: most requests use none."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    @cached_property
    def histories(self) -> DataLoader[ModuleAt, list[VersionRecord]]:
        """All versions of a module, newest first."""
        return DataLoader(self._load_histories)

    async def _load_histories(self, modules: list[ModuleAt]) -> list[list[VersionRecord]]:
        ids = [
            [version_id(name, number) for number in range(last, max(last - MAX_HISTORY, 0), -1)]
            for name, last in modules
        ]
        documents = await self._store.load_many(VERSIONS, list(chain.from_iterable(ids)))
        records = iter([None if document is None else version_of(document) for document in documents])
        return [[record for _ in wanted if (record := next(records)) is not None] for wanted in ids]
