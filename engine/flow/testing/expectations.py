"""Is a run what its scenario expects? What differs is added to the run's problems."""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from engine.flow.model import Json
from engine.flow.testing.scenario import Expected
from engine.flow.testing.trace import TrialRun
from engine.problem import Problem

MAX_SHOWN = 200  # characters of a value in a sentence


def differences(run: TrialRun, expected: Expected) -> TrialRun:
    return replace(run, problems=[*run.problems, *_differences(run, expected)])


def _differences(run: TrialRun, expected: Expected) -> Iterator[Problem]:
    if expected.status not in (None, run.status):
        yield _differs("STATUS_DIFFERS", "status", str(expected.status), str(run.status))
    if expected.tasks is not None and sorted(expected.tasks) != sorted(run.open_tasks):
        wanted, found = ", ".join(sorted(expected.tasks)), ", ".join(sorted(run.open_tasks))
        yield _differs("TASKS_DIFFER", "tasks", wanted or "none", found or "none")
    for name, value in expected.variables.items():
        if name not in run.variables or not _equal(run.variables[name], value):
            found = _shown(run.variables[name]) if name in run.variables else "not there"
            yield _differs("VARIABLE_DIFFERS", f"variables/{name}", _shown(value), found)
    for key in expected.passes:
        if key not in run.passed and not any(step.element == key for step in run.trace):
            yield Problem(code="NOT_PASSED", message=f"{key!r} should be passed, and was not", path="passes")
    for key in expected.avoids:
        if key in run.passed:
            yield Problem(code="PASSED", message=f"{key!r} should not be passed, and was", path="avoids")


def _equal(one: Json, other: Json) -> bool:
    """As JSON: 1 and true differ."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def _differs(code: str, what: str, wanted: str, found: str) -> Problem:
    return Problem(code=code, message=f"{what} should be {wanted}, and is {found}", path=what)


def _shown(value: Json) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
