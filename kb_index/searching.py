"""Answer a question from one state of the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from tantivy import DocAddress, Occur, Schema, Searcher
from tantivy import Query as Node

from kb_index import weights
from kb_index.analysis import Analysis, analyse
from kb_index.asking import MAX_FOUND, MAX_QUERY_CHARS, Counts, Found, Hit, Query
from kb_index.correcting import correct
from kb_index.fields import ARTICLE, QUESTION, Card
from kb_index.filters import Clause, Filters, either
from kb_index.folding import fingerprint
from kb_index.ranking import Ranked, Scored, put_first, rank

MAX_TERMS = 64  # of a question that are looked up, of each kind
DEPTH = 100  # documents that are looked at first
MAX_DEPTH = 3_000  # and at most, where few articles own them all
MAX_PINNED = 20
MAX_FACETS = 50
FACETS = {"categories": "category", "tags": "tag", "kinds": "kind"}

Weighted = Mapping[str, float]  # term → weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Documents of one kind that match, best first, and the best one of each article."""

    scored: Sequence[tuple[int, float]] = ()
    best: Mapping[int, DocAddress]


class Search:
    """One state of the index, and what is the same for every question asked of it."""

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        self._filters = Filters(schema, searcher)

    def answer(self, query: Query) -> Found:
        text = query.text[:MAX_QUERY_CHARS]
        words, grams = weigh(text, query)
        clauses = self._filters.of_sight(query.sight) + self._filters.of_query(query)
        asked = self._asked(words, grams)
        questions = self._documents(asked, QUESTION, clauses)
        articles = self._documents(asked, ARTICLE, clauses)
        pinned = self._whole(ARTICLE, "pinned", text, clauses)
        exact = self._whole(QUESTION, "exact", text, clauses)
        confidence = self._confidence(words, grams, [*questions.scored[:1], *articles.scored[:1]])
        ranked = rank(questions.scored, articles.scored, most=weights.OTHERS * confidence)
        ranked = put_first([*pinned, *exact], ranked)[:MAX_FOUND]
        page = ranked[query.offset : query.offset + query.first]
        best = {**articles.best, **pinned, **questions.best, **exact}
        hits = [self._hit(one, best[one.number], words, (pinned, exact)) for one in page]
        sure = bool(pinned or exact)
        return Found(
            hits=hits,
            total=len(ranked),
            confidence=1.0 if sure else confidence,
            corrected=None if sure else correct(text, self._searcher),
            facets=self._facets(asked, clauses) if query.facets else {},
        )

    def _asked(self, words: Weighted, grams: Weighted) -> Node:
        """The plain sum of all terms' scores."""
        terms = [("words", term, weight * weights.WORDS) for term, weight in words.items()]
        terms += [("grams", term, weight * weights.GRAMS) for term, weight in grams.items()]
        return either(
            [
                Node.boost_query(Node.term_query(self._schema, field, term, "freq"), weight)
                for field, term, weight in terms
            ]
        )

    def _documents(self, asked: Node, part: str, clauses: Sequence[Clause]) -> Documents:
        query = Node.boolean_query(
            [(Occur.Must, asked), (Occur.Must, self._filters.is_("part", part)), *clauses]
        )
        depth = DEPTH
        while True:
            found = self._searcher.search(query, depth, count=False).hits
            numbers = self._numbers([address for _, address in found])
            if len(found) < depth or depth >= MAX_DEPTH or len(set(numbers)) >= DEPTH // 4:
                break
            depth = min(MAX_DEPTH, depth * 5)
        best: dict[int, DocAddress] = {}
        for number, (_, address) in zip(numbers, found, strict=True):
            best.setdefault(number, address)
        scored = [(number, score) for number, (score, _) in zip(numbers, found, strict=True)]
        return Documents(scored=scored, best=best)

    def _whole(self, part: str, field: str, text: str, clauses: Sequence[Clause]) -> dict[int, DocAddress]:
        """Articles that are for exactly this question, the newest first."""
        same = self._filters.is_(field, fingerprint(text))
        query = Node.boolean_query(
            [(Occur.Must, same), (Occur.Must, self._filters.is_("part", part)), *clauses]
        )
        found = self._searcher.search(query, MAX_PINNED, count=False, order_by_field="published").hits
        addresses = [address for _, address in found]
        return dict(zip(self._numbers(addresses), addresses, strict=True))

    def _hit(
        self,
        ranked: Ranked,
        address: DocAddress,
        words: Weighted,
        first: tuple[Mapping[int, object], Mapping[int, object]],
    ) -> Hit:
        card = Card.of(self._searcher.doc(address))
        is_question = card.part == QUESTION
        pinned, exact = (ranked.number in one for one in first)
        have = set(analyse(card.text).words)
        why = {
            "field": "pinned" if pinned else "exact" if exact else "question" if is_question else "article",
            "terms": [term for term in words if term in have],
            "question": round(ranked.question, 4),
            "article": round(ranked.article, 4),
            "boosts": {"question": weights.QUESTION, "article": weights.ARTICLE},
        }
        return Hit(
            article=card.article,
            revision=card.revision,
            score=round(ranked.score, 6),
            matched=card.text if is_question else None,
            why=why,
        )

    def _confidence(self, words: Weighted, grams: Weighted, best: Scored) -> float:
        """What the best document scored, as a share of what the question itself would.

        BM25 of a text of usual length that has each term once is the sum of the terms' rarities.
        """
        documents = self._searcher.num_docs

        def rarity(field: str, term: str) -> float:
            having = self._searcher.doc_freq(field, term)
            return log(1 + (documents - having + 0.5) / (having + 0.5))

        own = sum(weights.WORDS * rarity("words", term) for term, weight in words.items() if weight == 1)
        own += sum(weights.GRAMS * rarity("grams", term) for term, weight in grams.items() if weight == 1)
        return min(1.0, max((score for _, score in best), default=0.0) / own) if own else 0.0

    def _numbers(self, addresses: Sequence[DocAddress]) -> list[int]:
        return [int(one or 0) for one in self._searcher.fast_field_values("number", list(addresses))]

    def _facets(self, asked: Node, clauses: Sequence[Clause]) -> Counts:
        part = (Occur.Must, self._filters.is_("part", ARTICLE))
        query = Node.boolean_query([(Occur.Must, asked), part, *clauses])
        return {
            name: dict(self._searcher.terms_with_prefix(field, "", query, MAX_FACETS))
            for name, field in FACETS.items()
        }


def weigh(text: str, query: Query) -> tuple[Weighted, Weighted]:
    """The words and grams to look up; those of synonyms weigh less."""
    own = analyse(text)
    words, grams = dict.fromkeys(own.words, 1.0), dict.fromkeys(own.grams, 1.0)
    for phrase in query.synonyms.expand(text):
        other: Analysis = analyse(phrase)
        for terms, more in ((words, other.words), (grams, other.grams)):
            for term in more:
                terms.setdefault(term, weights.SYNONYM)
    return _first(words), _first(grams)


def _first(terms: dict[str, float]) -> dict[str, float]:
    return dict(list(terms.items())[:MAX_TERMS])
