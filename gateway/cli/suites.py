"""Suites of connectors as `paifang test` runs, prints and records them."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import typer

from gateway.cli.suite_files import SUITES, read_suite_file, write_suite_file
from gateway.cli.suite_runs import CaseRun, record_suite, replay_suite


def is_suite(path: Path) -> bool:
    return any(fnmatchcase(path.name, pattern) for pattern in SUITES)


def test_suite(path: Path) -> list[tuple[str, CaseRun]]:
    """Run a suite's cases and print what became of each."""
    suite = read_suite_file(path)
    typer.echo(f"{path}: {', '.join(suite.modules)}")
    runs = replay_suite(path, suite)
    for name, run in runs:
        typer.echo(f"  {'ok  ' if run.ok else 'FAIL'}  {name}")
        for problem in run.problems:
            typer.echo(f"        {problem.message} ({problem.code})")
    return runs


def record_suites(paths: Sequence[Path], config: Mapping[str, object]) -> None:
    """Call the real APIs and write what they answered into the files. Nothing is compared."""
    for path in paths:
        suite = record_suite(path, read_suite_file(path), config)
        write_suite_file(path, suite)
        calls = sum(len(case.calls) for case in suite.cases)
        typer.echo(f"{path}: {len(suite.cases)} cases with {calls} calls recorded")
