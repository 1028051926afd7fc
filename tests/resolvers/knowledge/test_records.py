"""Articles as stored: they come back equal; windows of publications; what readers get at a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from resolvers.knowledge.article import (
    ArticleAnswer,
    ArticleContent,
    ArticleKind,
    ArticleRecord,
    ArticleStatus,
    ArticleVersion,
    Publication,
    end_all,
    publish_over,
)
from resolvers.knowledge.records import (
    ARTICLE_VERSIONS,
    ARTICLES,
    article_of,
    article_to_document,
    load_published,
    revision_of,
    revision_to_document,
)
from resolvers.ports import Insert
from tests.servers.document_stores import StoreData

NOW = datetime(2126, 11, 23, 8, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
LATER = NOW + timedelta(days=9)
CONTENT = ArticleContent(
    kind=ArticleKind.SIMILAR,
    question="车锁打不开怎么办？",
    similar=("lock does not open",),
    answers=(ArticleAnswer(channel="app", body="重启", attachments=("f1",), flow_key="bike-lock"),),
    attributes={"price": 3.5, "$where": {"a.b": [1, None]}},
    category=("locks",),
    tags=("lock", "bike"),
    dimensions={"city": ["BJ", "SH"], "$ne": None},
    pinned_for=("lock?",),
)


def record(**changed: object) -> ArticleRecord:
    given: dict[str, object] = {
        "id": "a1",
        "unit": "rides",
        "status": ArticleStatus.PUBLISHED,
        "revision": 2,
        "content": CONTENT,
        "publications": (Publication(revision=1, effective_to=TOMORROW, at=NOW, by="ruth"),),
        "updated_at": NOW,
        "updated_by": "ruth",
    }
    return ArticleRecord(**(given | changed))  # type: ignore[arg-type]  # fields by name


async def test_an_article_comes_back_from_the_store_as_it_went_in(store_data: StoreData) -> None:
    version = ArticleVersion(article="a1", revision=1, content=CONTENT, at=NOW, by="ruth")
    async with store_data.open(ARTICLES, ARTICLE_VERSIONS) as store:
        await store.write(
            Insert(collection=ARTICLES, document=article_to_document(record())),
            Insert(collection=ARTICLE_VERSIONS, document=revision_to_document(version)),
        )
        assert article_of(await store.get(ARTICLES, "a1")) == record()
        assert revision_of(await store.get(ARTICLE_VERSIONS, "a1@1")) == version


async def test_what_is_published_at_a_moment_is_loaded_in_the_order_asked(store_data: StoreData) -> None:
    older = ArticleContent(question="older")
    second = Publication(revision=2, effective_from=TOMORROW, at=NOW, by="ruth")
    stored = record(publications=publish_over(record().publications, second))
    draft = record(id="draft", publications=(), status=ArticleStatus.DRAFT)
    version = ArticleVersion(article="a1", revision=1, content=older, at=NOW, by="ruth")
    async with store_data.open(ARTICLES, ARTICLE_VERSIONS) as store:
        await store.write(
            *(Insert(collection=ARTICLES, document=article_to_document(one)) for one in (stored, draft)),
            Insert(collection=ARTICLE_VERSIONS, document=revision_to_document(version)),
        )
        none, draft_, now = await load_published(store, ["none", "draft", "a1"], at=NOW)
        (then,) = await load_published(store, ["a1"], at=TOMORROW)
    assert (none, draft_) == (None, None)
    assert now is not None
    assert (now.publication.revision, now.content) == (1, older)
    assert then is not None
    assert (then.publication.revision, then.content) == (2, CONTENT)


def publication(revision: int, begins: datetime | None = None, ends: datetime | None = None) -> Publication:
    return Publication(revision=revision, effective_from=begins, effective_to=ends, at=NOW, by="ruth")


@pytest.mark.parametrize(
    ("earlier", "new", "windows"),
    [
        ((), publication(1), [(1, None, None)]),
        ((publication(1),), publication(2), [(1, None, NOW), (2, NOW, None)]),
        ((publication(1),), publication(2, TOMORROW), [(1, None, TOMORROW), (2, TOMORROW, None)]),
        ((publication(1, None, TOMORROW),), publication(2, LATER), [(1, None, TOMORROW), (2, LATER, None)]),
        ((publication(1), publication(2, TOMORROW)), publication(3), [(1, None, NOW), (3, NOW, None)]),
        ((publication(1),), publication(1, None, TOMORROW), [(1, None, TOMORROW)]),
        ((publication(1, TOMORROW),), publication(1), [(1, None, None)]),
        ((publication(1),), publication(1, TOMORROW), [(1, TOMORROW, None)]),
    ],
)
def test_a_publication_ends_what_was_published_where_it_begins(
    earlier: tuple[Publication, ...], new: Publication, windows: list[object]
) -> None:
    made = publish_over(earlier, new)
    assert [(one.revision, one.effective_from, one.effective_to) for one in made] == windows


def test_a_revision_that_readers_no_longer_get_is_archived() -> None:
    published = record(revision=3, publications=(publication(1, None, NOW), publication(2, NOW)))
    assert [published.status_of(revision, NOW) for revision in (1, 2)] == ["ARCHIVED", "PUBLISHED"]
    assert published.published_revision(NOW) == 2
    ended = record(publications=end_all(published.publications, TOMORROW))
    assert ended.published_revision(TOMORROW) is None
    assert ended.serving(NOW) is not None
