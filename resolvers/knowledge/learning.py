"""Have something learned of the questions of all published articles, anew when enough of them have changed.

One process per folder learns; the others take over when it ends. What was learned is looked at beside the
words of a search, so that it may be late, or missing.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import NoReturn, Protocol

from resolvers.knowledge.records import ARTICLES, article_of, load_contents
from resolvers.ports import MAX_PAGE, ChangeFeed, DocumentStore, Query
from resolvers.store_errors import FeedPositionLost, StoreUnavailable

PAGE = 500  # articles that are read at once
MAX_QUESTIONS = 500_000  # of all articles; what comes after is not learned
LONG_S = 30.0  # for a change
PAUSE_S = 5.0  # before asking a store again, or taking over from another process
FAILED_S = 30.0  # before learning again what failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An article and all the questions that it answers now or will."""

    article: str
    questions: tuple[str, ...]


class Study(Protocol):
    """What is learned, and kept for all processes of the folder."""

    @property
    def position(self) -> int | None:
        """The change up to which it is learned; None where nothing is, or what is there is of other code."""
        ...

    @property
    def calm(self) -> float:
        """Times as long as it took to learn, until it is done again."""
        ...

    def is_due(self, changed: int, known: int) -> bool:
        """Whether it is worth while after this many articles changed, of as many as were learned."""
        ...

    async def learn(self, articles: Sequence[Asked], *, position: int) -> None:
        """Replace what was learned. Raises whatever keeps it from that; the old then stays."""
        ...


class Learner:
    """`own` returns whether this process may learn, and goes on to until it ends."""

    def __init__(
        self,
        store: DocumentStore,
        feed: ChangeFeed,
        study: Study,
        *,
        own: Callable[[], bool],
        now: Callable[[], datetime],
        report: Callable[[Exception], None],
    ) -> None:
        self._store = store
        self._feed = feed
        self._study = study
        self._own = own
        self._now = now
        self._report = report
        self._known = 0
        self._changed: set[str] = set()

    async def run(self) -> NoReturn:
        """Until it is cancelled."""
        while True:
            if self._own():
                break
            await asyncio.sleep(PAUSE_S)
        position = self._study.position
        while True:
            try:
                if position is None or self._study.is_due(len(self._changed), self._known):
                    began = monotonic()
                    position = await self.learn()
                    await asyncio.sleep(self._study.calm * (monotonic() - began))
                changes = await self._feed.changes(after=position, limit=MAX_PAGE, wait_s=LONG_S)
                self._changed.update(one.id for one in changes if one.collection == ARTICLES.name)
                position = changes[-1].sequence if changes else position
            except FeedPositionLost:
                position = None
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)
            except Exception as error:  # such as a full disk: what was learned before is looked at
                self._report(error)
                await asyncio.sleep(FAILED_S)

    async def learn(self) -> int:
        """Of all that is published now; returns the change from which to go on."""
        position = await self._feed.position()
        articles = await self._read()
        await self._study.learn(articles, position=position)
        self._known = len(articles)
        self._changed.clear()
        return position

    async def _read(self) -> list[Asked]:
        found: list[Asked] = []
        count = 0
        query = Query(collection=ARTICLES, limit=PAGE)
        while count < MAX_QUESTIONS:
            page = await self._store.select(query)
            records = [article_of(document) for document in page.documents]
            open_ = [(one, at) for one in records for at in one.open_publications(self._now())]
            contents = await load_contents(self._store, open_)
            questions: dict[str, dict[str, None]] = {}
            for (record, _), content in zip(open_, contents, strict=True):
                questions.setdefault(record.id, {}).update(
                    dict.fromkeys((content.question, *content.similar))
                )
            found += [Asked(article=one, questions=tuple(texts)) for one, texts in questions.items()]
            count += sum(map(len, questions.values()))
            if page.next is None:
                break
            query = replace(query, after=page.next)
        return found
