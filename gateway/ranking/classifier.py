"""The classifier of the index's folder: trained in a process of its own, read by all that search.

Training takes the interpreter for seconds to minutes: the one who trains answers requests meanwhile.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from gateway.ranking.learned_file import LearnedFile, forget, keep_position, read_position
from kb_index.ranking import Ranking
from kb_index.weights import MIN_ARTICLES, MIN_QUESTIONS
from resolvers.knowledge.learning import Asked

FILE = "classifier"
CHANGED_SHARE = 0.02  # of the articles: fewer new questions do not move what was learned
TIME_S = 3_600.0  # the largest bases that are learned take minutes


class TrainingFailed(Exception):
    """The process that trains ended without a classifier."""


class ClassifierStudy:
    """Implements `Study`."""

    calm = 10.0  # a core is busy with it for a tenth of the time, and gives way to others

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @property
    def position(self) -> int | None:
        return read_position(self._path)

    def is_due(self, changed: int, known: int) -> bool:
        return changed > CHANGED_SHARE * known

    async def learn(self, articles: Sequence[Asked], *, position: int) -> None:
        """Raises `TrainingFailed`."""
        if sum(len(one.questions) >= MIN_QUESTIONS for one in articles) < MIN_ARTICLES:
            forget(self._path)
        else:
            await self._train(articles)
        keep_position(self._path, position)

    async def _train(self, articles: Sequence[Asked]) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "gateway.ranking.trainer", str(self._path.absolute())),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},  # and nothing else: no secret of ours
        )
        lines = [orjson.dumps([one.article, one.questions]) for one in articles]
        try:
            async with asyncio.timeout(TIME_S):
                _, said = await process.communicate(b"\n".join(lines))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise TrainingFailed(said.decode(errors="replace").strip().rpartition("\n")[2])


class ClassifierRanker:
    """Implements `Ranker`."""

    def __init__(self, folder: Path) -> None:
        self._file: LearnedFile[Any] = LearnedFile(folder / FILE, _load)  # Any: its module is loaded late

    async def rank(self, question: str) -> Ranking | None:
        classifier = await self._file.get()
        return None if classifier is None else await asyncio.to_thread(classifier.rank, question)


def train(path: Path, given: bytes) -> None:
    """What the process of `learn` does: lines of JSON in, files at `path`; none where there is too little."""
    training, edition = import_module("kb_index.training"), import_module("kb_index.edition")
    start = import_module("datetime").datetime.min
    editions = (
        edition.Edition(
            article=article,
            revision=1,
            kind="QA",
            unit="",
            question=questions[0],
            similar=tuple(questions[1:]),
            published_at=start,
        )
        for article, questions in map(orjson.loads, given.splitlines())
    )
    trained = training.train(editions)
    if trained is None:
        forget(path)
    else:
        trained.save(path)


def _load(path: Path) -> Any:  # Any: as above
    return import_module("kb_index.classifier").load(path)
