"""News of instances: of this worker's steps at once, of others' within a look.

Steps are not numbered for all; instead each instance says when it was last written, and while anybody watches
here, what other workers and replicas have written since is looked up.
"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from engine.flow.documents import of_document
from engine.flow.instance import Instance, InstanceId
from engine.flow.ports import Clock
from resolvers.flows.instances import INSTANCES
from resolvers.ports import DocumentStore, Query

LOOK_S = 0.5
OVERLAP = timedelta(seconds=5)  # clocks of replicas differ, and writes become visible out of their order
MAX_BEHIND = 1_000  # instances a slow watcher is behind before it is told of the latest only
PAGE = 500

Versions = dict[InstanceId, int]


class InstanceNews:
    """Hands written instances to watchers. `alone`: no other process writes to this store."""

    def __init__(self, store: DocumentStore, clock: Clock, *, alone: bool) -> None:
        self._store = store
        self._clock = clock
        self._alone = alone
        self._watchers: set[Watcher] = set()
        self._looking: asyncio.Task[None] | None = None

    def written(self, instances: Sequence[Instance]) -> None:
        for watcher in self._watchers:
            for instance in instances:
                watcher.tell(instance)

    @contextmanager
    def watch(self) -> Generator["Watcher"]:
        """What is written while inside."""
        watcher = Watcher()
        self._watchers.add(watcher)
        if self._looking is None and not self._alone:
            self._looking = asyncio.create_task(self._look(), name="flow news")
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            if not self._watchers and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        """Until nobody watches any more."""
        since = self._clock.now() - OVERLAP
        while True:
            before = self._clock.now()
            for instance in await self._changed_since(since):
                self.written([instance])
            since = before - OVERLAP
            await asyncio.sleep(LOOK_S)

    async def _changed_since(self, moment: datetime) -> list[Instance]:
        found: list[Instance] = []
        after: str | None = None
        while True:
            page = await self._store.select(
                Query(collection=INSTANCES, index="by_change", at_least=moment, limit=PAGE, after=after)
            )
            found += [of_document(document) for document in page.documents]
            if page.next is None:
                return found
            after = page.next


class Watcher:
    """The news of one watcher: of each instance the newest state not yet taken."""

    def __init__(self) -> None:
        self._seen: Versions = {}
        self._waiting: dict[InstanceId, Instance] = {}
        self._told = asyncio.Event()

    def tell(self, instance: Instance) -> None:
        """A state that is not newer than what was told is no news."""
        if instance.version <= self._seen.get(instance.id, 0):
            return
        if len(self._seen) > MAX_BEHIND:
            self._seen = {one: waiting.version for one, waiting in self._waiting.items()}
        self._seen[instance.id] = instance.version
        self._waiting[instance.id] = instance
        self._told.set()

    async def next(self) -> Instance:
        while not self._waiting:
            self._told.clear()
            await self._told.wait()
        return self._waiting.pop(next(iter(self._waiting)))
