"""Tell whoever watches what was published, once this worker serves it, whoever published it where."""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from resolvers.resources.catalog import Catalog
from resolvers.resources.records import ModuleRecord


class Told(NamedTuple):
    """A module, and the catalog that it is served with."""

    catalog: Catalog
    record: ModuleRecord


class ModuleNews:
    """The versions this worker serves, and who wants to know of newer ones."""

    def __init__(self) -> None:
        self._versions: Mapping[str, int] = {}
        self._watchers: set[_Watcher] = set()

    def served(self, catalog: Catalog) -> None:
        """This worker serves the catalog from now on; telling the same twice is no news."""
        versions = {name: stored.record.version for name, stored in catalog.stored.items()}
        fresh = [name for name, version in versions.items() if self._versions.get(name) != version]
        self._versions = versions
        for watcher in self._watchers:
            for name in fresh:
                watcher.tell(Told(catalog, catalog.stored[name].record))

    @contextmanager
    def watch(self) -> Generator["_Watcher"]:
        """What is published while inside."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)


class _Watcher:
    """The news of one watcher: of each module the newest version not yet taken."""

    def __init__(self) -> None:
        self._waiting: dict[str, Told] = {}
        self._told = asyncio.Event()

    def tell(self, module: Told) -> None:
        self._waiting[module.record.name] = module
        self._told.set()

    async def next(self) -> Told:
        while not self._waiting:
            self._told.clear()
            await self._told.wait()
        return self._waiting.pop(next(iter(self._waiting)))
