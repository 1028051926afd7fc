"""What matching leaves behind, written in the background: records of matches, hits of rules, sums of votes.

A match never waits for a write. What waits is bounded; a process that is killed loses records of matches that
wait. Feedback is stored when it is acknowledged, marked until it is in the sums: what is left is summed by
another process, or by the next.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import orjson

from resolvers.knowledge.records import ARTICLE_VOTES
from resolvers.matching.records import FEEDBACK, MATCHES, MATCHES_KEPT, RULE_HITS
from resolvers.ports import MAX_PAGE, Collection, Document, DocumentStore, Insert, Query, Replace, Write
from resolvers.store_errors import StoreUnavailable, UniqueConflict, VersionConflict

MAX_WAITING = 20_000  # a burst of some seconds; what comes on top is not recorded, and counted
BATCH = 200  # entries of one write
GATHER_S = 0.1  # how long entries wait for others
LEFT_S = 60.0  # without news, before it is looked for what others left
PAUSE_S = 0.5  # before a store that did not answer is asked again
MAX_RACES = 20  # other workers that may add to the same sums first


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchEntry:
    """One question and the first solution it got; `given` are all rules whose answers it got."""

    id: str
    case_id: str
    at: datetime
    by: str
    units: tuple[str, ...]
    question: str | None
    dimensions: Mapping[str, object]
    rule_id: str | None
    rule_name: str | None
    score: float
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteEntry:
    """The id of one feedback on an article, which is kept already: only its sum is left to be written."""

    feedback: str


Entry = MatchEntry | VoteEntry


class Recorder:
    """`report` is told how many entries found no room, once they again do, and of what a write ran into."""

    def __init__(self, store: DocumentStore, report: Callable[[str, object], None]) -> None:
        self._store = store
        self._report = report
        self._waiting: deque[Entry] = deque()
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()
        self._dropped = 0

    def record(self, entry: Entry) -> None:
        """Returns at once."""
        if len(self._waiting) >= MAX_WAITING:
            self._dropped += 1
            return
        self._waiting.append(entry)
        self._some.set()

    async def run(self) -> NoReturn:
        """Write what comes, until cancelled."""
        while True:
            try:
                await self._take_up()
                while await self._news():
                    await asyncio.sleep(GATHER_S)
                    await self.flush()
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)

    async def _news(self) -> bool:
        """Whether something came before it is time to look for what others left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFT_S):
                await self._some.wait()
        return self._some.is_set()

    async def _take_up(self) -> None:
        """Feedback that a process stored and had no time to sum; several may, one of them does."""
        query = Query(collection=FEEDBACK, index="by_unsummed", equal={"unsummed": True}, limit=MAX_PAGE)
        for document in (await self._store.select(query)).documents:
            self.record(VoteEntry(feedback=document["id"]))

    async def flush(self) -> None:
        """Write all that waits when this is called. Raises `StoreUnavailable`: it then still waits."""
        async with self._writing:
            left = len(self._waiting)
            while left > 0:
                batch = [self._waiting[at] for at in range(min(left, BATCH))]
                await self._write(batch)
                for _ in batch:
                    self._waiting.popleft()
                left -= len(batch)
            if not self._waiting:
                self._some.clear()
        if self._dropped:
            self._report("matches were not recorded: too many waited", self._dropped)
            self._dropped = 0

    async def _write(self, batch: Sequence[Entry]) -> None:
        matches = [entry for entry in batch if isinstance(entry, MatchEntry)]
        inserts = [Insert(collection=MATCHES, document=_to_document(entry)) for entry in matches]
        for _ in range(MAX_RACES):
            try:
                await self._store.write(*inserts, *await self._sums(batch, await self._unsummed(batch)))
                return
            except (UniqueConflict, VersionConflict):
                if matches and await self._store.find(MATCHES, matches[0].id) is not None:
                    return  # an earlier attempt whose outcome was unknown: all of it was written
        self._report("matches were not recorded: other workers wrote every time", len(batch))

    async def _unsummed(self, batch: Sequence[Entry]) -> list[Document]:
        """Feedback that nobody has summed meanwhile."""
        ids = list(dict.fromkeys(entry.feedback for entry in batch if isinstance(entry, VoteEntry)))
        found = await self._store.load_many(FEEDBACK, ids) if ids else []
        return [one for one in found if one is not None and one.get("unsummed")]

    async def _sums(self, batch: Sequence[Entry], feedback: Sequence[Document]) -> list[Write]:
        """With the mark of each feedback gone in the same write: it is summed once, whoever does."""
        hits: Counter[str] = Counter()
        votes: dict[str, Counter[str]] = {}
        for entry in batch:
            if isinstance(entry, MatchEntry):
                hits.update(entry.given)
        for one in feedback:
            verdict = "helpful" if one["helpful"] else "unhelpful"
            votes.setdefault(one["article_id"], Counter())[verdict] += 1
        added = {rule: Counter(hits=number) for rule, number in hits.items()}
        return [
            *await self._added(RULE_HITS, added, ("hits",)),
            *await self._added(ARTICLE_VOTES, votes, ("helpful", "unhelpful")),
            *map(_summed, feedback),
        ]

    async def _added(
        self, collection: Collection, added: Mapping[str, Counter[str]], names: Sequence[str]
    ) -> list[Write]:
        ids = list(added)
        found = await self._store.load_many(collection, ids) if ids else []
        return [
            _sum(collection, name, document, {key: added[name][key] for key in names})
            for name, document in zip(ids, found, strict=True)
        ]


def _summed(feedback: Document) -> Replace:
    document = {name: value for name, value in feedback.items() if name != "unsummed"}
    return Replace(collection=FEEDBACK, document={**document, "version": feedback["version"] + 1})


def _sum(collection: Collection, name: str, known: Document | None, added: Mapping[str, int]) -> Write:
    if known is None:
        return Insert(collection=collection, document={"id": name, "version": 1, **added})
    sums = {key: known[key] + number for key, number in added.items()}
    return Replace(collection=collection, document={**known, **sums, "version": known["version"] + 1})


def _to_document(entry: MatchEntry) -> Document:
    return {
        "id": entry.id,
        "version": 1,
        "case_id": entry.case_id,
        "at": entry.at,
        "by": entry.by,
        "units": list(entry.units),
        "question": entry.question,
        "dimensions": orjson.dumps(entry.dimensions).decode(),
        "rule_id": entry.rule_id,
        "rule_name": entry.rule_name,
        "score": entry.score,
        "expires_at": entry.at + MATCHES_KEPT,
    }
