"""The search index in the data directory: read by every worker, written by the one that holds its lock.

The libraries behind it are loaded when there is something to find.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from gateway.ranking.contract import Ranker, rank_all
from kb_index.asking import Found, Query
from kb_index.edition import ArticleChange, Sight
from resolvers.knowledge.errors import KnowledgeUnavailable
from resolvers.knowledge.indexing import IndexLost, Owner

READY_S = 2.0  # that a search waits for an index that is being made
LOOK_S = 0.01  # between two looks at how far the index has come
SERVING = "serving"  # a file that is there as soon as an index is
REQUEST = "rebuild"  # a file whose being there asks the owner for a new index
TOLD_EVERY = 500  # articles
PROGRESS = "progress"  # a file with how many articles are in the new one


class LocalIndex:
    """Implements the use cases' `KnowledgeIndex`. `expected`: whether there is something to find at all.

    `rankers` are asked about each question before the index is.
    """

    def __init__(
        self, folder: Path, expected: Callable[[], Awaitable[bool]], rankers: Sequence[Ranker] = ()
    ) -> None:
        self._folder = folder
        self._expected = expected
        self._rankers = rankers
        self._reader: Any = None  # Any: an IndexReader, whose module is loaded late

    async def find(self, query: Query) -> Found:
        if not await self._ready():
            return Found(hits=(), total=0, confidence=0.0)
        if self._rankers:
            query = replace(query, rankings=await rank_all(self._rankers, query.text))
        return await self._ask(lambda reader: reader.search(query))

    async def suggest(self, prefix: str, sight: Sight, *, first: int) -> list[str]:
        if not await self._ready():
            return []
        return await self._ask(lambda reader: reader.suggest(prefix, sight, first=first))

    async def reach(self, position: int, *, wait_s: float) -> bool:
        deadline = monotonic() + wait_s
        while not self._serves() or self._reader.position < position:
            if monotonic() >= deadline or not await self._expected():
                return False
            await asyncio.sleep(LOOK_S)
        return True

    async def _ready(self) -> bool:
        """False where there is nothing to find. Raises `KnowledgeUnavailable`."""
        deadline = monotonic() + READY_S
        while not self._serves():
            if not await self._expected():
                return False
            if monotonic() >= deadline:
                raise KnowledgeUnavailable
            await asyncio.sleep(LOOK_S)
        return True

    def _serves(self) -> bool:
        if self._reader is None:
            if not (self._folder / SERVING).exists():
                return False
            self._reader = import_module("kb_index.index").IndexReader(self._folder)
        return serves(self._folder)

    async def _ask(self, work: Callable[[Any], Any]) -> Any:  # Any: as above, and what it answers
        try:
            return await asyncio.to_thread(work, self._reader)
        except Exception as error:
            self._reader = None
            request_rebuild(self._folder)
            raise KnowledgeUnavailable from error
        except BaseException as panic:  # the index's library panics over files that are not its own
            if type(panic).__name__ != "PanicException":
                raise
            self._reader = None
            request_rebuild(self._folder)
            raise KnowledgeUnavailable from panic


class OwnedIndex:
    """Implements the indexer's `Owner`."""

    def __init__(self, folder: Path, owner: Any) -> None:  # Any: an IndexOwner, whose module is loaded late
        self._folder = folder
        self._owner = owner

    @property
    def position(self) -> int:
        return self._owner.position

    def holds(self) -> bool:
        return self._owner.holds()

    def wanted(self) -> bool:
        return (self._folder / REQUEST).exists() or not serves(self._folder)

    def apply(self, changes: Sequence[ArticleChange], *, position: int) -> None:
        try:
            self._owner.apply(changes, position=position)
        except import_module("kb_index.index").IndexUnusable as error:
            raise IndexLost from error

    def rebuild(
        self, changes: Iterator[ArticleChange], *, position: int, progress: Callable[[int], object]
    ) -> None:
        def told(done: int) -> None:
            (self._folder / PROGRESS).write_text(str(done))
            progress(done)

        self._owner.rebuild(_counted(changes, told), position=position)
        (self._folder / REQUEST).unlink(missing_ok=True)
        (self._folder / PROGRESS).unlink(missing_ok=True)

    def close(self) -> None:
        self._owner.close()


def _counted(changes: Iterator[ArticleChange], told: Callable[[int], None]) -> Iterator[ArticleChange]:
    """Tells now and then how many have passed, and at last how many they were."""
    done = 0
    for done, change in enumerate(changes, start=1):
        yield change
        if done % TOLD_EVERY == 0:
            told(done)
    told(done)


def own_index(folder: Path) -> Owner | None:
    """None while another process owns it."""
    index = import_module("kb_index.index")
    try:
        return OwnedIndex(folder, index.IndexOwner(folder))
    except import_module("kb_index.folder").WriterBusy:
        return None


def serves(folder: Path) -> bool:
    """Whether there is an index that this code can read."""
    name = import_module("kb_index.folder").IndexFolder(folder).serving()
    return name is not None and (folder / name / "meta.json").exists()


def request_rebuild(folder: Path) -> None:
    """Ask whoever owns the index for a new one; what serves goes on serving."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REQUEST).touch()
