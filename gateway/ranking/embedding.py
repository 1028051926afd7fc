"""Who makes vectors of texts, and what keeps a search from waiting for one that is ill."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

OPENS_AFTER = 3  # failures on end
OPEN_S = 5.0  # that nobody asks; then one does


class EmbeddingsFailed(Exception):
    """There are no vectors; the sentence has no secret."""


class EmbeddingProvider(Protocol):
    """Texts that mean the same lie near each other. Safe for concurrent use."""

    @property
    def model(self) -> str:
        """Names what makes the vectors: those of two models do not compare."""
        ...

    @property
    def most_texts(self) -> int:
        """That are given at once."""
        ...

    async def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[list[float]]:
        """A vector for each text, in their order, all of one size. Raises `EmbeddingsFailed` in time."""
        ...

    async def close(self) -> None: ...


class Breaker:
    """Closed lets all through; after failures on end it opens for a while, then lets one try."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failures = 0
        self._until_s = 0.0

    def admits(self) -> bool:
        """Whether to ask; who is let through while it was open tries for the others."""
        if self._failures < OPENS_AFTER:
            return True
        if self._now_s() < self._until_s:
            return False
        self._until_s = self._now_s() + OPEN_S
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._until_s = self._now_s() + OPEN_S
