"""Keep what this worker counts: written each minute, rolled up with the other workers' when an hour is over.

What is written is whole: a document of a worker's minute holds all of that minute so far, and one of an hour
is made from all of its minutes, which it names. So everything may be done twice, by anybody, in any order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engine.resource.quality.facts import Facts
from engine.resource.quality.meters import Meters, Taken
from resolvers.ports import Document, DocumentStore, Insert, Query, Replace
from resolvers.quality.records import DAY, HOUR, MINUTE, QUALITY, Kept, Level, contents_of, facts_of
from resolvers.store_errors import UniqueConflict, VersionConflict

ROLLED_UP = ((HOUR, MINUTE), (DAY, HOUR))  # levels, and what they are made of
LOOKED_BACK = timedelta(days=7)  # for what no worker was there to roll up
SETTLED = timedelta(minutes=5)  # after an hour: by then its last minute is written, if the store answers
MAX_WAITING = 60  # minutes that wait for a store that is away
MAX_RACES = 10
PAGE = 200  # documents, each up to some hundred kB


@dataclass(slots=True)
class _Minute:
    """One minute of this worker. `version`: of its document, 0 before there is one."""

    facts: Facts = field(default_factory=Facts)
    version: int = 0
    written: bool = False


class QualityKeeper:
    """`units` tells who owns each module; `worker` is this process and no other; `total` is told of all."""

    def __init__(
        self,
        store: DocumentStore,
        meters: Meters,
        *,
        units: Callable[[], Mapping[str, str]],
        now: Callable[[], datetime],
        worker: str,
        kept: Kept,
        total: Callable[[Taken, Facts], None],
    ) -> None:
        self._store = store
        self._meters = meters
        self._units = units
        self._now = now
        self._worker = worker
        self._kept = kept
        self._total = total
        self._counting = MINUTE.start(now())  # the minute that what is being counted belongs to
        self._collected: deque[tuple[datetime, Facts]] = deque()
        self._minutes: dict[datetime, _Minute] = {}
        self._flushing = asyncio.Lock()
        self._rolled: dict[Level, set[str]] = {HOUR: set(), DAY: set()}  # spans that were seen to

    # ------------------------------------------------------------------ minutes
    async def flush(self) -> None:
        """Write what was counted up to now. Raises `StoreUnavailable`: then it waits for the next time."""
        async with self._flushing:
            await self.collect()
            while self._collected:
                start, facts = self._collected.popleft()
                minute = self._minutes.setdefault(start, _Minute())
                minute.facts.add(facts)
                minute.written = False
            while len(self._minutes) > MAX_WAITING:
                del self._minutes[min(self._minutes)]
            for start in sorted(self._minutes):
                minute = self._minutes[start]
                if not minute.written:
                    await self._write(start, minute)
                    await self._correct(start)
                if start != self._counting:
                    del self._minutes[start]

    async def collect(self) -> None:
        """Tell apart what was counted up to now; the store is not asked."""
        start, taken = self._counting, self._meters.take()
        self._counting = MINUTE.start(self._now())
        facts = await asyncio.to_thread(taken.facts, self._units())
        if facts:
            self._total(taken, facts)
            self._collected.append((start, facts))

    async def _write(self, start: datetime, minute: _Minute) -> None:
        contents = await asyncio.to_thread(contents_of, minute.facts)
        for _ in range(MAX_RACES):
            document = self._document(MINUTE, start, MINUTE.id(start, self._worker), minute.version, contents)
            try:
                await self._save(document)
            except (UniqueConflict, VersionConflict):  # an earlier attempt whose outcome was unknown
                found = await self._store.find(QUALITY, str(document["id"]))
                minute.version = found["version"] if found is not None else 0
                continue
            minute.version += 1
            minute.written = True
            return

    async def _correct(self, start: datetime) -> None:
        """What comes late is added to what may have been rolled up without it."""
        for level, parts in ROLLED_UP:
            span = level.start(start)
            if span + level.span + SETTLED <= self._now():
                await self.roll_up(level, span, parts)

    # ------------------------------------------------------------------ hours and days
    async def roll_up_what_is_over(self) -> None:
        """Make the documents of hours, then of days, that are over and not rolled up yet."""
        over = self._now() - SETTLED
        for level, parts in ROLLED_UP:
            spans = _spans(level, over - min(self._kept.of(parts), LOOKED_BACK), over)
            names = [level.id(start) for start in spans]
            found = await self._store.load_many(QUALITY, names) if set(names) - self._rolled[level] else []
            for start, known in zip(spans, found, strict=False):
                if known is None and level.id(start) not in self._rolled[level]:
                    await self.roll_up(level, start, parts)
            self._rolled[level] = set(names)
        self._meters.forget_idle()

    async def roll_up(self, level: Level, start: datetime, parts: Level) -> None:
        """Make the document of a span from all that is there of its parts, unless it was made of that."""
        for _ in range(MAX_RACES):
            name = level.id(start)
            known = await self._store.find(QUALITY, name)
            documents = await select_level(self._store, parts, start, start + level.span)
            made_of = sorted(f"{one['id']}@{one['version']}" for one in documents)
            if not documents or (known is not None and known["made_of"] == made_of):
                return
            contents = await asyncio.to_thread(_contents_of_all, documents)
            document = self._document(level, start, name, known["version"] if known else 0, contents)
            try:
                await self._save({**document, "made_of": made_of})
            except (UniqueConflict, VersionConflict):
                continue  # another worker's; it may have seen less

    # ------------------------------------------------------------------ documents
    def _document(
        self, level: Level, start: datetime, name: str, version: int, contents: Mapping[str, bytes]
    ) -> Document:
        return {
            "id": name,
            "version": version + 1,
            "level": level.name,
            "at": start,
            **contents,
            "expires_at": start + level.span + self._kept.of(level),
        }

    async def _save(self, document: Document) -> None:
        write = Insert if document["version"] == 1 else Replace
        await self._store.write(write(collection=QUALITY, document=document))


async def select_level(
    store: DocumentStore, level: Level, since: datetime, until: datetime
) -> Sequence[Document]:
    """All documents of a level that begin in a time."""
    query = Query(
        collection=QUALITY,
        index="by_level",
        equal={"level": level.name},
        at_least=since,
        below=until,
        limit=PAGE,
    )
    documents: list[Document] = []
    while True:
        page = await store.select(query)
        documents += page.documents
        if page.next is None:
            return documents
        query = replace(query, after=page.next)


def _spans(level: Level, since: datetime, until: datetime) -> Sequence[datetime]:
    """The beginnings of all spans that lie between, whole."""
    starts: list[datetime] = []
    start = level.start(since) + level.span
    while start + level.span <= until:
        starts.append(start)
        start += level.span
    return starts


def _contents_of_all(documents: Sequence[Document]) -> Mapping[str, bytes]:
    facts = Facts()
    for document in documents:
        facts.add(facts_of(document))
    return contents_of(facts)
