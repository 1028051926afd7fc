"""Print one table of a run and keep it in docs/benchmarks.md with all that makes it repeatable."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, Verdict

_HEADINGS = (
    "case", "server", "median", "spread", "÷ tailcall", "paifang ÷ it", "bare ÷ it", "p99 ms", "CPU µs",
    "upstream calls",
)  # fmt: skip
INTRODUCTION = """# Benchmarks

Each section is one run of `scripts/bench` on one machine: the servers measured in turn, medians of the
rounds, the ratios taken round by round. Absolute figures drift with the machine; the ratios are what counts.
CPU µs is the time of the server's own processes for a request, upstream calls are those nginx counted for it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """When, where, on what and with which command the run was made."""

    at: datetime
    commit: str
    machine: str
    command: str
    pace: str


def circumstances(command: str, *, pace: str, root: Path) -> Circumstances:
    """Look at the clock, the checkout and the machine."""
    describe = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    machine = (
        f"{len(os.sched_getaffinity(0))} cores ({_processor()}), load {os.getloadavg()[0]:.1f} at start, "
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )
    return Circumstances(at=datetime.now(UTC), commit=commit, machine=machine, command=command, pace=pace)


def format_table(figures: Sequence[Figure]) -> str:
    """A Markdown table that reads well as plain text too."""
    rows = [_HEADINGS, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [_line(row, widths) for row in rows]
    rule = ["-" * width if column < 2 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join([lines[0], f"| {' | '.join(rule)} |", *lines[1:]])


def format_verdicts(verdicts: Sequence[Verdict]) -> str:
    """One line a gate; goals say so."""
    return "\n".join(f"- {_verdict(one)}: {one.sentence}" for one in verdicts)


def _verdict(verdict: Verdict) -> str:
    if verdict.beyond and not verdict.holds:
        return "goal out of reach" if verdict.goal else "gate out of reach"
    if verdict.goal:
        return {True: "goal reached", False: "goal not reached", None: "goal not judged"}[verdict.holds]
    return {True: "gate holds", False: "gate FAILS", None: "gate not judged"}[verdict.holds]


def append_record(path: Path, around: Circumstances, *, table: str, verdicts: str) -> None:
    """Add the run at the end of the file; make the file at the first."""
    known = path.read_text() if path.exists() else INTRODUCTION
    section = (
        f"\n## {around.at:%Y-%m-%d %H:%M} UTC, commit {around.commit}\n\n"
        f"`{around.command}`: {around.pace}. {around.machine}.\n\n{table}\n"
    )
    path.write_text(known + section + (f"\n{verdicts}\n" if verdicts else ""))


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.case,
        figure.server,
        f"{_number(figure.median)} {figure.unit}",
        f"{_number(figure.least)}–{_number(figure.greatest)}",
        _ratio(figure.of_reference),
        _ratio(figure.subject_ratio),
        _ratio(figure.limit_ratio),
        _number(figure.p99_ms),
        _number(figure.cpu_us),
        _number(figure.upstream_calls),
    )


def _number(value: float | None) -> str:
    """Three digits that matter, thousands apart; whole numbers from a hundred on."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return f"{_number(value)} ×" if value is not None else ""


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.ljust(width) if column < 2 else text.rjust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
