"""Note in passing what was asked and found nothing, nothing good, or nothing that helped; sum it up behind.

Noting never waits and never writes; what is noted is added to the stored sums a moment later.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from resolvers.knowledge.records import question_key
from resolvers.ports import Collection, Document, DocumentStore, Index, Insert, Replace
from resolvers.store_errors import StoreUnavailable, UniqueConflict, VersionConflict

KEPT = timedelta(days=90)  # a question that nobody asked for so long is no gap
SEARCH_GAPS = Collection(
    name="search_gaps",
    feed=False,
    expires="expires_at",
    indexes=(Index(name="by_kind", fields=("kind",), order="count"),),
)
LOW_CONFIDENCE = 0.35  # of what was asked, by rarity; Banking77 with ten questions an article: its lowest 5 %
MAX_NOTED = 2_000  # different questions between two sums; more is not people asking
MAX_QUERY = 200  # characters that are kept
PAUSE_S = 1.0  # that notes are gathered for
MAX_RACES = 10


class GapKind(StrEnum):
    ZERO_RESULTS = "ZERO_RESULTS"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    UNHELPFUL = "UNHELPFUL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`units`: those whose staff is told; none: all staff, for who asked belongs to none."""

    kind: GapKind
    query: str
    units: tuple[str, ...] = ()
    count: int
    last_at: datetime


class GapLog:
    """What this worker noted and has not yet stored; `run` stores it as long as the worker lives."""

    def __init__(self, store: DocumentStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._noted: dict[str, Gap] = {}
        self._news = asyncio.Event()
        self._storing = asyncio.Lock()

    def note(self, kind: GapKind, query: str, *, units: Sequence[str] = ()) -> None:
        """One more time. What comes beyond `MAX_NOTED` different questions at once is not kept."""
        text = " ".join(query.split())[:MAX_QUERY]
        if not text:
            return
        told = tuple(sorted(set(units)))
        key = gap_id(kind, text, told)
        known = self._noted.get(key)
        if known is None and len(self._noted) >= MAX_NOTED:
            return
        count = 1 if known is None else known.count + 1
        self._noted[key] = Gap(kind=kind, query=text, units=told, count=count, last_at=self._now())
        self._news.set()

    async def run(self) -> None:
        """Until it is cancelled; a store that is away is waited for."""
        while True:
            await self._news.wait()
            await asyncio.sleep(PAUSE_S)
            try:
                await self.store_noted()
            except StoreUnavailable:
                continue

    async def store_noted(self) -> None:
        """Add what was noted to the sums. Raises `StoreUnavailable`; what could not be stored stays noted."""
        async with self._storing:
            self._news.clear()
            noted, self._noted = self._noted, {}
            waiting = dict(noted)
            try:
                for key, gap in noted.items():
                    await self._add(key, gap)
                    del waiting[key]
            finally:
                for key, gap in waiting.items():
                    self._keep(key, gap)

    async def _add(self, key: str, gap: Gap) -> None:
        for _ in range(MAX_RACES):
            before = await self._store.find(SEARCH_GAPS, key)
            write = Insert if before is None else Replace
            document = _to_document(key, gap, before)
            try:
                await self._store.write(write(collection=SEARCH_GAPS, document=document))
            except (UniqueConflict, VersionConflict):
                continue
            return

    def _keep(self, key: str, gap: Gap) -> None:
        newer = self._noted.get(key)
        count = gap.count + (newer.count if newer is not None else 0)
        self._noted[key] = replace(newer or gap, count=count)
        self._news.set()


def gap_id(kind: GapKind, query: str, units: Sequence[str]) -> str:
    """Questions that differ in case and spaces are one."""
    return sha256("\0".join((kind.value, question_key(query), *units)).encode()).hexdigest()


def _to_document(key: str, gap: Gap, before: Document | None) -> Document:
    return {
        "id": key,
        "version": 1 if before is None else before["version"] + 1,
        "kind": gap.kind.value,
        "query": gap.query,
        "units": list(gap.units),
        "count": gap.count + (0 if before is None else before["count"]),
        "last_at": gap.last_at,
        "expires_at": gap.last_at + KEPT,
    }


def gap_of(document: Document) -> Gap:
    return Gap(
        kind=GapKind(document["kind"]),
        query=document["query"],
        units=tuple(document["units"]),
        count=document["count"],
        last_at=document["last_at"],
    )
