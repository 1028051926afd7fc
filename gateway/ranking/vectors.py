"""Vectors of questions in the index's folder: asked for once each, held to the vector of what is searched."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from gateway.ranking.embedding import Breaker, EmbeddingProvider, EmbeddingsFailed
from gateway.ranking.learned_file import LearnedFile, forget, keep_position, read_position
from kb_index.ranking import Ranking
from resolvers.knowledge.learning import Asked

FILE = "vectors"
QUESTION_S = 0.5  # that a search waits for the vector of its question; then words alone rank
BATCH_S = 60.0
MAX_ROWS = 200_000  # questions: 800 MB of 1,024 numbers each, mapped and shared
KEPT = 1_000  # vectors of questions that were asked lately


class VectorStudy:
    """Implements `Study`: each text is asked for once, whatever else changes."""

    calm = 2.0  # most of it is waiting for others

    def __init__(self, folder: Path, provider: EmbeddingProvider) -> None:
        self._path = folder / FILE
        self._provider = provider

    @property
    def position(self) -> int | None:
        known = import_module("kb_index.vectors").load(self._path)
        return read_position(self._path) if known is not None and self._is_ours(known) else None

    def is_due(self, changed: int, known: int) -> bool:
        del known  # what is new is asked for, and nothing else
        return changed > 0

    async def learn(self, articles: Sequence[Asked], *, position: int) -> None:
        """Raises `EmbeddingsFailed`; what came by then is kept."""
        number_of = import_module("kb_index.fields").number_of
        numbered = [(number_of(one.article), text) for one in articles for text in one.questions]
        rows = [(number, digest_of(text), text) for number, text in numbered[:MAX_ROWS]]
        vectors = await self._known()
        missing = {digest: text for _, digest, text in rows if digest not in vectors}
        try:
            async for digest, vector in self._ask(missing):
                vectors[digest] = vector
        finally:
            made = [(number, digest, vectors[digest]) for number, digest, _ in rows if digest in vectors]
            await self._keep(made)
        keep_position(self._path, position)

    async def _known(self) -> dict[str, Any]:  # Any: rows of a matrix
        old = await asyncio.to_thread(import_module("kb_index.vectors").load, self._path)
        return dict(old.by_digest()) if old is not None and self._is_ours(old) else {}

    async def _ask(self, texts: Mapping[str, str]) -> AsyncGenerator[tuple[str, Sequence[float]]]:
        digests, most = list(texts), self._provider.most_texts
        for start in range(0, len(digests), most):
            batch = digests[start : start + most]
            vectors = await self._provider.embed([texts[one] for one in batch], timeout_s=BATCH_S)
            for digest, vector in zip(batch, vectors, strict=True):
                yield digest, vector

    async def _keep(self, made: Sequence[tuple[int, str, Any]]) -> None:  # Any: as above
        if len({len(vector) for _, _, vector in made}) > 1:
            forget(self._path)
            raise EmbeddingsFailed("the model makes vectors of another size than before: all are made anew")
        library = import_module("kb_index.vectors")
        await asyncio.to_thread(lambda: library.make(self._provider.model, made).save(self._path))

    def _is_ours(self, vectors: Any) -> bool:  # Any: its module is loaded late
        return vectors.model == self._provider.model


class VectorRanker:
    """Implements `Ranker`. One that is slow or ill is left alone for a while."""

    def __init__(self, folder: Path, provider: EmbeddingProvider, breaker: Breaker | None = None) -> None:
        self._file: LearnedFile[Any] = LearnedFile(folder / FILE, _load)  # Any: as above
        self._provider = provider
        self._breaker = breaker or Breaker()
        self._lately: dict[str, Sequence[float]] = {}

    async def rank(self, question: str) -> Ranking | None:
        vectors = await self._file.get()
        if vectors is None or vectors.model != self._provider.model:
            return None
        vector = self._lately.get(question) or await self._ask(question)
        return None if vector is None else await asyncio.to_thread(vectors.rank, vector)

    async def _ask(self, question: str) -> Sequence[float] | None:
        if not self._breaker.admits():
            return None
        try:
            (vector,) = await self._provider.embed([question], timeout_s=QUESTION_S)
        except EmbeddingsFailed:
            self._breaker.failed()
            return None
        self._breaker.succeeded()
        while len(self._lately) >= KEPT:
            del self._lately[next(iter(self._lately))]
        self._lately[question] = vector
        return vector


def digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _load(path: Path) -> Any:  # Any: as above
    return import_module("kb_index.vectors").load(path)
