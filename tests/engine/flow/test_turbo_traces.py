"""Runs recorded of the open-source engine whose models we import: the same open tasks after every step.

The data lies beside the checkout; without it there is nothing to compare with.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.flow.errors import FlowRefusal
from engine.flow.executor import Step
from engine.flow.formats import import_model
from engine.flow.instance import NodeId, NodeStatus
from engine.problem import Severity
from tests.engine.flow.runs import Run, run_flow

TURBO = Path(__file__).parents[3].parent / "shared" / "data" / "turbo"
Trace = dict[str, Any]  # as recorded
TRACES: list[Trace] = json.loads((TURBO / "traces.json").read_text()) if TURBO.exists() else []

pytestmark = pytest.mark.skipif(not TRACES, reason=f"there are no recorded runs in {TURBO}")


@pytest.mark.parametrize("trace", TRACES, ids=[trace["name"] for trace in TRACES])
def test_a_recorded_run_has_the_same_open_tasks_after_every_step(trace: Trace):
    model, problems = import_model("TURBO", json.loads((TURBO / trace["model"]).read_text()))
    assert [problem for problem in problems if problem.severity is Severity.ERROR] == []
    first, *steps = trace["steps"]
    run = run_flow(model, **first.get("variables", {}))
    assert (run.status, run.open) == (first["expect"], sorted(first["open"]))
    for step in steps:
        outcome = _take(run, step)
        assert (outcome, run.open) == (step["expect"], sorted(step["open"])), step


def _take(run: Run, step: Trace) -> str:
    if step.get("repeat"):
        return run.status  # a repeat is known before the instance is asked: nothing changes
    if run.status != "RUNNING":
        return "refused: INSTANCE_NOT_RUNNING"  # the runtime's to say
    try:
        _do(run, step)
    except FlowRefusal as refusal:
        return f"refused: {refusal.code}"
    return run.status


def _do(run: Run, step: Trace) -> None:
    match step["op"]:
        case "commit":
            node = _node(run, step)
            run.step(lambda taken: taken.commit_task(node, step.get("variables", {})))
        case "rollback":
            run.roll_back(step["task"])
        case _:

            async def terminate(taken: Step) -> None:
                taken.terminate()

            run.step(terminate)


def _node(run: Run, step: Trace) -> NodeId:
    visits = [node for node in run.instance.nodes.values() if node.element == step["task"]]
    if step.get("which") == "earlier":
        return next(node for node in visits if node.status is not NodeStatus.ACTIVE).id
    return visits[-1].id
