"""Articles as they are stored, how they become documents and come back, and how to load what is published.

A content is stored as the text of its JSON: what its keys mean to a store must not matter.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from resolvers.knowledge.article import (
    ArticleAnswer,
    ArticleContent,
    ArticleKind,
    ArticleRecord,
    ArticleStatus,
    ArticleVersion,
    Publication,
)
from resolvers.ports import Collection, Document, DocumentStore, Index

ARTICLES = Collection(
    name="articles",
    indexes=(
        Index(name="by_unit", fields=("unit",)),
        Index(name="by_tag", fields=("tags",)),
        Index(name="by_question", fields=("unit", "question_key")),
        Index(name="by_attachment", fields=("attachments",)),
    ),
)
ARTICLE_VERSIONS = Collection(name="article_versions", feed=False)
ARTICLE_VOTES = Collection(name="article_votes", feed=False)  # id: the article's; sums of its feedback
SYNONYMS = Collection(name="synonyms")  # id: the unit's name

MAX_KEY_CHARS = 200  # of a question, to find it again; the rest decides when there are several


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedArticle:
    """An article as readers get it at one moment."""

    record: ArticleRecord
    publication: Publication
    content: ArticleContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """How often an article was said to help, and not to."""

    helpful: int = 0
    unhelpful: int = 0


async def load_published(
    store: DocumentStore, ids: Sequence[str], *, at: datetime
) -> list[PublishedArticle | None]:
    """What readers get at that moment, in the order of the ids: None where there is nothing.

    Who may read it is asked of `resolvers.knowledge.access`.
    """
    found = await load_articles(store, ids)
    wanted = [(one, at_) for one in found if one is not None and (at_ := one.serving(at)) is not None]
    contents = await load_contents(store, wanted)
    made = {
        record.id: PublishedArticle(record=record, publication=publication, content=content)
        for (record, publication), content in zip(wanted, contents, strict=True)
    }
    return [made.get(one) for one in ids]


async def load_articles(store: DocumentStore, ids: Sequence[str]) -> list[ArticleRecord | None]:
    """As many as ids, in their order."""
    documents = await store.load_many(ARTICLES, ids)
    return [None if document is None else article_of(document) for document in documents]


async def load_contents(
    store: DocumentStore, wanted: Sequence[tuple[ArticleRecord, Publication]]
) -> list[ArticleContent]:
    """The contents of published revisions; the newest revision of an article needs no look-up."""
    older = [
        revision_id(record.id, publication.revision)
        for record, publication in wanted
        if publication.revision != record.revision
    ]
    documents = await store.load_many(ARTICLE_VERSIONS, older) if older else []
    versions = {one.id: one.content for one in map(_stored_version, documents) if one is not None}
    return [
        record.content
        if publication.revision == record.revision
        else versions[revision_id(record.id, publication.revision)]
        for record, publication in wanted
    ]


def article_to_document(record: ArticleRecord) -> Document:
    return {
        "id": record.id,
        "version": record.version,
        "unit": record.unit,
        "status": record.status.value,
        "revision": record.revision,
        "question_key": question_key(record.content.question),
        "tags": list(record.content.tags),
        "content": content_text(record.content),
        "publications": [asdict(one) for one in record.publications],
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
        "rejected": record.rejected,
        "attachments": sorted(record.attachments),
    }


def article_of(document: Document) -> ArticleRecord:
    return ArticleRecord(
        id=document["id"],
        version=document["version"],
        unit=document["unit"],
        status=ArticleStatus(document["status"]),
        revision=document["revision"],
        content=content_of(document["content"]),
        publications=tuple(Publication(**one) for one in document["publications"]),
        updated_at=document["updated_at"],
        updated_by=document["updated_by"],
        rejected=document["rejected"],
        attachments=frozenset(document.get("attachments", ())),  # older ones have none
    )


def revision_id(article: str, revision: int) -> str:
    return f"{article}@{revision}"  # an article's id has no @


def revision_to_document(version: ArticleVersion) -> Document:
    return {
        "id": revision_id(version.article, version.revision),
        "version": 1,
        "article": version.article,
        "revision": version.revision,
        "content": content_text(version.content),
        "at": version.at,
        "by": version.by,
    }


def revision_of(document: Document) -> ArticleVersion:
    return ArticleVersion(
        article=document["article"],
        revision=document["revision"],
        content=content_of(document["content"]),
        at=document["at"],
        by=document["by"],
    )


def votes_of(document: Document | None) -> Votes:
    """Of a document in `ARTICLE_VOTES`, which has `helpful` and `unhelpful`."""
    return Votes() if document is None else Votes(**{key: document[key] for key in ("helpful", "unhelpful")})


def question_key(question: str) -> str:
    """By which a question is found again: case and spaces do not matter."""
    return " ".join(question.casefold().split())[:MAX_KEY_CHARS]


def content_text(content: ArticleContent) -> str:
    return orjson.dumps(asdict(content)).decode()


def content_of(text: str) -> ArticleContent:
    given: Document = orjson.loads(text)
    lists = ("similar", "category", "tags", "channels", "audiences", "related", "pinned_for")
    return ArticleContent(
        kind=ArticleKind(given["kind"]),
        question=given["question"],
        answers=tuple(_answer_of(one) for one in given["answers"]),
        attributes=given["attributes"],
        dimensions=given["dimensions"],
        **{name: tuple(given[name]) for name in lists},
    )


@dataclass(frozen=True, slots=True)
class _StoredVersion:
    id: str
    content: ArticleContent


def _stored_version(document: Document | None) -> _StoredVersion | None:
    return None if document is None else _StoredVersion(document["id"], content_of(document["content"]))


def _answer_of(given: Document) -> ArticleAnswer:
    given["attachments"] = tuple(given["attachments"])
    return ArticleAnswer(**given)
