"""From text to what is looked up: characters and stems, and the pairs and trigrams that survive typos.

Chinese is taken by character and by pairs of neighbours: no dictionary of words, so no word is unknown. Other
scripts are taken by word, stemmed as English, and by the trigrams of each word, its ends marked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from Stemmer import Stemmer

from kb_index import weights
from kb_index.folding import fold

VERSION = 1  # part of an index's name: other terms make another index
GRAM = 3
MAX_TERM_CHARS = 40  # a longer run of letters is no word that somebody looks for

# Han, kana and Hangul stand without spaces: each character is a term
_CHARACTERS = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
CHARACTER = re.compile(f"[{_CHARACTERS}]")
PIECE = re.compile(f"[{_CHARACTERS}]+|[^\\W_{_CHARACTERS}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The terms of a text in their order, as often as they occur; `spelled`: which grams are whose word's."""

    words: tuple[str, ...]
    grams: tuple[str, ...]
    spelled: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


def analyse(text: str) -> Analysis:
    """Time is linear in the text."""
    words: list[str] = []
    grams: list[str] = []
    spelled: dict[str, list[str]] = {}
    for piece in PIECE.findall(fold(text)):
        if CHARACTER.match(piece):
            words += piece
            grams += map("".join, pairwise(piece))
        else:
            word, parts = stem(piece[:MAX_TERM_CHARS]), trigrams(piece[:MAX_TERM_CHARS])
            words.append(word)
            grams += parts
            spelled[word] = parts
    return Analysis(words=tuple(words), grams=tuple(grams), spelled=spelled)


def words_of(text: str) -> set[str]:
    """The words alone, for saying which of them a text has."""
    words: set[str] = set()
    for piece in PIECE.findall(fold(text)):
        if CHARACTER.match(piece):
            words.update(piece)
        else:
            words.add(stem(piece[:MAX_TERM_CHARS]))
    return words


def weigh_terms(text: str) -> dict[str, float]:
    """Each term once with its weight, for comparing two texts without an index."""
    terms = analyse(text)
    return dict.fromkeys(terms.words, weights.WORDS) | dict.fromkeys(
        (f"{gram} " for gram in terms.grams),
        weights.GRAMS,  # with a mark: a pair may be spelled like a word
    )


def surfaces(text: str) -> list[str]:
    """The words of other scripts than the Chinese one as they are written, folded: what a typo is held to."""
    return [
        piece[:MAX_TERM_CHARS]
        for piece in PIECE.findall(fold(text))
        if not CHARACTER.match(piece) and not piece.isdigit()
    ]


def trigrams(word: str) -> list[str]:
    marked = f"^{word}$"
    return [marked[start : start + GRAM] for start in range(max(1, len(marked) - GRAM + 1))]


def stem(word: str) -> str:
    return _stemmer().stemWord(word)


@cache
def _stemmer() -> Stemmer:
    return Stemmer("english")
