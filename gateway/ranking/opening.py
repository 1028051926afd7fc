"""Open what the settings ask for: who ranks beside the words, and what is learned behind it."""

import fcntl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import structlog

from gateway.ranking.classifier import ClassifierRanker, ClassifierStudy
from gateway.ranking.contract import Ranker
from gateway.ranking.embedding import EmbeddingProvider
from gateway.ranking.http_embeddings import open_http_embeddings
from gateway.ranking.vectors import VectorRanker, VectorStudy
from gateway.settings import Settings
from gateway.stores.opening import Store
from resolvers.knowledge.learning import Learner, Study

log = structlog.get_logger("paifang")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rankings:
    """`learners` are to be run; `close` ends what was opened."""

    rankers: Sequence[Ranker] = ()
    learners: Sequence[Learner] = ()
    providers: Sequence[EmbeddingProvider] = ()
    locks: Sequence["_Lock"] = ()

    async def close(self) -> None:
        for lock in self.locks:
            lock.leave()
        for provider in self.providers:
            await provider.close()


def open_rankings(settings: Settings, store: Store, folder: Path, now: Callable[[], datetime]) -> Rankings:
    """What cannot be had is said once, and searches go on without."""
    rankers: list[Ranker] = []
    learners: list[Learner] = []
    providers: list[EmbeddingProvider] = []
    locks: list[_Lock] = []

    def learn(study: Study, name: str) -> Learner:
        lock = _Lock(folder / f"{name}.lock")
        locks.append(lock)
        return Learner(store, store, study, own=lock.take, now=now, report=_report_of(name))

    if settings.classifier and _is_there("sklearn", setting="classifier", extra="classifier"):
        rankers.append(ClassifierRanker(folder))
        learners.append(learn(ClassifierStudy(folder), "classifier"))
    if settings.embeddings_url is not None and _is_there(
        "numpy", setting="embeddings_url", extra="embeddings"
    ):
        provider = open_http_embeddings(settings)
        providers.append(provider)
        rankers.append(VectorRanker(folder, provider))
        learners.append(learn(VectorStudy(folder, provider), "vectors"))
    return Rankings(rankers=rankers, learners=learners, providers=providers, locks=locks)


class _Lock:
    """Held by one process until it leaves it or ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: IO[bytes] | None = None

    def take(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._held = lock
        return True

    def leave(self) -> None:
        if self._held is not None:
            self._held.close()


def _is_there(library: str, *, setting: str, extra: str) -> bool:
    if find_spec(library) is not None:
        return True
    log.warning(
        "a setting needs what is not installed: searches go on without it",
        setting=setting,
        install=f"paifang[{extra}]",
    )
    return False


def _report_of(name: str) -> Callable[[Exception], None]:
    return lambda error: log.error("what searches learn cannot be learned", of=name, exc_info=error)
