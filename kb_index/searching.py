"""Answer a question from one state of the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tantivy import DocAddress, Occur, Schema, Searcher
from tantivy import Query as Node

from kb_index import weights
from kb_index.analysis import words_of
from kb_index.asking import MAX_FOUND, MAX_QUERY_CHARS, Counts, Found, Hit, Query
from kb_index.correcting import correct
from kb_index.documents import Documents, Matching
from kb_index.fields import ARTICLE, PASSAGE, QUESTION, Card, shown_path
from kb_index.filters import Filters, either
from kb_index.folding import fingerprint
from kb_index.ranking import Ranked, best_of, fuse, put_first, rank, unfound
from kb_index.terms import Terms, telling, terms_of
from kb_index.vocabulary import Vocabulary
from kb_index.weighing import Scale

MAX_FACETS = 50
FACETS = {"categories": "category", "tags": "tag", "kinds": "kind"}

Addresses = Mapping[int, DocAddress]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What words found. `confidence`, in 0..1: how much of what was asked the best has, by rarity."""

    questions: Sequence[Matching]
    articles: Sequence[Matching]
    confidence: float


class Search:
    """One state of the index, and what is the same for every question asked of it."""

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._searcher = searcher
        self._filters = Filters(schema, searcher)
        self._documents = Documents(searcher, self._filters)
        self._vocabulary = Vocabulary(schema, searcher)
        self._has_passages = searcher.doc_freq("part", PASSAGE) > 0

    def answer(self, query: Query) -> Found:
        text = query.text[:MAX_QUERY_CHARS]
        mark = fingerprint(text)
        terms = terms_of(text, query.synonyms)
        matched = self._matched(terms, query)
        pinned, exact = (self._documents.whole(field, mark, query) for field in ("pinned", "exact"))
        most = weights.OTHERS * matched.confidence
        ranked = rank(matched.questions, matched.articles, most=most)
        named = self._documents.named(query, {one.number for one in ranked})
        ranked = fuse([*ranked, *map(unfound, named)], query.rankings, most=most)
        ranked = put_first([*pinned, *exact], ranked)[:MAX_FOUND]
        articles = _best(matched.articles)
        best = {**named, **articles, **pinned, **_best(matched.questions), **exact}
        page = ranked[query.offset : query.offset + query.first]
        hits = [self._hit(one, best[one.number], terms, (pinned, exact)) for one in page]
        sure = bool(pinned or exact)
        return Found(
            hits=self._naming_files(hits, page, articles),
            total=len(ranked),
            confidence=1.0 if sure else matched.confidence,
            corrected=None if sure else correct(text, self._searcher),
            facets=self._facets(ranked, query) if query.facets else {},
        )

    def _matched(self, terms: Terms, query: Query) -> Matched:
        """By the terms that tell most, and then the best questions by all terms."""
        told = {part: telling(part, terms, self._vocabulary) for part in (QUESTION, ARTICLE)}
        questions, articles = (self._documents.matching(one, query) for one in told.values())
        scale = Scale(terms, self._vocabulary)
        questions = self._closer(questions, best_of(questions, articles, first=weights.CLOSER), scale)
        by_question = questions[0].score / scale.most if questions and scale.most else 0.0
        by_article = articles[0].score / told[ARTICLE].most if articles and told[ARTICLE].most else 0.0
        return Matched(
            questions=questions, articles=articles, confidence=min(1.0, max(by_question, by_article))
        )

    def _closer(self, questions: Sequence[Matching], best: set[int], scale: Scale) -> list[Matching]:
        """With the first questions of the best articles weighed anew."""
        weighed: dict[int, int] = {}
        found: list[Matching] = []
        for one in questions:
            count = weighed.get(one.number, 0)
            if one.number in best and count < len(weights.NEXT_QUESTIONS):
                weighed[one.number] = count + 1
                score = scale.weigh(Card.of(self._searcher.doc(one.address)))
                found.append(one._replace(score=score))
            else:
                found.append(one)
        return sorted(found, key=lambda one: -one.score)

    def _hit(
        self, ranked: Ranked, address: DocAddress, terms: Terms, first: tuple[Addresses, Addresses]
    ) -> Hit:
        card = Card.of(self._searcher.doc(address))
        field = _field(ranked, card, first)
        have = set(card.words.split(" ")) if card.words else words_of(card.text)
        why = {
            "field": field,
            "terms": [term for term in terms.words if term in have],
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

    def _naming_files(self, hits: list[Hit], page: Sequence[Ranked], articles: Addresses) -> list[Hit]:
        """`why` names the attachment in which an article says most of what was asked, and where it does."""
        if not self._has_passages:
            return hits
        return [self._naming_file(hit, articles.get(one.number)) for hit, one in zip(hits, page, strict=True)]

    def _naming_file(self, hit: Hit, best: DocAddress | None) -> Hit:
        card = None if best is None else Card.of(self._searcher.doc(best))
        if card is None or card.attachment is None:
            return hit
        return replace(hit, why={**hit.why, "attachment": {"id": card.attachment, "at": card.at}})

    def _facets(self, ranked: Sequence[Ranked], query: Query) -> Counts:
        """Of the articles that are found, each once."""
        found = either([self._filters.number(one.number) for one in ranked])
        whole = Node.boolean_query([(Occur.Must, found), (Occur.Must, self._filters.is_("part", ARTICLE))])
        asked = self._filters.within(whole, query)
        return {
            name: {
                shown_path(value): count
                for value, count in self._searcher.terms_with_prefix(field, "", asked, MAX_FACETS)
            }
            for name, field in FACETS.items()
        }


def _best(found: Sequence[Matching]) -> dict[int, DocAddress]:
    """The best document of each article."""
    best: dict[int, DocAddress] = {}
    for one in found:
        best.setdefault(one.number, one.address)
    return best


def _field(ranked: Ranked, card: Card, first: tuple[Addresses, Addresses]) -> str:
    pinned, exact = (ranked.number in one for one in first)
    if pinned or exact:
        return "pinned" if pinned else "exact"
    return card.part if ranked.question or ranked.article else "ranking"
