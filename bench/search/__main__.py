"""`scripts/bench search`: measure quality and latency of search, print tables, judge what must hold."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from bench.model import BenchFailure
from bench.report import append_record, circumstances
from bench.search.latency import Latency, measure_latency
from bench.search.quality import Quality, measure_quality
from bench.search.sets import SETS, banking77
from bench.search.tables import Verdict, judge, latency_table, quality_table, verdict_lines

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
_EXAMPLES = """examples:
  scripts/bench search                             all sets and 200,000 articles, kept in docs/benchmarks.md
  scripts/bench search --sets banking77-10,banking77 --articles 0 --dry
  scripts/bench search --articles 1000000 --gate   exit 1 when something does not hold
"""


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 1 when something does not hold under --gate, or 2 when the run could not be made."""
    options = _parse(arguments)
    try:
        return _bench(options, " ".join(["scripts/bench search", *arguments]))
    except BenchFailure as failure:
        print(f"scripts/bench search: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("scripts/bench search: stopped, nothing kept", file=sys.stderr)
        return 130


def _bench(options: argparse.Namespace, command: str) -> int:
    around = circumstances(command, pace="one pass over each set", root=ROOT)
    quality = list(_qualities(options.sets))
    latency = list(_latencies(options.articles))
    table = "\n\n".join(filter(None, (quality_table(quality), latency_table(latency))))
    verdicts: list[Verdict] = [*judge(quality, latency)]
    judged = verdict_lines(verdicts)
    print(f"\n{table}\n\n{judged}".rstrip())
    if not options.dry:
        append_record(ROOT / "docs" / "benchmarks.md", around, table=table, verdicts=judged)
    return 1 if options.gate and not all(one.holds for one in verdicts) else 0


def _qualities(names: Iterable[str]) -> Iterable[Quality]:
    for name in names:
        _say(f"search: {name}")
        yield from measure_quality(SETS[name](ROOT))


def _latencies(sizes: Iterable[int]) -> Iterable[Latency]:
    for size in sizes:
        if size:
            words = [text for text, _ in banking77(ROOT, questions=1).asked]
            yield measure_latency(words, articles=size, say=_say)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench search",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--sets", type=_list(_set), default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--articles", type=_list(int), default=[200_000], help="sizes to measure; 0: none")
    parser.add_argument("--dry", action="store_true", help="print only; docs/benchmarks.md stays as it is")
    parser.add_argument("--gate", action="store_true", help="exit 1 when something does not hold")
    return parser.parse_args(arguments)


def _list(one: Callable[[str], T]) -> Callable[[str], list[T]]:
    return lambda text: [one(part) for part in text.split(",")]


def _set(name: str) -> str:
    if name not in SETS:
        raise argparse.ArgumentTypeError(f"no set {name}; there are {', '.join(SETS)}")
    return name


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
