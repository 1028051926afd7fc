"""`scripts/bench`: choose workloads and servers, measure, print one table, judge the gates."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bench.figures import SUBJECT, figures_of, judge
from bench.model import BenchFailure, Pace, Peer, Run, Sample, Workload
from bench.peers import PEERS
from bench.report import append_record, circumstances, format_table, format_verdicts
from bench.workloads import WORKLOADS

ROOT = Path(__file__).parents[1]
FULL = Pace(rounds=3, seconds=5, warmup_seconds=2)
QUICK = Pace(rounds=3, seconds=1, warmup_seconds=1)
_EXAMPLES = """examples:
  scripts/bench                                    everything, kept in docs/benchmarks.md
  scripts/bench --quick --workload w1 --peers paifang,tailcall
  scripts/bench --gate                             exit 1 when a first gate fails
"""


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 1 when a gate fails under --gate, or 2 when the run could not be made."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    try:
        return _bench(options, "scripts/bench " + " ".join(arguments))
    except BenchFailure as failure:
        print(f"scripts/bench: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("scripts/bench: stopped, nothing kept", file=sys.stderr)
        return 130


def _bench(options: argparse.Namespace, command: str) -> int:
    workloads: list[Workload] = options.workload
    pace: Pace = QUICK if options.quick else FULL
    around = circumstances(command.strip(), pace=_describe(pace), root=ROOT)
    samples = [sample for workload in workloads for sample in _measure(workload, options.peers, pace)]
    table = format_table(figures_of(samples))
    verdicts = judge([gate for workload in workloads for gate in workload.gates], samples)
    judged = format_verdicts([one for one in verdicts if one.holds is not None])
    print(f"\n{table}\n\n{judged}".rstrip())
    if not options.quick:
        append_record(ROOT / "docs" / "benchmarks.md", around, table=table, verdicts=judged)
    failed = [one for one in verdicts if one.fails_run]
    return 1 if options.gate and failed else 0


def _measure(workload: Workload, chosen: Sequence[str], pace: Pace) -> Sequence[Sample]:
    peers = [PEERS[name] for name in PEERS if name in workload.peers and name in chosen]
    _say(f"{workload.name}: {workload.title}")
    with tempfile.TemporaryDirectory(prefix="paifang-bench-") as scratch:
        cache = ROOT / "bench" / ".cache"
        return workload.measure(Run(peers=peers, pace=pace, cache=cache, scratch=Path(scratch), say=_say))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument(
        "--workload", type=_workloads, default=list(WORKLOADS.values()), help=_titles(WORKLOADS)
    )
    parser.add_argument("--peers", type=_peers, default=list(PEERS), help=_titles(PEERS))
    parser.add_argument("--quick", action="store_true", help=f"{_describe(QUICK)}; not kept")
    parser.add_argument("--gate", action="store_true", help="exit 1 naming each gate that does not hold")
    options = parser.parse_args(arguments)
    if options.gate and SUBJECT not in options.peers:
        parser.error(f"--gate judges {SUBJECT}: name it in --peers")
    return options


def _titles(table: Mapping[str, Workload] | Mapping[str, Peer]) -> str:
    return "several with commas between; default all:\n" + "\n".join(
        f"{name}: {entry.title}" for name, entry in table.items()
    )


def _workloads(names: str) -> list[Workload]:
    return [WORKLOADS[name] for name in _known(names, WORKLOADS, what="workload")]


def _peers(names: str) -> list[str]:
    return _known(names, PEERS, what="peer")


def _known(names: str, table: Collection[str], *, what: str) -> list[str]:
    chosen = names.split(",")
    unknown = [name for name in chosen if name not in table]
    if unknown:
        raise argparse.ArgumentTypeError(f"no {what} {', '.join(unknown)}; there are {', '.join(table)}")
    return chosen


def _describe(pace: Pace) -> str:
    return f"{pace.rounds} rounds of {pace.seconds} s a case and server, {pace.warmup_seconds} s warm-up"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _leave(number: int, _frame: object) -> None:
    """Leave through every `finally`, so that each server is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
