"""Questions as vectors that somebody else made of them, and the articles whose questions are nearest.

It needs NumPy, which comes with the extra `embeddings`: import it where vectors are wanted.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from kb_index.ranking import Ranking
from kb_index.whole_file import write_whole

VERSION = 1  # of the file
NAMED = 20  # articles that a ranking names: those behind are guesses
LOOKED_AT = 8 * NAMED  # questions, of which one article may have several
UNUSUAL = 1.0  # deviations above what questions have on average, from which on one is near: not measured
ALIKE = 0.05  # and whatever is about as near as the nearest

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """`numbers`: whose question each row of `matrix` is (`fields.number_of`), `digests`: of its text; rows
    have the length 1. `model` made them: vectors of two models do not compare. For several threads.
    """

    model: str
    numbers: npt.NDArray[np.uint64]
    known: Set[int]
    digests: Sequence[str]
    matrix: Matrix

    def rank(self, vector: Sequence[float]) -> Ranking:
        """Articles by their nearest question, those that are unusually near: a base of any model has no other
        measure. Nothing for a vector of another size.
        """
        asked = np.asarray(vector, np.float32)
        if not len(self.digests) or asked.shape != self.matrix.shape[1:]:
            return Ranking(numbers=(), known=frozenset())
        scores = self.matrix @ asked
        most = min(LOOKED_AT, len(scores))
        nearest = np.argpartition(-scores, most - 1)[:most]
        unusual = min(scores.mean() + UNUSUAL * scores.std(), scores.max() - ALIKE)
        near = nearest[scores[nearest] >= unusual]
        order = near[np.argsort(-scores[near], kind="stable")]
        numbers: list[int] = self.numbers[order].tolist()
        return Ranking(numbers=list(dict.fromkeys(numbers))[:NAMED], known=self.known)

    def by_digest(self) -> Mapping[str, Matrix]:
        """The vectors of texts that need not be asked for again."""
        return dict(zip(self.digests, self.matrix, strict=True))

    def save(self, path: Path) -> None:
        """Two files, `path` and `path`.npy; whoever has the old ones open still reads them."""
        beside = path.with_name(f".{path.name}.new.npy")
        np.save(beside, self.matrix)
        beside.replace(_matrix_at(path))
        told = [VERSION, self.model, self.numbers.tolist(), self.digests]
        write_whole(path, orjson.dumps(told).decode())


def make(model: str, rows: Sequence[tuple[int, str, Sequence[float] | Matrix]]) -> Vectors:
    """Of each question the article's number, the text's digest and its vector, all of one size."""
    size = len(rows[0][2]) if rows else 0
    matrix: Matrix = np.array([vector for _, _, vector in rows], np.float32).reshape(len(rows), size)
    lengths: Matrix = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True, dtype=np.float32))
    return Vectors(
        model=model,
        numbers=np.array([number for number, _, _ in rows], np.uint64),
        known=frozenset(number for number, _, _ in rows),
        digests=[digest for _, digest, _ in rows],
        matrix=(matrix / np.maximum(lengths, 1e-30)).astype(np.float32),
    )


def load(path: Path) -> Vectors | None:
    """None where none was saved, or one of other code, or files that do not belong together."""
    try:
        version, model, numbers, digests = orjson.loads(path.read_bytes())
        matrix: Matrix = np.load(_matrix_at(path), mmap_mode="r")
    except (OSError, ValueError):
        return None
    if version != VERSION or len(matrix) != len(numbers) or len(matrix) != len(digests):
        return None
    return Vectors(
        model=model,
        numbers=np.array(numbers, np.uint64),
        known=frozenset(numbers),
        digests=digests,
        matrix=matrix,
    )


def _matrix_at(path: Path) -> Path:
    return path.with_name(f"{path.name}.npy")
