"""Weigh single questions of articles by all terms of what was asked: the second look at what was found."""

from collections.abc import Mapping, Sequence
from math import fsum

from kb_index import weights
from kb_index.fields import QUESTION, Card
from kb_index.terms import Terms
from kb_index.vocabulary import Vocabulary

# BM25's usual constants: how soon a repeated term stops counting, how much a long text counts less
SATURATION, LENGTH = 1.2, 0.75


class Scale:
    """BM25 as the index reckons it, but for the usual length, which is a constant here."""

    def __init__(self, terms: Terms, vocabulary: Vocabulary) -> None:
        kinds = (("words", terms.words, weights.WORDS), ("grams", terms.grams, weights.GRAMS))
        self._words, self._grams = (
            {
                term: part * weight * vocabulary.of(f"{QUESTION}_{name}", term).rarity
                for term, part in given.items()
            }
            for name, given, weight in kinds
        )
        # of what the asker wrote: what a question of usual length scores that has each of its terms once
        self.most = fsum(
            values[term]
            for given, values in ((terms.words, self._words), (terms.grams, self._grams))
            for term in values
            if given[term] == 1.0
        )

    def weigh(self, card: Card) -> float:
        """`card`: of one question."""
        words, grams = card.words.split(" "), card.grams.split(" ")
        return _sum(self._words, words, weights.USUAL_WORDS) + _sum(self._grams, grams, weights.USUAL_GRAMS)


def _sum(values: Mapping[str, float], terms: Sequence[str], usual: int) -> float:
    length = SATURATION * (1 - LENGTH + LENGTH * len(terms) / usual)
    have = set(terms)
    total = 0.0
    for term, value in values.items():
        if term in have:
            times = terms.count(term)
            total += value * times * (1 + SATURATION) / (times + length)
    return total
