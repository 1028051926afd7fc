"""Keep the search index at what is stored: follow the change feed, apply, and rebuild what was lost.

One process per folder owns the index; the others try to take over as long as they live. The feed's position
is kept after what it tells of: something may be applied twice, and nothing is left out.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import NoReturn, Protocol, TypeVar

from kb_index.edition import ArticleChange
from resolvers.knowledge.editions import Editions
from resolvers.knowledge.records import ARTICLES, SYNONYMS
from resolvers.ports import MAX_PAGE, Change, ChangeFeed, DocumentStore, Query
from resolvers.store_errors import FeedPositionLost, StoreUnavailable

WAIT_S = 1.0  # for a change, before it is looked whether the index is still there
PAUSE_S = 0.5  # before asking again a store that did not answer, or taking over from another process
LONG_S = 30.0  # for the first article
FAILED_S = 5.0  # before trying again what failed for another reason than the store
T = TypeVar("T")
REBUILD_PAGE = 500  # articles that are read at once


class IndexLost(Exception):
    """The index is not there, or cannot be used: it is rebuilt."""


class Owner(Protocol):
    """The index as the one who writes it has it. Its methods may wait for the disk."""

    @property
    def position(self) -> int:
        """The change up to which all is applied, 0 where there is nothing."""
        ...

    def holds(self) -> bool:
        """Whether it still is this process's to write."""
        ...

    def wanted(self) -> bool:
        """Whether somebody asked for a new one, or the one that serves is not there."""
        ...

    def apply(self, changes: Sequence[ArticleChange], *, position: int) -> None:
        """Raises `IndexLost`."""
        ...

    def rebuild(
        self, changes: Iterator[ArticleChange], *, position: int, progress: Callable[[int], object]
    ) -> None: ...

    def close(self) -> None: ...


class KnowledgeIndexer:
    """Owns the index while `run` runs and nobody else does. `own` returns None while another process does.

    All that waits for the disk is done by one thread, in its order.
    """

    def __init__(
        self,
        store: DocumentStore,
        feed: ChangeFeed,
        editions: Editions,
        *,
        own: Callable[[], Owner | None],
        now: Callable[[], datetime],
        report: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._editions = editions
        self._own = own
        self._now = now
        self._report = report
        self._owner: Owner | None = None
        self._stopped = False

    async def run(self) -> NoReturn:
        """Until it is cancelled. Before there is an article no index is made, and nothing loaded for it."""
        await self._first_article()
        thread = ThreadPoolExecutor(1, thread_name_prefix="knowledge-index")
        try:
            while True:
                owner = await self._in(thread, self._take)
                if owner is not None:
                    await self._follow(owner, thread)
                    await self._in(thread, self._let_go)
                    continue
                await asyncio.sleep(PAUSE_S)
        finally:
            self._stopped = True
            await asyncio.shield(self._in(thread, self._let_go))
            thread.shutdown(wait=False)

    async def rebuild(
        self, owner: Owner, thread: ThreadPoolExecutor, progress: Callable[[int], object] = lambda _: None
    ) -> int:
        """Make it anew of all that is stored; returns the position from which to go on."""
        position = await self._feed.position()
        loop, pages = asyncio.get_running_loop(), _Pages(self._store)

        async def read() -> list[ArticleChange]:
            ids = await pages.next()
            return await self._editions.changes_of(ids, now=self._now()) if ids else []

        def changes() -> Iterator[ArticleChange]:
            """Read on the loop, for the thread that writes."""
            while batch := asyncio.run_coroutine_threadsafe(read(), loop).result():
                if self._stopped:
                    raise IndexLost
                yield from batch

        def work() -> None:
            owner.rebuild(changes(), position=position, progress=progress)

        await self._in(thread, work)
        return position

    def _take(self) -> Owner | None:
        self._owner = self._own()
        return self._owner

    def _let_go(self) -> None:
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    async def _follow(self, owner: Owner, thread: ThreadPoolExecutor) -> None:
        """As long as the index is this process's to write."""
        position = owner.position
        while await self._in(thread, owner.holds):
            try:
                if not position or await self._in(thread, owner.wanted):
                    position = await self.rebuild(owner, thread)
                changes = await self._feed.changes(after=position, limit=MAX_PAGE, wait_s=WAIT_S)
                if changes:
                    await self._apply(owner, thread, changes)
                    position = changes[-1].sequence
            except (FeedPositionLost, IndexLost):
                position = 0
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)
            except Exception as error:  # such as a full disk: the last state of the index is what is found
                self._report(error)
                position = 0
                await asyncio.sleep(FAILED_S)

    async def _apply(self, owner: Owner, thread: ThreadPoolExecutor, changes: Sequence[Change]) -> None:
        touched = dict.fromkeys(one.id for one in changes if one.collection == ARTICLES.name)
        articles = await self._editions.changes_of(list(touched), now=self._now())
        await self._in(thread, lambda: owner.apply(articles, position=changes[-1].sequence))

    async def _first_article(self) -> None:
        position = None
        while True:
            try:
                position = await self._feed.position() if position is None else position
                if (await self._store.select(Query(collection=ARTICLES, limit=1))).documents:
                    return
                changes = await self._feed.changes(after=position, wait_s=LONG_S)
                position = changes[-1].sequence if changes else position
            except FeedPositionLost:
                position = None
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)


class _Pages:
    """The ids of all articles, some at a time; an empty list is the end."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._query: Query | None = Query(collection=ARTICLES, limit=REBUILD_PAGE)

    async def next(self) -> list[str]:
        if self._query is None:
            return []
        page = await self._store.select(self._query)
        self._query = None if page.next is None else replace(self._query, after=page.next)
        return [document["id"] for document in page.documents]


async def follow_synonyms(feed: ChangeFeed, forget: Callable[[], None]) -> NoReturn:
    """Forget what is known of synonyms whenever some were saved, by whichever process."""
    position = None
    while True:
        try:
            if position is None:
                position = await feed.position()
                forget()
            changes = await feed.changes(after=position, wait_s=LONG_S)
            if any(change.collection == SYNONYMS.name for change in changes):
                forget()
            position = changes[-1].sequence if changes else position
        except FeedPositionLost:
            position = None
        except StoreUnavailable:
            await asyncio.sleep(PAUSE_S)
