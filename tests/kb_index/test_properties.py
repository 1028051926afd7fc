"""On random articles, eyes and times, the index finds exactly what a naive one does."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.asking import Query
from kb_index.edition import ArticleChange, Attached, Edition, Sight
from kb_index.index import IndexOwner, IndexReader
from tests.kb_index.knowledge import NOW
from tests.kb_index.naive import NaiveIndex

WORDS = ("退款", "退", "發票", "发票", "bike", "Bikes", "unlock", "押金199", "!?", "")
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
MOMENTS = st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours))
SOME = st.frozensets(st.sampled_from(("a", "b")), max_size=2)
DIMENSIONS = st.dictionaries(st.sampled_from(("city", "product")), SOME, max_size=2)
FILES = st.lists(st.builds(Attached, id=st.just("f"), text=TEXT, channels=SOME), max_size=2).map(tuple)
ATTRIBUTES = st.dictionaries(st.sampled_from(("price", "new")), st.sampled_from((1.5, 2.0, "x")), max_size=1)
KINDS = ("QA", "KNOWLEDGE")
CATEGORIES = ((), ("fees",), ("fees", "bikes"), ("locks",))
TAGS = st.lists(st.sampled_from(("t1", "t2")), max_size=2, unique=True).map(tuple)

SIGHTS = st.builds(
    Sight,
    at=MOMENTS,
    units=st.none() | SOME,
    channels=st.none() | SOME,
    audiences=st.none() | SOME,
    dimensions=DIMENSIONS,
    every_dimension=st.booleans(),
)
QUERIES = st.builds(
    Query,
    text=TEXT,
    sight=SIGHTS,
    kinds=st.frozensets(st.sampled_from(KINDS), max_size=1),
    category=st.sampled_from(CATEGORIES),
    tags=st.just(()) | TAGS,
    attributes=st.just({}) | ATTRIBUTES,
    first=st.just(100),
    facets=st.booleans(),
)


@st.composite
def changes(draw: st.DrawFn) -> ArticleChange:
    """An article's editions from now on: none, or up to two whose windows follow each other."""
    article = draw(st.sampled_from([f"article-{number}" for number in range(8)]))
    count = draw(st.integers(0, 2))
    bounds = sorted(draw(st.lists(MOMENTS, min_size=count + 1, max_size=count + 1)))
    open_ended = draw(st.booleans())
    return ArticleChange(
        article=article,
        editions=tuple(
            draw(
                st.builds(
                    Edition,
                    article=st.just(article),
                    revision=st.just(number + 1),
                    kind=st.sampled_from(KINDS),
                    unit=st.sampled_from(("a", "b")),
                    question=TEXT,
                    similar=TEXTS,
                    answers=TEXTS,
                    attachments=FILES,
                    category=st.sampled_from(CATEGORIES),
                    tags=TAGS,
                    channels=SOME,
                    audiences=SOME,
                    dimensions=DIMENSIONS,
                    attributes=ATTRIBUTES,
                    pinned_for=TEXTS,
                    effective_from=st.just(None if open_ended and number == 0 else bounds[number]),
                    effective_to=st.just(None if open_ended and number == count - 1 else bounds[number + 1]),
                    published_at=MOMENTS,
                )
            )
            for number in range(count)
        ),
    )


@contextmanager
def both(batches: list[list[ArticleChange]]) -> Generator[tuple[IndexReader, NaiveIndex]]:
    """A real index and a naive one after the same changes."""
    naive = NaiveIndex()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # merges may just be ending
        owner = IndexOwner(Path(folder))
        owner.rebuild((), position=0)
        for position, batch in enumerate(batches, start=1):
            owner.apply(batch, position=position)
            naive.apply(batch)
        yield IndexReader(Path(folder)), naive
        owner.close()


BATCHES = st.lists(st.lists(changes(), max_size=6), max_size=3)


@settings(deadline=None, max_examples=60)
@given(batches=BATCHES, queries=st.lists(QUERIES, min_size=1, max_size=8))
def test_the_index_finds_nothing_that_a_naive_one_does_not(
    batches: list[list[ArticleChange]], queries: list[Query]
) -> None:
    with both(batches) as (reader, naive):
        for query in queries:
            found = reader.search(query)
            expected = naive.search(query)
            assert {(hit.article, hit.revision) for hit in found.hits} <= expected
            assert found.total == len(found.hits)
            assert sum(found.facets.get("kinds", {}).values()) == (found.total if query.facets else 0)


@settings(deadline=None, max_examples=30)
@given(batches=BATCHES, prefix=TEXT, sight=SIGHTS)
def test_suggestions_are_questions_that_may_be_seen(
    batches: list[list[ArticleChange]], prefix: str, sight: Sight
) -> None:
    with both(batches) as (reader, naive):
        assert set(reader.suggest(prefix, sight, first=10)) <= naive.questions(sight)
