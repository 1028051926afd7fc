"""Tell by a trained linear model which article a question is for. `kb_index.training` makes one.

It needs NumPy, which comes with the extra `classifier`: import it where a classifier is wanted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from kb_index.analysis import analyse
from kb_index.fields import index_version
from kb_index.ranking import Ranking
from kb_index.whole_file import write_whole

VERSION = 1  # of the features and of the file
NAMED = 20  # articles that a ranking names: those behind are guesses
MAX_CHARS = 1_000  # of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """What training found. Safe to use from several threads.

    `numbers`: the articles (`fields.number_of`), a column of `weights` each; `rows`: the terms, a row each,
    so that a question reads few pages of a file that all processes share.
    """

    numbers: Sequence[int]
    known: Set[int]
    rows: dict[str, int]
    rarities: Sequence[float]
    weights: npt.NDArray[np.float32]
    intercepts: Sequence[float]

    def rank(self, question: str) -> Ranking:
        """Names nothing where no term of the question was seen in training."""
        counts = Counter(term for term in features_of(question[:MAX_CHARS]) if term in self.rows)
        if not counts:
            return Ranking(numbers=(), known=self.known)
        rows = [self.rows[term] for term in counts]
        values = [(1 + log(counts[term])) * self.rarities[self.rows[term]] for term in counts]
        length = sqrt(sum(value * value for value in values))
        scores = (np.array(values, np.float32) / length) @ self.weights[rows] + np.array(self.intercepts)
        order: list[int] = np.argsort(-scores, kind="stable")[:NAMED].tolist()
        return Ranking(numbers=[self.numbers[place] for place in order], known=self.known)

    def save(self, path: Path) -> None:
        """Two files, `path` and `path`.npy; whoever has the old ones open still reads them."""
        beside = path.with_name(f".{path.name}.new.npy")
        np.save(beside, self.weights)
        beside.replace(_weights_at(path))
        told = [_version(), self.numbers, self.rows, self.rarities, self.intercepts]
        write_whole(path, orjson.dumps(told).decode())


def load(path: Path) -> Classifier | None:
    """None where none was saved, or one of other code, or files that do not belong together."""
    try:
        version, numbers, rows, rarities, intercepts = orjson.loads(path.read_bytes())
        weights: npt.NDArray[np.float32] = np.load(_weights_at(path), mmap_mode="r")
    except (OSError, ValueError):
        return None
    if version != _version() or weights.shape != (len(rows), len(numbers)):
        return None
    return Classifier(
        numbers=numbers,
        known=frozenset(numbers),
        rows=rows,
        rarities=rarities,
        weights=weights,
        intercepts=intercepts,
    )


def features_of(text: str) -> Iterator[str]:
    """Words, pairs of them, and grams; the kinds are told apart by their ends."""
    terms = analyse(text)
    yield from terms.words
    yield from map(" ".join, pairwise(terms.words))
    yield from (f"{gram} " for gram in terms.grams)


def _version() -> str:
    return f"{index_version()} {VERSION}"


def _weights_at(path: Path) -> Path:
    return path.with_name(f"{path.name}.npy")
