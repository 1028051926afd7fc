"""From scores of documents to an order of articles; no index in here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb_index import weights

Scored = Sequence[tuple[int, float]]  # an article's number and the score of one of its documents, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`question` and `article` are shares of the best score, 0 where nothing of that kind matched."""

    number: int
    score: float
    question: float
    article: float


def rank(questions: Scored, articles: Scored, *, most: float) -> list[Ranked]:
    """Best first, equal ones by number: the same documents give the same order everywhere.

    `most`: the score of one that is the best of both kinds.
    """
    by_question = _shares(_collapse(questions))
    by_article = _shares(dict(articles))
    each = most / (weights.QUESTION + weights.ARTICLE)
    ranked = [
        Ranked(
            number=number,
            score=each * weights.QUESTION * by_question.get(number, 0.0)
            + each * weights.ARTICLE * by_article.get(number, 0.0),
            question=by_question.get(number, 0.0),
            article=by_article.get(number, 0.0),
        )
        for number in by_question.keys() | by_article.keys()
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.number))


def put_first(first: Iterable[int], ranked: Sequence[Ranked]) -> list[Ranked]:
    """These articles in this order, then the others in theirs."""
    known: Mapping[int, Ranked] = {one.number: one for one in ranked}
    chosen = dict.fromkeys(first)
    raised = [
        Ranked(
            number=number,
            score=weights.EXACT,
            question=known[number].question if number in known else 0.0,
            article=known[number].article if number in known else 0.0,
        )
        for number in chosen
    ]
    return raised + [one for one in ranked if one.number not in chosen]


def _collapse(questions: Scored) -> dict[int, float]:
    """An article's best questions together, each counting less than the one before."""
    seen: dict[int, int] = {}
    sums: dict[int, float] = {}
    for number, score in questions:
        place = seen.get(number, 0)
        if place < len(weights.NEXT_QUESTIONS):
            sums[number] = sums.get(number, 0.0) + score * weights.NEXT_QUESTIONS[place]
            seen[number] = place + 1
    return sums


def _shares(scores: Mapping[int, float]) -> dict[int, float]:
    best = max(scores.values(), default=0.0)
    return {number: score / best for number, score in scores.items()} if best else {}
