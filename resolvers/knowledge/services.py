"""What the knowledge use cases work with, for the life of the process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resolvers.knowledge.attachments.ports import AttachmentFiles, TextReader
from resolvers.knowledge.category_book import CategoryBook
from resolvers.knowledge.gaps import GapLog
from resolvers.knowledge.markup import Markup
from resolvers.knowledge.ports import KnowledgeIndex
from resolvers.knowledge.synonym_book import SynonymBook
from resolvers.ports import ChangeFeed, DocumentStore
from resolvers.resources.ports import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeServices:
    """`now` tells the time, aware and in UTC. `review_units`: those that publish only what was reviewed."""

    store: DocumentStore
    feed: ChangeFeed
    index: KnowledgeIndex
    files: AttachmentFiles
    reader: TextReader
    synonyms: SynonymBook
    gaps: GapLog
    secrets: SecretBox
    markup: Markup
    categories: CategoryBook
    review_units: frozenset[str]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
