"""The data loaders of one request: what many objects ask for one by one is read at once."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from itertools import chain
from typing import TypeVar

from strawberry.dataloader import DataLoader

from resolvers.knowledge.article import ArticleContent, ArticleRecord, ArticleVersion
from resolvers.knowledge.attachments.attachment import Attachment, load_attachments, load_texts
from resolvers.knowledge.records import (
    ARTICLE_VERSIONS,
    ARTICLE_VOTES,
    Votes,
    load_articles,
    revision_id,
    revision_of,
    votes_of,
)
from resolvers.ports import ChangeFeed, DocumentStore
from resolvers.resources.records import VERSIONS, VersionRecord, version_id, version_of

MAX_HISTORY = 1_000  # versions of one module in an answer, the newest; all of them are kept

K = TypeVar("K")
V = TypeVar("V")
ModuleAt = tuple[str, int]  # a module's name and its current version
RevisionAt = tuple[str, int]  # an article's id and the number of a revision


def batching_loader(load: Callable[[list[K]], Awaitable[list[V]]]) -> DataLoader[K, V]:
    """A loader that only gathers: what is asked for twice, its user knows best."""
    return DataLoader(load, cache=False)


class Loaders:
    """Each is made when first used: most requests use none."""

    def __init__(self, store: DocumentStore, feed: ChangeFeed) -> None:
        self._store = store
        self._feed = feed

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

    # ------------------------------------------------------------------ articles
    @cached_property
    def articles(self) -> DataLoader[str, ArticleRecord | None]:
        """By id, whoever may see them."""
        return batching_loader(lambda ids: load_articles(self._store, ids))

    @cached_property
    def revisions(self) -> DataLoader[RevisionAt, ArticleVersion | None]:
        """An article's revision as it was saved."""
        return batching_loader(self._load_revisions)

    @cached_property
    def contents(self) -> DataLoader[RevisionAt, ArticleContent]:
        """What a revision that was published says."""
        return batching_loader(self._load_contents)

    @cached_property
    def attachments(self) -> DataLoader[str, Attachment | None]:
        """What is known of a file, whoever may read it."""
        return batching_loader(lambda ids: load_attachments(self._store, ids))

    @cached_property
    def attachment_texts(self) -> DataLoader[str, str]:
        """The words of a file; empty where it has none."""
        return batching_loader(self._load_attachment_texts)

    @cached_property
    def votes(self) -> DataLoader[str, Votes]:
        """How often an article helped."""
        return batching_loader(self._load_votes)

    @cached_property
    def positions(self) -> DataLoader[str, int]:
        """A number of the change feed at which every article read before is in it."""
        return batching_loader(self._load_positions)

    async def _load_revisions(self, keys: list[RevisionAt]) -> list[ArticleVersion | None]:
        documents = await self._store.load_many(ARTICLE_VERSIONS, [revision_id(*key) for key in keys])
        return [None if document is None else revision_of(document) for document in documents]

    async def _load_contents(self, keys: list[RevisionAt]) -> list[ArticleContent]:
        found = await self._load_revisions(keys)
        return [one.content for one in found if one is not None]  # written with the article: all are there

    async def _load_attachment_texts(self, ids: list[str]) -> list[str]:
        texts = await load_texts(self._store, ids)
        return [texts.get(one, "") for one in ids]

    async def _load_votes(self, articles: list[str]) -> list[Votes]:
        return [votes_of(one) for one in await self._store.load_many(ARTICLE_VOTES, articles)]

    async def _load_positions(self, articles: list[str]) -> list[int]:
        return [await self._feed.position()] * len(articles)
