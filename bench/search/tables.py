"""What was measured as Markdown tables, and what must hold of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.search.latency import Latency
from bench.search.quality import Quality

# set, engine → the least share that must find the article first, and among ten
LEAST = {
    ("Banking77, 10 questions an article", "paifang"): (0.74, 0.965),
    ("Banking77, all questions an article", "paifang, classifier"): (0.90, 0.99),
}
P50_MS, P99_MS = 1.0, 5.0  # up to 200,000 articles
MANY, P99_OF_MANY_MS = 200_000, 20.0
FOUND_MS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    sentence: str
    holds: bool


def quality_table(measured: Sequence[Quality]) -> str:
    rows = [
        (one.set, one.engine, f"{one.at_1:.3f}", f"{one.at_10:.3f}", f"{one.cpu_ms:.2f}") for one in measured
    ]
    return _table(("set", "engine", "R@1", "R@10", "CPU ms a question"), rows)


def latency_table(measured: Sequence[Latency]) -> str:
    names = ("articles", "p50 ms", "p99 ms", "CPU p50 ms", "CPU p99 ms", "built in s", "MB", "found after ms")
    rows = [
        (
            f"{one.articles:,}",
            *(f"{value:.2f}" for value in (one.p50_ms, one.p99_ms, one.cpu_p50_ms, one.cpu_p99_ms)),
            *(f"{value:.0f}" for value in (one.build_s, one.size_mb, one.until_found_ms)),
        )
        for one in measured
    ]
    return _table(names, rows)


def judge(quality: Iterable[Quality], latency: Iterable[Latency]) -> Iterator[Verdict]:
    """Latency is judged by CPU time, which other processes of the machine do not lengthen."""
    for one in quality:
        wanted = LEAST.get((one.set, one.engine))
        if wanted:
            holds = one.at_1 >= wanted[0] and one.at_10 >= wanted[1]
            found = f"R@1 {one.at_1:.3f} ≥ {wanted[0]}, R@10 {one.at_10:.3f} ≥ {wanted[1]}"
            yield Verdict(sentence=f"{one.set}, {one.engine}: {found}", holds=holds)
    for one in latency:
        name = f"{one.articles:,} articles"
        if one.articles <= MANY:
            yield _at_most(f"{name}: CPU p50 ms", one.cpu_p50_ms, P50_MS)
        yield _at_most(
            f"{name}: CPU p99 ms", one.cpu_p99_ms, P99_MS if one.articles <= MANY else P99_OF_MANY_MS
        )
        yield _at_most(f"{name}: found after ms", one.until_found_ms, FOUND_MS)


def verdict_lines(verdicts: Iterable[Verdict]) -> str:
    return "\n".join(f"- {'holds' if one.holds else 'FAILS'}: {one.sentence}" for one in verdicts)


def _at_most(what: str, value: float, most: float) -> Verdict:
    return Verdict(sentence=f"{what} {value:.2f} ≤ {most:g}", holds=value <= most)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Nothing without rows. The first column is of names, the others of figures or names."""
    if not rows:
        return ""
    widths = [max(len(row[at]) for row in (names, *rows)) for at in range(len(names))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    head = " | ".join(name.ljust(width) for name, width in zip(names, widths, strict=True))
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (head, rule, *lines))
