"""How often the article that answers is the first of what an engine finds, or among the first ten."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.search.engines import Engine, engines_over
from bench.search.sets import QuestionSet

DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Shares of the questions asked, 0..1; CPU time of this process for one of them."""

    set: str
    engine: str
    at_1: float
    at_10: float
    cpu_ms: float


def measure_quality(questions: QuestionSet) -> Iterator[Quality]:
    with tempfile.TemporaryDirectory(prefix="paifang-bench-") as folder:
        for name, engine in engines_over(questions.editions, Path(folder)):
            yield _measure(questions, name, engine)


def _measure(questions: QuestionSet, name: str, engine: Engine) -> Quality:
    began = time.process_time()
    places = [_place(engine.rank(text, first=DEPTH), article) for text, article in questions.asked]
    cpu_s = time.process_time() - began
    asked = len(places)
    return Quality(
        set=questions.name,
        engine=name,
        at_1=sum(place == 0 for place in places) / asked,
        at_10=sum(place is not None for place in places) / asked,
        cpu_ms=1_000 * cpu_s / asked,
    )


def _place(found: Sequence[str], article: str) -> int | None:
    return found.index(article) if article in found else None
