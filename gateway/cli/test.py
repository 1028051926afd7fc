"""`paifang test`: scenarios of flows and suites of connectors run in memory, for a unit's own CI."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.flow.calendars import NamedCalendars
from engine.flow.checks import CheckContext
from engine.flow.instance import DeploymentId
from engine.flow.model import CallActivity, FlowModel
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from engine.flow.testing import MockedResources, Trial, TrialRun, coverage, run_scenario
from engine.problem import Problem, Severity
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flow_files import ModelFolder, check_file, count_errors, print_flow_problems
from gateway.cli.junit import write_junit
from gateway.cli.module_files import read_config
from gateway.cli.offline_graph import OfflineGraph, open_graph
from gateway.cli.scenario_files import ScenarioFile, find_scenario_files, read_scenario_file
from gateway.cli.suites import is_suite, record_suites, test_suite
from gateway.flow_plugins import flow_parts

EXAMPLE = "paifang test examples/scenarios"

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday: runs are the same whenever they are made
MAX_NAMED = 10  # elements that no scenario passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A file's scenarios by name, and what became of each."""

    path: Path
    runs: Sequence[tuple[str, TrialRun]]

    @property
    def failed(self) -> int:
        return sum(not run.ok for _, run in self.runs)


def run(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of *.test.yaml and *.calls.yaml.")],
    resources: Annotated[
        list[Path] | None, typer.Option(help="SDL file or folder to check queries and mocks against.")
    ] = None,
    min_coverage: Annotated[float, typer.Option(help="Least percentage of each flow to be passed.")] = 0,
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit XML.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Call the APIs; write answers to suites.")] = False,
    config: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for {$config.KEY}, to record.")] = None,
) -> None:
    """Run scenarios of flows, suites of connectors.

    Nothing is called, but with --record the APIs of suites. A scenario file names its flow; a flow that it
    calls lies beside it, in a file of its key. Exit code 1 says that a scenario or a case failed, a model has
    errors, or too little of it was passed.
    """
    found_files = find_scenario_files(paths)
    suites = [path for path in found_files if is_suite(path)]
    if record:
        return record_suites(suites, read_config(config or (), None) or {})
    parts, graph = flow_parts(), open_graph(resources or ())
    files = [(path, read_scenario_file(path)) for path in found_files if path not in suites]
    wrong, tested = 0, list[Tested]()
    checked = [(path, test_suite(path)) for path in suites]
    for path, file in files:
        found, errors = _test_file(path, file, parts, graph)
        wrong += errors + _report(found, min_coverage)
        tested.append(found)
    if junit is not None:
        write_junit(junit, [*((one.path, one.runs) for one in tested), *checked])
    outcomes = [run.ok for one in tested for _, run in one.runs] + [
        run.ok for _, runs in checked for _, run in runs
    ]
    _end(count=len(outcomes), failed=outcomes.count(False), wrong=wrong, only_suites=not files)
    return None


def _end(*, count: int, failed: int, wrong: int, only_suites: bool) -> None:
    """Say how many failed. Raises CommandFailed if anything is wrong."""
    noun = "case" if only_suites else "scenario"
    typer.echo(f"{count} {noun if count == 1 else f'{noun}s'}, {failed} failed")
    if wrong or failed:
        raise CommandFailed(
            f"{failed} of {count} {noun}s failed" if failed else "a model has errors or lacks coverage",
            next_step=f"correct the {'module' if only_suites else 'flow'}, or what its {noun} expects",
            code=ExitCode.PROBLEMS,
        )


def _test_file(
    path: Path, file: ScenarioFile, parts: FlowParts, graph: OfflineGraph | None
) -> tuple[Tested, int]:
    """What became of its scenarios, and how many errors the model has, which are printed."""
    model_path = path.parent / file.flow
    folder = ModelFolder(model_path.parent, parts)
    calendars = NamedCalendars({name: one.to_calendar(name) for name, one in file.calendars.items()})
    context = CheckContext(
        flow_key=model_path.stem,
        find_flow=folder.find,
        describe=graph.describe if graph is not None else None,
        calendars=calendars.calendars,
    )
    typer.echo(f"{path}: {model_path}")
    model, problems = check_file(model_path, parts, context)
    print_flow_problems((one for one in problems if one.severity is Severity.ERROR), model_path)
    trial = Trial(
        model=model,
        now=BEGIN,
        key=model_path.stem,
        called=_called(model, folder),
        parts=parts,
        calendars=calendars,
    )
    runs = [
        (entry.name, asyncio.run(_run(trial, file, at, graph))) for at, entry in enumerate(file.scenarios)
    ]
    return Tested(path=path, runs=runs), count_errors(problems)


async def _run(trial: Trial, file: ScenarioFile, at: int, graph: OfflineGraph | None) -> TrialRun:
    scenario = file.scenarios[at].to_scenario(file.resources)
    resources = MockedResources(mocks=scenario.resources)
    if graph is not None:
        resources.known, resources.apis_of = graph.describe, graph.apis_of
    return await run_scenario(trial, scenario, resources)


def _called(model: FlowModel, folder: ModelFolder) -> list[Deployment]:
    """The flows it calls and those they call, as far as they lie in the folder, as if deployed."""
    found: dict[str, Deployment] = {}
    waiting = _calls_of(model)
    while waiting:
        key = waiting.pop()
        called = folder.find(key)
        if key not in found and called is not None:
            waiting += _calls_of(called)
            found[key] = Deployment(
                id=DeploymentId(f"{key}@1"),
                flow_key=key,
                version=1,
                unit="test",
                model=called,
                hash="",
                deployed_at=BEGIN,
                deployed_by="test",
            )
    return list(found.values())


def _calls_of(model: FlowModel) -> list[str]:
    return [element.flow for element in model.elements.values() if isinstance(element, CallActivity)]


def _report(tested: Tested, min_coverage: float) -> int:
    """Print a file's results; gives how much of it is wrong."""
    for name, outcome in tested.runs:
        typer.echo(f"  {'ok  ' if outcome.ok else 'FAIL'}  {name}")
        if not outcome.ok:
            _explain(outcome)
    runs = [outcome for _, outcome in tested.runs]
    share = 100 * coverage(runs)
    missing = sorted(runs[0].of.difference(*(one.passed for one in runs)))
    named = ", ".join(missing[:MAX_NAMED]) + (", …" if len(missing) > MAX_NAMED else "")
    typer.echo(f"  coverage {share:.0f} %{f'; never passed: {named}' if named else ''}")
    return tested.failed + (share < min_coverage)


def _explain(run: TrialRun) -> None:
    for problem in _errors(run):
        place = f"{problem.path}: " if problem.path else ""
        typer.echo(f"        {place}{problem.message} ({problem.code})")
    typer.echo(f"        way: {' > '.join(step.element for step in run.trace) or 'none'}")


def _errors(run: TrialRun) -> list[Problem]:
    return [problem for problem in run.problems if problem.severity is Severity.ERROR]
