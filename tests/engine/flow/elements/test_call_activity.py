"""Called flows: what they are given, what comes back, loops over lists."""

import pytest

from engine.flow.errors import ConditionFailed, StepLimitExceeded
from engine.flow.instance import NodeStatus
from engine.flow.model import Json
from tests.engine.flow.runs import END, START, Run, element, flows, run_flow, tasks

LOOP: dict[str, Json] = {"over": "vars.list", "as": "item"}


def calling(fields: dict[str, Json], *, items: Json = None) -> Run:
    model = [
        START,
        element("callActivity", "call", flow="other", **fields),
        element("boundaryEvent", "lost", attachedTo="call", error="TERMINATED"),
        *tasks("after", "escalated"),
        END,
        *flows("start > call > after > end", "lost > escalated > end"),
    ]
    return run_flow(model, a=1, list=[10, 20, 30] if items is None else items)


def test_a_called_flow_is_given_everything_and_gives_everything_back():
    run = calling({})
    (child,) = run.children
    assert (child.flow, child.variables, child.latest) == ("other", {"a": 1, "list": [10, 20, 30]}, False)
    assert run.node("call").children == (child.id,)
    run.end_child(0, a=2, b=3)
    assert (run.open, run.variables) == (["after"], {"a": 2, "b": 3, "list": [10, 20, 30]})


def test_a_called_flow_is_given_and_gives_back_what_is_mapped():
    run = calling({"input": {"x": "vars.a + 1"}, "output": {"y": "result.z + vars.a"}, "binding": "latest"})
    assert (run.children[0].variables, run.children[0].latest) == ({"x": 2}, True)
    run.end_child(0, z=5, other=1)
    assert run.variables == {"a": 1, "list": [10, 20, 30], "y": 6}


def test_a_called_flow_may_be_given_nothing_and_give_nothing_back():
    run = calling({"input": "none", "output": "none"})
    assert run.children[0].variables == {}
    run.end_child(0, z=5)
    assert run.variables == {"a": 1, "list": [10, 20, 30]}


def test_a_parallel_loop_collects_in_the_order_of_its_items():
    run = calling({**LOOP, "input": {"x": "item * 2"}, "output": {"y": "result.y"}, "collect": "all"})
    assert [child.variables for child in run.children] == [
        {"x": 20, "item": 10},
        {"x": 40, "item": 20},
        {"x": 60, "item": 30},
    ]
    assert len({child.id for child in run.children}) == 3
    run.end_child(2, y="c")
    run.end_child(0, y="a")
    assert run.open == []
    run.end_child(1, y="b")
    assert (run.open, run.variables["all"]) == (["after"], [{"y": "a"}, {"y": "b"}, {"y": "c"}])
    assert run.abandoned == []


def test_a_sequential_loop_runs_one_after_the_other():
    run = calling({**LOOP, "mode": "sequential", "input": "none", "output": "full"})
    for at in range(3):
        assert len(run.children) == at + 1
        run.end_child(at, last=at)
    assert (run.open, run.variables["last"]) == (["after"], 2)


def test_a_loop_ends_early_and_stops_what_still_runs():
    run = calling(
        {**LOOP, "output": {"ok": "result.ok"}, "collect": "all", "until": "results.exists(r, r.ok == true)"}
    )
    run.end_child(1, ok=False)
    assert run.open == []
    run.end_child(0, ok=True)
    assert (run.open, run.variables["all"]) == (["after"], [{"ok": True}, {"ok": False}])
    assert run.abandoned == [run.children[2].id]


def test_an_empty_list_passes():
    run = calling({**LOOP, "collect": "all"}, items=[])
    assert (run.open, run.variables["all"], run.children) == (["after"], [], [])


def test_what_is_no_list_or_too_long_a_list_is_refused():
    with pytest.raises(ConditionFailed):
        calling(LOOP, items=3)
    with pytest.raises(StepLimitExceeded):
        calling(LOOP, items=list[Json](range(1_001)))


def test_a_called_flow_that_never_ends_is_an_incident_and_a_retry_runs_another():
    run = calling({**LOOP, "collect": "all", "output": {"y": "result.y"}})
    lost = run.children[1]
    run.step(lambda step: step.fail_child(lost.node, 1, code="FAILED", message="gone"), attended=False)
    assert run.incidents == [("call", "FAILED")]
    run.end_child(0, y=0)
    run.retry("call")
    again = run.children[3]
    assert (again.index, again.variables["item"], again.id != lost.id) == (1, 20, True)
    assert run.node("call").status is NodeStatus.ACTIVE
    run.end_child(2, y=2)
    run.end_child(3, y=1)
    assert (run.open, run.variables["all"]) == (["after"], [{"y": 0}, {"y": 1}, {"y": 2}])


def test_an_error_event_catches_a_called_flow_that_was_terminated():
    run = calling({})
    child = run.children[0]
    run.step(lambda step: step.fail_child(child.node, 0, code="TERMINATED", message="gone"), attended=False)
    assert (run.open, run.incidents) == (["escalated"], [])


def test_what_is_cancelled_stops_its_called_flows():
    run = run_flow(
        [
            START,
            element("callActivity", "call", flow="other"),
            element("boundaryEvent", "late", attachedTo="call", duration="PT1H"),
            END,
            *flows("start > call > end", "late > end"),
        ]
    )
    run.wait(hours=1)
    assert (run.status, run.abandoned) == ("COMPLETED", [run.children[0].id])
