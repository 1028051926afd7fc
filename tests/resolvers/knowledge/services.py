"""Knowledge services on a real store and a real index, as the gateway makes them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from gateway.knowledge import INDEX, KNOWLEDGE_COLLECTIONS, end_tasks
from gateway.knowledge_index import LocalIndex, own_index
from gateway.stores.folder_files import FolderFiles
from gateway.text_reader import SpawnedReader
from resolvers.knowledge.categories import CategorySchemas
from resolvers.knowledge.category_book import CategoryBook
from resolvers.knowledge.editions import Editions
from resolvers.knowledge.gaps import GapLog
from resolvers.knowledge.indexing import KnowledgeIndexer
from resolvers.knowledge.markup import Markup
from resolvers.knowledge.records import ARTICLES
from resolvers.knowledge.services import KnowledgeServices
from resolvers.knowledge.synonym_book import SynonymBook
from resolvers.ports import Query
from resolvers.resources.ports import SecretBox
from tests.servers.document_stores import Store

__all__ = ["KNOWLEDGE_COLLECTIONS", "open_knowledge"]

PRICED = {
    "type": "object",
    "properties": {"price": {"type": "number", "minimum": 0}},
    "required": ["price"],
}


@asynccontextmanager
async def open_knowledge(
    folder: Path, store: Store, secrets: SecretBox, now: Callable[[], datetime]
) -> AsyncGenerator[KnowledgeServices]:
    """The unit `care` publishes only what was reviewed; articles on fees have a price. The index follows."""
    numbers = count(1)
    markup = Markup()

    async def expected() -> bool:
        return bool((await store.select(Query(collection=ARTICLES, limit=1))).documents)

    index = folder / INDEX
    indexer = KnowledgeIndexer(
        store, store, Editions(store, markup), own=lambda: own_index(index), now=now, report=_fail
    )
    following = asyncio.create_task(indexer.run())
    try:
        yield KnowledgeServices(
            store=store,
            feed=store,
            index=LocalIndex(index, expected),
            files=FolderFiles(folder / "attachments"),
            reader=SpawnedReader(),
            synonyms=SynonymBook(store),
            gaps=GapLog(store, now),
            secrets=secrets,
            markup=markup,
            categories=CategoryBook(store, CategorySchemas({"fees": PRICED})),
            review_units=frozenset({"care"}),
            now=now,
            new_id=lambda: f"a{next(numbers):06}",
        )
    finally:
        await end_tasks([following])


def _fail(error: Exception) -> None:
    raise AssertionError("the index cannot be written") from error
