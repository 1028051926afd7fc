"""Make what knowledge runs on: its stores, the index that follows them, and the settings of its units."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import structlog
from uuid_utils import uuid7

from gateway.knowledge_index import LocalIndex, own_index
from gateway.ranking.opening import open_rankings
from gateway.settings import Settings
from gateway.stores.opening import Store, files_beside
from gateway.text_reader import SpawnedReader
from resolvers.knowledge.attachments.attachment import ATTACHMENT_TEXTS, ATTACHMENTS
from resolvers.knowledge.attachments.collecting import AttachmentCollector
from resolvers.knowledge.categories import CategorySchemas
from resolvers.knowledge.category import CATEGORIES
from resolvers.knowledge.category_book import CategoryBook
from resolvers.knowledge.editions import Editions
from resolvers.knowledge.gaps import SEARCH_GAPS, GapLog
from resolvers.knowledge.indexing import KnowledgeIndexer, follow_synonyms
from resolvers.knowledge.markup import Markup
from resolvers.knowledge.records import ARTICLE_VERSIONS, ARTICLE_VOTES, ARTICLES, SYNONYMS
from resolvers.knowledge.services import KnowledgeServices
from resolvers.knowledge.synonym_book import SynonymBook
from resolvers.ports import Query
from resolvers.resources.ports import SecretBox
from resolvers.store_errors import StoreUnavailable

KNOWLEDGE_COLLECTIONS = (
    ARTICLES,
    ARTICLE_VERSIONS,
    ARTICLE_VOTES,
    ATTACHMENTS,
    ATTACHMENT_TEXTS,
    CATEGORIES,
    SEARCH_GAPS,
    SYNONYMS,
)
CANCEL_S = 1.0
INDEX = "index"  # folder in the data directory

log = structlog.get_logger("paifang")


@asynccontextmanager
async def open_knowledge(
    settings: Settings, store: Store, secrets: SecretBox
) -> AsyncGenerator[KnowledgeServices]:
    """The services; while they are open, the index follows what is published."""
    folder, markup, synonyms, gaps = index_folder(settings), Markup(), SynonymBook(store), GapLog(store, _now)
    files = files_beside(settings, store)

    async def expected() -> bool:
        return bool((await store.select(Query(collection=ARTICLES, limit=1))).documents)

    indexer, rankings = open_indexer(folder, store, markup), open_rankings(settings, store, folder, _now)
    tasks = [
        asyncio.create_task(indexer.run(), name="knowledge index"),
        asyncio.create_task(follow_synonyms(store, synonyms.forget), name="synonyms"),
        asyncio.create_task(gaps.run(), name="search gaps"),
        asyncio.create_task(AttachmentCollector(store, files, _now).run(), name="attachments"),
        *(asyncio.create_task(one.run(), name="learner") for one in rankings.learners),
    ]
    try:
        yield KnowledgeServices(
            store=store,
            feed=store,
            index=LocalIndex(folder, expected, rankings.rankers),
            files=files,
            reader=SpawnedReader(),
            synonyms=synonyms,
            gaps=gaps,
            secrets=secrets,
            markup=markup,
            categories=CategoryBook(store, CategorySchemas(settings.category_schemas)),
            review_units=frozenset(settings.review_units),
            now=_now,
            new_id=lambda: uuid7().hex,
        )
    finally:
        await end_tasks(tasks)
        await rankings.close()
        await _store_last(gaps)


def open_indexer(folder: Path, store: Store, markup: Markup) -> KnowledgeIndexer:
    return KnowledgeIndexer(
        store,
        store,
        Editions(store, markup),
        own=lambda: own_index(folder),
        now=_now,
        report=lambda error: log.error("the search index cannot be written", exc_info=error),
    )


def index_folder(settings: Settings) -> Path:
    """One per store: an index follows the changes of the store it was made from."""
    if settings.mongo_url is None:
        return settings.data / INDEX
    digest = sha256(settings.mongo_url.get_secret_value().encode()).hexdigest()[:12]
    return settings.data / f"{INDEX}-{digest}"


async def end_tasks(tasks: Collection[asyncio.Task[object]]) -> None:
    """Cancelled again where a driver, amid something, took the first time for its own."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_S)


async def _store_last(gaps: GapLog) -> None:
    try:
        await gaps.store_noted()
    except StoreUnavailable:
        log.warning("what was last asked in vain is not kept: the store does not answer")


def _now() -> datetime:
    return datetime.now(UTC)
