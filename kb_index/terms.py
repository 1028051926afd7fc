"""What a question is looked up by: its terms; in a large index not all of them where it is held to questions.

Most of the time goes into the trigrams of common words, which are in a great many documents. Where questions
are looked for, the words stand for them, and the best of what they find is then weighed by all terms
(`kb_index.weighing`). Whole articles are looked for by all, as nothing weighs them again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb_index import weights
from kb_index.analysis import Analysis, analyse
from kb_index.fields import ARTICLE, QUESTION
from kb_index.synonyms import Synonyms
from kb_index.vocabulary import Known, Vocabulary

MAX_TERMS = 128  # of a question that are looked up, of each kind
PARTS = (QUESTION, ARTICLE)

Weighted = Mapping[str, float]  # term → weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A question's terms; those of synonyms weigh less. `spelled`: the grams of each word of letters."""

    words: Weighted
    grams: Weighted
    spelled: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Terms to look up with their weights. `most`: what a text scores that has all the asker wrote."""

    terms: Sequence[tuple[Known, float]]
    most: float


def terms_of(text: str, synonyms: Synonyms) -> Terms:
    own = analyse(text)
    words, grams = dict.fromkeys(own.words, 1.0), dict.fromkeys(own.grams, 1.0)
    spelled = dict(own.spelled)
    for phrase in synonyms.expand(text):
        other: Analysis = analyse(phrase)
        for terms, more in ((words, other.words), (grams, other.grams)):
            for term in more:
                terms.setdefault(term, weights.SYNONYM)
        spelled.update(other.spelled)
    return Terms(words=_first(words), grams=_first(grams), spelled=spelled)


def telling(part: str, terms: Terms, vocabulary: Vocabulary) -> Telling:
    """All terms, or for questions those that tell something of their own, where all are in many documents."""
    words = list(_known(f"{part}_words", terms.words, weights.WORDS, vocabulary))
    every = [*words, *_known(f"{part}_grams", terms.grams, weights.GRAMS, vocabulary)]
    documents = sum(known.documents for known, _, _ in every)
    if part == QUESTION and documents > weights.FEW_DOCUMENTS:
        grams = _grams_of_unknown(terms, vocabulary)
        every = [*words, *_known(f"{part}_grams", grams, weights.GRAMS, vocabulary)]
    return Telling(
        terms=[(known, weight) for known, weight, _ in every if known.documents],
        most=sum(weight * known.rarity for known, weight, own in every if own),
    )


def _known(
    field: str, terms: Weighted, weight: float, vocabulary: Vocabulary
) -> Iterable[tuple[Known, float, bool]]:
    """With its weight, and whether the asker wrote it."""
    return ((vocabulary.of(field, term), weight * part, part == 1.0) for term, part in terms.items())


def _grams_of_unknown(terms: Terms, vocabulary: Vocabulary) -> Weighted:
    """Pairs of characters, and the trigrams of words that no question has: known words stand for theirs."""
    spelled = {word: grams for word, grams in terms.spelled.items() if word in terms.words}
    known = [word for word in spelled if vocabulary.of(f"{QUESTION}_words", word).documents]
    wanted = {gram for word in spelled.keys() - set(known) for gram in spelled[word]}
    covered = {gram for word in known for gram in spelled[word]} - wanted
    return {gram: weight for gram, weight in terms.grams.items() if gram not in covered}


def _first(terms: dict[str, float]) -> dict[str, float]:
    return dict(list(terms.items())[:MAX_TERMS])
