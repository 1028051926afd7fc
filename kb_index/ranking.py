"""From scores of documents to an order of articles; no index in here."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Protocol

from kb_index import weights


class Scored(Protocol):
    """A document: the number of its article, and its score."""

    @property
    def number(self) -> int: ...

    @property
    def score(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`question` and `article` are shares of the best score, 0 where nothing of that kind matched.

    `places`: in the other rankings, counted from 1; None where one does not name it.
    """

    number: int
    score: float
    question: float
    article: float
    places: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What another way of looking says: articles by their number (`fields.number_of`), best first.

    `known`: all that it could have named; it says nothing about others. None: it knows every article.
    """

    numbers: Sequence[int]
    known: Set[int] | None = None


def rank(questions: Sequence[Scored], articles: Sequence[Scored], *, most: float) -> list[Ranked]:
    """Best first, equal ones by number: the same documents give the same order everywhere. What has too
    little of the question, or next to nothing beside the best, is not found.

    The documents come best first. `most`: the score of one that is the best of both kinds.
    """
    shares = _joined(questions, articles)
    best = max((share for share, _, _ in shares.values()), default=0.0)
    least = max(weights.LEAST / most if most else 0.0, weights.LEAST_OF_BEST * best)
    ranked = [
        Ranked(number=number, score=share * most, question=question, article=article)
        for number, (share, question, article) in shares.items()
        if share >= least
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.number))


def best_of(questions: Sequence[Scored], articles: Sequence[Scored], *, first: int) -> set[int]:
    """The articles that come first so far."""
    shares = _joined(questions, articles)
    return set(nsmallest(first, shares, key=lambda number: (-shares[number][0], number)))


def fuse(ranked: Sequence[Ranked], rankings: Sequence[Ranking], *, most: float) -> list[Ranked]:
    """By the sum of reciprocal places: only the orders count, as scores of different kinds do not compare.

    `ranked` has all that may be told, the found ones first, those that only the rankings name after them;
    what else a ranking names takes no place. What a ranking does not know has there the place it has here.
    """
    if not rankings:
        return list(ranked)
    told = {one.number for one in ranked}
    tables = [_places(number for number in one.numbers if number in told) for one in rankings]

    def fused(place: int, one: Ranked) -> Ranked:
        places = tuple(table.get(one.number) for table in tables)
        score = _reciprocal(place if one.question or one.article else None)  # of the words: weight 1
        for other, named in zip(rankings, places, strict=True):
            unknown = other.known is not None and one.number not in other.known
            score += weights.RANKING * _reciprocal(place if unknown else named)
        return replace(one, score=score, places=places)

    best = _reciprocal(1) * (1 + weights.RANKING * len(rankings))
    joined = [fused(place, one) for place, one in enumerate(ranked, start=1)]
    joined.sort(key=lambda one: (-one.score, one.number))  # before `most`, which may be nothing
    return [replace(one, score=one.score * most / best) for one in joined]


def _places(numbers: Iterable[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(numbers, start=1)}


def _reciprocal(place: int | None) -> float:
    return 0.0 if place is None else 1 / (weights.FUSION + place)


def unfound(number: int) -> Ranked:
    """An article that no word of the question leads to."""
    return Ranked(number=number, score=0.0, question=0.0, article=0.0)


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


def _joined(questions: Sequence[Scored], articles: Sequence[Scored]) -> dict[int, tuple[float, float, float]]:
    """Of each article its share, 1 for one that is the best of both kinds; then that of each kind alone."""
    by_question = _shares(_collapse(questions))
    by_article = _shares({one.number: one.score for one in reversed(articles)})  # of passages the best
    whole = weights.QUESTION + weights.ARTICLE
    joined: dict[int, tuple[float, float, float]] = {}
    for number in by_question | by_article:
        question, article = by_question.get(number, 0.0), by_article.get(number, 0.0)
        joined[number] = (weights.QUESTION * question + weights.ARTICLE * article) / whole, question, article
    return joined


def _collapse(questions: Sequence[Scored]) -> dict[int, float]:
    """An article's best questions together, each counting less than the one before."""
    seen: dict[int, int] = {}
    sums: dict[int, float] = {}
    for one in questions:
        place = seen.get(one.number, 0)
        if place < len(weights.NEXT_QUESTIONS):
            sums[one.number] = sums.get(one.number, 0.0) + one.score * weights.NEXT_QUESTIONS[place]
            seen[one.number] = place + 1
    return sums


def _shares(scores: Mapping[int, float]) -> dict[int, float]:
    best = max(scores.values(), default=0.0)
    return {number: score / best for number, score in scores.items()} if best else {}
