"""Answer a question from one state of the index."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log

from tantivy import DocAddress, Occur, Schema, Searcher
from tantivy import Query as Node

from kb_index import weights
from kb_index.analysis import Analysis, analyse, words_of
from kb_index.asking import MAX_FOUND, MAX_QUERY_CHARS, Counts, Found, Hit, Query
from kb_index.correcting import correct
from kb_index.fields import ARTICLE, ATTACHED, QUESTION, Card, shown_path
from kb_index.filters import Clause, Filters, either
from kb_index.folding import fingerprint
from kb_index.ranking import Ranked, fuse, put_first, rank, unfound

MAX_TERMS = 128  # of a question that are looked up, of each kind
DEPTH = 100  # documents that are looked at first
LOOKED_AT = 400  # documents that are looked at without filters, and then held to them one by one
ENOUGH = 50  # of them that may be seen
MAX_DEPTH = 3_000  # and at most, where few articles own them all
MAX_PINNED = 20
MAX_NAMED = 10  # articles that another ranking names and that are looked for one by one
MAX_FACETS = 50
PARTS = (QUESTION, ARTICLE)
FACETS = {"categories": "category", "tags": "tag", "kinds": "kind"}

Scores = Sequence[tuple[float, DocAddress]]
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
        self._has_attachments = searcher.doc_freq("attached", ATTACHED) > 0

    def answer(self, query: Query) -> Found:
        text = query.text[:MAX_QUERY_CHARS]
        words, grams = weigh(text, query)
        clauses = self._filters.of_sight(query.sight) + self._filters.of_query(query)
        parts = {part: self._documents(self._asked(part, words, grams), query, clauses) for part in PARTS}
        questions, articles = parts[QUESTION], parts[ARTICLE]
        pinned, exact = (self._whole(field, text, clauses) for field in ("pinned", "exact"))
        confidence = max(self._share(part, words, grams, found) for part, found in parts.items())
        most = weights.OTHERS * confidence
        ranked = rank(questions.scored, articles.scored, most=most)
        named = self._named(query, {one.number for one in ranked}, clauses)
        ranked = fuse([*ranked, *map(unfound, named)], query.rankings, most=most)
        ranked = put_first([*pinned, *exact], ranked)[:MAX_FOUND]
        page = ranked[query.offset : query.offset + query.first]
        best = {**named, **articles.best, **pinned, **questions.best, **exact}
        hits = [self._hit(one, best[one.number], words, (pinned, exact)) for one in page]
        if self._has_attachments:
            hits = [
                self._naming_file(hit, articles.best.get(one.number))
                for hit, one in zip(hits, page, strict=True)
            ]
        sure = bool(pinned or exact)
        return Found(
            hits=hits,
            total=len(ranked),
            confidence=1.0 if sure else confidence,
            corrected=None if sure else correct(text, self._searcher),
            facets=self._facets(self._asked(ARTICLE, words, grams), clauses) if query.facets else {},
        )

    def _asked(self, part: str, words: Weighted, grams: Weighted) -> Node:
        """The plain sum of all terms' scores."""
        terms = [(f"{part}_words", term, weight * weights.WORDS) for term, weight in words.items()]
        terms += [(f"{part}_grams", term, weight * weights.GRAMS) for term, weight in grams.items()]
        return either(
            [
                Node.boost_query(Node.term_query(self._schema, field, term, "freq"), weight)
                for field, term, weight in terms
            ]
        )

    def _documents(self, asked: Node, query: Query, clauses: Sequence[Clause]) -> Documents:
        found = self._first_seen(asked, query)
        if found is None:
            found = self._filtered(asked, clauses)
        numbers = self._numbers([address for _, address in found])
        best: dict[int, DocAddress] = {}
        for number, (_, address) in zip(numbers, found, strict=True):
            best.setdefault(number, address)
        scored = [(number, score) for number, (score, _) in zip(numbers, found, strict=True)]
        return Documents(scored=scored, best=best)

    def _first_seen(self, asked: Node, query: Query) -> Scores | None:
        """Those of the first ones that may be seen; None where they are too few, and there are more.

        A union alone skips what cannot be among the first; beside filters it would visit every document.
        """
        if query.kinds or query.category or query.tags or query.attributes:
            return None
        hits = self._searcher.search(asked, LOOKED_AT, count=False).hits
        seen = self._filters.seen([address for _, address in hits], query.sight)
        if seen is None:
            return None
        found = [hit for hit, may_be_seen in zip(hits, seen, strict=True) if may_be_seen]
        if len(found) >= ENOUGH and self._has_many(found):
            return found[:DEPTH] if self._has_many(found[:DEPTH]) else found
        return found if len(hits) < LOOKED_AT else None

    def _filtered(self, asked: Node, clauses: Sequence[Clause]) -> Scores:
        query = Node.boolean_query([(Occur.Must, asked), *clauses]) if clauses else asked
        depth = DEPTH
        while True:
            found = self._searcher.search(query, depth, count=False).hits
            if len(found) < depth or depth >= MAX_DEPTH or self._has_many(found):
                return found
            depth = min(MAX_DEPTH, depth * 5)

    def _has_many(self, found: Scores) -> bool:
        """Whether enough articles own these documents."""
        return len(set(self._numbers([address for _, address in found]))) >= DEPTH // 4

    def _whole(self, field: str, text: str, clauses: Sequence[Clause]) -> dict[int, DocAddress]:
        """Articles that are for exactly this question, the newest first."""
        query = Node.boolean_query([(Occur.Must, self._filters.is_(field, fingerprint(text))), *clauses])
        found = self._searcher.search(query, MAX_PINNED, count=False, order_by_field="published").hits
        addresses = [address for _, address in found]
        return dict(zip(self._numbers(addresses), addresses, strict=True))

    def _named(self, query: Query, found: Set[int], clauses: Sequence[Clause]) -> dict[int, DocAddress]:
        """Articles that other rankings name and words did not find, those that may be seen."""
        named = dict.fromkeys(number for one in query.rankings for number in one.numbers[:MAX_NAMED])
        seen: dict[int, DocAddress] = {}
        for number in named:
            if number not in found:
                one = Node.boolean_query([(Occur.Must, self._filters.number(number)), *clauses])
                hits = self._searcher.search(one, 1, count=False).hits
                seen.update((number, address) for _, address in hits)
        return seen

    def _hit(
        self,
        ranked: Ranked,
        address: DocAddress,
        words: Weighted,
        first: tuple[Mapping[int, object], Mapping[int, object]],
    ) -> Hit:
        card = Card.of(self._searcher.doc(address))
        field = _field(ranked, card, first)
        have = words_of(card.text)
        why = {
            "field": field,
            "terms": [term for term in words if term in have],
            "question": round(ranked.question, 4),
            "article": round(ranked.article, 4),
            "rankings": list(ranked.places),
            "boosts": {"question": weights.QUESTION, "article": weights.ARTICLE},
        }
        return Hit(
            article=card.article,
            revision=card.revision,
            score=round(ranked.score, 6),
            matched=card.text if field in ("exact", QUESTION) else None,
            why=why,
        )

    def _naming_file(self, hit: Hit, best: DocAddress | None) -> Hit:
        """`why` names the attachment in which the article says most of what was asked, and where it does."""
        card = None if best is None else Card.of(self._searcher.doc(best))
        if card is None or card.attachment is None:
            return hit
        return replace(hit, why={**hit.why, "attachment": {"id": card.attachment, "at": card.at}})

    def _share(self, part: str, words: Weighted, grams: Weighted, found: Documents) -> float:
        """What the best document scored, as a share of what the question itself would as one of them.

        BM25 of a text of usual length that has each term once is the sum of the terms' rarities.
        """
        if not found.scored:
            return 0.0
        documents = self._searcher.num_docs

        def rarity(field: str, term: str) -> float:
            having = self._searcher.doc_freq(field, term)
            return log(1 + (documents - having + 0.5) / (having + 0.5))

        own = sum(weights.WORDS * rarity(f"{part}_words", term) for term in words if words[term] == 1)
        own += sum(weights.GRAMS * rarity(f"{part}_grams", term) for term in grams if grams[term] == 1)
        return min(1.0, found.scored[0][1] / own) if own else 0.0

    def _numbers(self, addresses: Sequence[DocAddress]) -> list[int]:
        return [int(one or 0) for one in self._searcher.fast_field_values("number", list(addresses))]

    def _facets(self, asked: Node, clauses: Sequence[Clause]) -> Counts:
        once = [(Occur.MustNot, self._filters.is_("attached", ATTACHED))] if self._has_attachments else []
        query = Node.boolean_query([(Occur.Must, asked), *once, *clauses])
        return {
            name: {
                shown_path(value): count
                for value, count in self._searcher.terms_with_prefix(field, "", query, MAX_FACETS)
            }
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


def _field(ranked: Ranked, card: Card, first: tuple[Mapping[int, object], Mapping[int, object]]) -> str:
    pinned, exact = (ranked.number in one for one in first)
    if pinned or exact:
        return "pinned" if pinned else "exact"
    return card.part if ranked.question or ranked.article else "ranking"


def _first(terms: dict[str, float]) -> dict[str, float]:
    return dict(list(terms.items())[:MAX_TERMS])
