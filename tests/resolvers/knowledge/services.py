"""Knowledge services on a real store."""

from collections.abc import Callable
from datetime import datetime
from itertools import count

from resolvers.knowledge.categories import CategorySchemas
from resolvers.knowledge.markup import Markup
from resolvers.knowledge.records import ARTICLE_VERSIONS, ARTICLE_VOTES, ARTICLES, SYNONYMS
from resolvers.knowledge.services import KnowledgeServices
from resolvers.resources.ports import SecretBox
from tests.servers.document_stores import Store

KNOWLEDGE_COLLECTIONS = (ARTICLES, ARTICLE_VERSIONS, ARTICLE_VOTES, SYNONYMS)
PRICED = {
    "type": "object",
    "properties": {"price": {"type": "number", "minimum": 0}},
    "required": ["price"],
}


def make_knowledge(store: Store, secrets: SecretBox, now: Callable[[], datetime]) -> KnowledgeServices:
    """The unit `care` publishes only what was reviewed; articles on fees have a price."""
    numbers = count(1)
    return KnowledgeServices(
        store=store,
        feed=store,
        secrets=secrets,
        markup=Markup(),
        categories=CategorySchemas({"fees": PRICED}),
        review_units=frozenset({"care"}),
        now=now,
        new_id=lambda: f"a{next(numbers):06}",
    )
