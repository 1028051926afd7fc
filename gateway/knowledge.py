"""Make what knowledge runs on: its stores, the index that follows them, and the settings of its units."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from uuid_utils import uuid7

from gateway.settings import Settings
from gateway.stores.opening import Store
from resolvers.knowledge.categories import CategorySchemas
from resolvers.knowledge.markup import Markup
from resolvers.knowledge.records import ARTICLE_VERSIONS, ARTICLE_VOTES, ARTICLES, SYNONYMS
from resolvers.knowledge.services import KnowledgeServices
from resolvers.resources.ports import SecretBox

KNOWLEDGE_COLLECTIONS = (ARTICLES, ARTICLE_VERSIONS, ARTICLE_VOTES, SYNONYMS)


@asynccontextmanager
async def open_knowledge(
    settings: Settings, store: Store, secrets: SecretBox
) -> AsyncGenerator[KnowledgeServices]:
    """The services; while they are open, the index follows what is published."""
    yield KnowledgeServices(
        store=store,
        feed=store,
        secrets=secrets,
        markup=Markup(),
        categories=CategorySchemas(settings.category_schemas),
        review_units=frozenset(settings.review_units),
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid7().hex,
    )
