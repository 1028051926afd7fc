"""What searches: ours with and without its classifier, bm25s, and SQLite's FTS5."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import bm25s
from Stemmer import Stemmer

from bench.search.sets import WRITTEN
from kb_index.analysis import CHARACTER
from kb_index.asking import Query
from kb_index.classifier import Classifier
from kb_index.edition import ArticleChange, Edition, Sight
from kb_index.index import IndexOwner, IndexReader
from kb_index.training import train

SIGHT = Sight(at=WRITTEN)
Texts = Sequence[tuple[str, str]]  # an article, and a text of it
_WORD = re.compile(r"\w+")


class Engine(Protocol):
    """Ranks articles, best first."""

    def rank(self, question: str, *, first: int) -> Sequence[str]: ...


class Ours:
    def __init__(self, reader: IndexReader, classifier: Classifier | None) -> None:
        self._reader = reader
        self._classifier = classifier

    def rank(self, question: str, *, first: int) -> Sequence[str]:
        rankings = (self._classifier.rank(question),) if self._classifier else ()
        query = Query(text=question, sight=SIGHT, first=first, rankings=rankings)
        return [hit.article for hit in self._reader.search(query).hits]


class Bm25s:
    """Its defaults with its stemmer and no stop words, which lose by it on Banking77."""

    def __init__(self, texts: Texts) -> None:
        self._articles = [article for article, _ in texts]
        self._stemmer = Stemmer("english")
        self._index = bm25s.BM25()
        self._index.index(self._tokens([text for _, text in texts]), show_progress=False)

    def rank(self, question: str, *, first: int) -> Sequence[str]:
        most = min(len(self._articles), 50 * first)
        found, scores = self._index.retrieve(self._tokens([question]), k=most, show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return _collapsed((self._articles[place] for place, score in pairs if score > 0), first)

    def _tokens(self, texts: Sequence[str]) -> list[list[str]]:
        return [self._stemmer.stemWords(_WORD.findall(_spaced(text).lower())) for text in texts]


class Fts5:
    """Stemmed by porter; any word may match, its bm25() orders."""

    def __init__(self, texts: Texts) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute("CREATE VIRTUAL TABLE t USING fts5(article UNINDEXED, text, tokenize='porter')")
        rows = [(article, _spaced(text)) for article, text in texts]
        self._base.executemany("INSERT INTO t VALUES (?, ?)", rows)

    def rank(self, question: str, *, first: int) -> Sequence[str]:
        words = " OR ".join(f'"{word}"' for word in _WORD.findall(_spaced(question)))
        if not words:
            return []
        asked = "SELECT article FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return _collapsed((row[0] for row in self._base.execute(asked, (words, 50 * first))), first)


def questions_of(editions: Iterable[Edition]) -> Texts:
    """A text for each question, and one for the answers where there are any: an article by its best."""
    return [
        (one.article, text)
        for one in editions
        for text in (one.question, *one.similar, *filter(None, [" ".join(one.answers)]))
    ]


def articles_of(editions: Iterable[Edition]) -> Texts:
    """A text for each article, all that it has."""
    return [(one.article, " ".join((one.question, *one.similar, *one.answers))) for one in editions]


def _spaced(text: str) -> str:
    """Spaces around each Chinese character: without them these libraries find next to nothing."""
    return CHARACTER.sub(r" \g<0> ", text)


def _collapsed(articles: Iterable[str], first: int) -> list[str]:
    return list(dict.fromkeys(articles))[:first]


def build(folder: Path, editions: Iterable[Edition]) -> IndexReader:
    owner = IndexOwner(folder)
    owner.rebuild((ArticleChange(article=one.article, editions=(one,)) for one in editions), position=1)
    owner.close()
    return IndexReader(folder)


def engines_over(editions: Sequence[Edition], folder: Path) -> Iterator[tuple[str, Engine]]:
    """Ours first; with its classifier where the articles have enough questions to train one."""
    reader = build(folder, editions)
    yield "paifang", Ours(reader, None)
    classifier = train(editions)
    if classifier is not None:
        yield "paifang, classifier", Ours(reader, classifier)
    for kind, texts in (("whole articles", articles_of(editions)), ("questions", questions_of(editions))):
        yield f"bm25s, {kind}", Bm25s(texts)
        yield f"SQLite FTS5 porter, {kind}", Fts5(texts)
