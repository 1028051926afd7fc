"""Small knowledge bases, and eyes to look at them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb_index.asking import Found, Query
from kb_index.edition import ArticleChange, Edition, Sight
from kb_index.index import IndexOwner, IndexReader

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERYTHING = Sight(at=NOW, units=None, channels=None, audiences=None, every_dimension=True)


def edition(article: str, question: str, **more: Any) -> Edition:  # Any: fields of an edition
    given: dict[str, Any] = {"kind": "QA", "unit": "care", "published_at": NOW}  # Any: as above
    given |= {"revision": 1} | more
    return Edition(article=article, question=question, **given)


def change(*editions: Edition) -> ArticleChange:
    return ArticleChange(article=editions[0].article, editions=editions)


def built(folder: Path, editions: Iterable[Edition]) -> IndexReader:
    """A reader of an index of one edition an article, as another process would have it."""
    owner = IndexOwner(folder)
    owner.rebuild(map(change, editions), position=1)
    owner.close()
    return IndexReader(folder)


def ask(reader: IndexReader, text: str, sight: Sight = EVERYTHING, **more: Any) -> Found:  # Any
    return reader.search(Query(text=text, sight=sight, **more))


def articles(found: Found) -> list[str]:
    return [hit.article for hit in found.hits]
