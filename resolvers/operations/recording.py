"""Write down which clients ran which operations: what workers counted is added to the stored sums.

Requests never wait for this. What waits to be written is bounded; a process that is killed loses what it
counted since the last writing.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from resolvers.operations.ports import Counted, OperationTally
from resolvers.operations.records import OPERATIONS, added, operation_of, operation_to_document
from resolvers.ports import DocumentStore, Insert, Replace, Write
from resolvers.store_errors import DocumentNotFound, StoreUnavailable, UniqueConflict, VersionConflict

BATCH = 100  # operations of one write
MAX_WAITING = 20_000  # operations; a store that is away for long must not fill the memory
MAX_NEW = 2_000  # operations a day that nobody ran before: more are generated texts, nobody's screens
MAX_RACES = 20  # other workers that may add to the same operations first


class OperationRecorder:
    """`kept`: for how long an operation is remembered that nobody runs. `report` is told of what is lost."""

    def __init__(
        self,
        store: DocumentStore,
        tally: OperationTally,
        now: Callable[[], datetime],
        *,
        kept: timedelta,
        report: Callable[[str, int], None],
    ) -> None:
        self._store = store
        self._tally = tally
        self._now = now
        self._kept = kept
        self._report = report
        self._waiting: dict[str, Counted] = {}
        self._writing = asyncio.Lock()
        self._new_on = (now().date(), 0)

    async def flush(self) -> None:
        """Write all that was counted until now. Raises `StoreUnavailable`: the rest waits for the next."""
        async with self._writing:
            for counted in await self._tally.take():
                self._keep(counted)
            while self._waiting:
                batch = list(self._waiting.values())[:BATCH]
                await self._write(batch)
                for counted in batch:
                    del self._waiting[counted.form.hash]

    def _keep(self, counted: Counted) -> None:
        before = self._waiting.get(counted.form.hash)
        if before is not None:
            calls = Counter[str](before.calls)
            calls.update(counted.calls)
            self._waiting[counted.form.hash] = Counted(form=counted.form, calls=calls)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting[counted.form.hash] = counted

    async def _write(self, batch: Sequence[Counted]) -> None:
        for _ in range(MAX_RACES):
            writes, new = await self._sums(batch)
            try:
                if writes:
                    await self._store.write(*writes)
            except (UniqueConflict, VersionConflict, DocumentNotFound):
                continue
            self._new_on = (self._new_on[0], self._new_on[1] + new)
            return
        raise StoreUnavailable(reason="other workers wrote the same operations every time")

    async def _sums(self, batch: Sequence[Counted]) -> tuple[list[Write], int]:
        """What to write, and how many operations of it are new."""
        now = self._now()
        found = await self._store.load_many(OPERATIONS, [counted.form.hash for counted in batch])
        room, new, refused = self._room_for_new(now), 0, 0
        writes: list[Write] = []
        for counted, document in zip(batch, found, strict=True):
            if document is None and new >= room:
                refused += 1
                continue
            new += document is None
            before = operation_of(document) if document is not None else None
            version = document["version"] + 1 if document is not None else 1
            record = added(before, counted, at=now)
            kind = Insert if document is None else Replace
            written = operation_to_document(record, version=version, kept=self._kept)
            writes.append(kind(collection=OPERATIONS, document=written))
        if refused:
            self._report("operations were not recorded: too many new ones in a day", refused)
        return writes, new

    def _room_for_new(self, now: datetime) -> int:
        if self._new_on[0] != now.date():
            self._new_on = (now.date(), 0)
        return MAX_NEW - self._new_on[1]
