"""How long a question takes among many articles, with filters: on the clock, and in CPU time."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.search.engines import build
from bench.search.sets import WRITTEN
from kb_index.asking import Query
from kb_index.edition import ArticleChange, Edition, Sight
from kb_index.index import IndexOwner, IndexReader

ASKED = 2_000
UNITS, CHANNELS, CITIES = 20, ("app", "phone", "web"), 50
SIGHT = Sight(
    at=WRITTEN,
    units=frozenset(f"unit-{number}" for number in range(10)),
    channels=frozenset({"app"}),
    audiences=frozenset({"everyone"}),
    dimensions={"city": frozenset({"city-1"})},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of one question each, in ms; `until_found_ms`: from a change handed over until a search finds it."""

    articles: int
    build_s: float
    size_mb: float
    p50_ms: float
    p99_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float
    until_found_ms: float


def measure_latency(questions: Sequence[str], *, articles: int, say: Callable[[str], None]) -> Latency:
    """`questions` are the words that articles and askers put together anew, six a question."""
    with tempfile.TemporaryDirectory(prefix="paifang-bench-") as scratch:
        folder = Path(scratch)
        say(f"building an index of {articles:,} articles")
        began = time.perf_counter()
        reader = build(folder, _many(questions, articles))
        build_s = time.perf_counter() - began
        size_mb = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6
        clock, cpu = _ask(reader, questions)
        return Latency(
            articles=articles,
            build_s=build_s,
            size_mb=size_mb,
            p50_ms=_at(clock, 0.50),
            p99_ms=_at(clock, 0.99),
            cpu_p50_ms=_at(cpu, 0.50),
            cpu_p99_ms=_at(cpu, 0.99),
            until_found_ms=_until_found(folder, reader),
        )


def _many(questions: Sequence[str], articles: int) -> Iterator[Edition]:
    """Each a question of six words put together at random, for some units, channels and cities."""
    chance = random.Random(1)
    words = _vocabulary(questions)
    for number in range(articles):
        yield Edition(
            article=f"article-{number}",
            revision=1,
            kind="QA",
            unit=f"unit-{number % UNITS}",
            question=_question(words, chance),
            channels=frozenset({CHANNELS[number % 3]}) if number % 2 else frozenset(),
            dimensions={"city": frozenset({f"city-{number % CITIES}"})} if number % 5 == 0 else {},
            published_at=WRITTEN,
        )


def _ask(reader: IndexReader, questions: Sequence[str]) -> tuple[list[float], list[float]]:
    chance = random.Random(2)
    words = _vocabulary(questions)
    asked = [_question(words, chance) for _ in range(ASKED)]
    clock: list[float] = []
    cpu: list[float] = []
    for text in [*asked[:100], *asked]:  # the first hundred warm up
        query = Query(text=text, sight=SIGHT)
        began, began_cpu = time.perf_counter(), time.thread_time()
        reader.search(query)
        cpu.append(1_000 * (time.thread_time() - began_cpu))
        clock.append(1_000 * (time.perf_counter() - began))
    return clock[100:], cpu[100:]


def _until_found(folder: Path, reader: IndexReader) -> float:
    owner = IndexOwner(folder)
    new = Edition(
        article="new", revision=1, kind="QA", unit="unit-1", question="zyzzyva", published_at=WRITTEN
    )
    took: list[float] = []
    for position in range(2, 12):
        owner.apply([ArticleChange(article="new")], position=position)
        began = time.perf_counter()
        owner.apply([ArticleChange(article="new", editions=(new,))], position=position)
        while not reader.search(Query(text="zyzzyva", sight=SIGHT)).total:
            time.sleep(0)
        took.append(1_000 * (time.perf_counter() - began))
    owner.close()
    return _at(took, 0.5)


def _vocabulary(questions: Sequence[str]) -> list[str]:
    """As often as they are used: common words lead to many articles, as in life."""
    return [word for text in questions for word in text.split()]


def _question(words: Sequence[str], chance: random.Random) -> str:
    return " ".join(chance.choice(words) for _ in range(6))


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
