"""Timers and messages, as events of the flow and at the boundary of what waits."""

from datetime import timedelta

import pytest

from engine.flow.documents import search_fields
from engine.flow.errors import ConditionFailed
from engine.flow.instance import NodeStatus
from engine.flow.model import Json
from tests.engine.flow.runs import BEGIN, END, START, Run, element, flows, run_flow, tasks


def catching(type_: str, **fields: Json) -> Run:
    model = [
        START,
        element(type_, "event", **fields),
        *tasks("after"),
        END,
        *flows("start > event > after > end"),
    ]
    return run_flow(model, order="7")


def test_a_timer_waits_for_its_duration():
    run = catching("timerCatchEvent", duration="PT30M")
    run.wait(minutes=29)
    assert run.open == []
    assert search_fields(run.instance)["nextDueAt"] == BEGIN + timedelta(minutes=30)
    run.wait(minutes=1)
    assert (run.open, run.instance.timers) == (["after"], [])


def test_a_timer_waits_until_a_moment():
    run = catching("timerCatchEvent", until="'2030-01-31T18:00:00+08:00'")
    assert run.instance.timers[0].due_at == BEGIN + timedelta(hours=1)


def test_what_is_no_moment_is_refused():
    with pytest.raises(ConditionFailed):
        catching("timerCatchEvent", until="'tomorrow'")
    with pytest.raises(ConditionFailed):
        catching("timerCatchEvent", until="'2030-01-31T18:00:00'")


def test_a_timer_that_fired_does_not_fire_again():
    run = catching("timerCatchEvent", duration="PT30M")
    (timer,) = run.instance.timers
    run.wait(minutes=30)
    before = run.instance
    run.step(lambda step: step.fire_timer(timer), attended=False)
    assert run.instance == before


def test_a_message_gives_its_values():
    run = catching(
        "messageCatchEvent",
        message="paid",
        correlation={"order": "vars.order"},
        output={"sum": "message.sum + 1"},
    )
    (wait,) = run.instance.messages
    assert (wait.name, wait.correlation) == ("paid", {"order": "7"})
    assert search_fields(run.instance)["messages"] == ["paid"]
    run.send("paid", sum=4)
    assert (run.open, run.variables) == (["after"], {"order": "7", "sum": 5})


def test_a_message_that_cannot_be_used_is_kept_for_the_retry():
    run = catching("messageCatchEvent", message="paid", output={"sum": "message.sum + vars.fee"})
    run.send("paid", sum=4)
    assert run.incidents == [("event", "CONDITION_FAILED")]
    run.retry("event", fee=2)
    assert (run.open, run.variables["sum"]) == (["after"], 6)


def guarded(host: dict[str, Json] | None = None, **fields: Json) -> Run:
    model = [
        START,
        host or element("userTask", "host"),
        element("boundaryEvent", "guard", attachedTo="host", **fields),
        *tasks("after", "escalated"),
        END,
        *flows("start > host > after > end", "guard > escalated > end"),
    ]
    return run_flow(model, order="7")


def test_an_interrupting_timer_takes_the_task_away():
    run = guarded(duration="PT30M")
    run.wait(minutes=30)
    assert (run.open, run.node("host").status) == (["escalated"], NodeStatus.CANCELLED)
    assert run.node("guard").causes == (run.node("host").id,)


def test_a_timer_that_does_not_interrupt_leaves_the_task_and_fires_once():
    run = guarded(duration="PT30M", interrupting=False)
    run.wait(hours=2)
    assert run.open == ["escalated", "host"]
    run.commit("host")
    run.commit("escalated")
    run.commit("after")
    assert run.status == "COMPLETED"


def test_a_task_that_is_done_in_time_is_guarded_no_more():
    run = guarded(duration="PT30M")
    run.commit("host")
    assert run.instance.timers == []


def test_a_message_at_the_boundary_gives_its_values():
    run = guarded(message="cancelled", correlation={"order": "vars.order"}, output={"why": "message.why"})
    run.send("cancelled", why="lost")
    assert (run.open, run.variables["why"]) == (["escalated"], "lost")


def test_a_waiting_call_is_guarded_too():
    call: Json = {"query": "mutation { refund }"}
    run = guarded(element("serviceTask", "host", call=call), duration="PT30M")
    run.wait(minutes=30)
    assert (run.open, run.instance.effects) == (["escalated"], {})


def test_a_guard_of_a_sub_process_stops_what_lies_in_it():
    run = run_flow(
        [
            START,
            element("subProcess", "scope"),
            element("startEvent", "in", parent="scope"),
            *tasks("inner", parent="scope"),
            element("endEvent", "out", parent="scope"),
            element("boundaryEvent", "guard", attachedTo="scope", duration="PT30M"),
            *tasks("escalated"),
            END,
            *flows("start > scope > end", "in > inner > out", "guard > escalated > end"),
        ]
    )
    assert run.open == ["inner"]
    run.wait(minutes=30)
    assert (run.open, run.node("inner").status) == (["escalated"], NodeStatus.CANCELLED)
    run.commit("escalated")
    assert run.status == "COMPLETED"


def test_an_error_in_a_sub_process_is_caught_at_its_boundary():
    run = run_flow(
        [
            START,
            element("subProcess", "scope"),
            element("startEvent", "in", parent="scope"),
            element("serviceTask", "call", parent="scope", call={"query": "query { broken }"}),
            element("endEvent", "out", parent="scope"),
            element("boundaryEvent", "guard", attachedTo="scope", error="*"),
            *tasks("escalated"),
            END,
            *flows("start > scope > end", "in > call > out", "guard > escalated > end"),
        ]
    )
    assert (run.open, run.node("scope").status) == (["escalated"], NodeStatus.CANCELLED)


def test_a_task_has_its_due_date_its_assignee_and_its_roles():
    run = run_flow(
        [
            START,
            *tasks("ask", dueIn="PT30M", assignee="vars.agent", candidateRoles=["agent"]),
            END,
            *flows("start > ask > end"),
        ],
        agent="bea",
    )
    (task,) = run.instance.tasks.values()
    assert task.due_at == BEGIN + timedelta(minutes=30)
    assert (task.assignee, task.candidate_roles) == ("bea", ("agent",))
    (found,) = search_fields(run.instance)["tasks"]  # type: ignore[misc]  # a list of one task
    assert (found["assignee"], found["roles"]) == ("bea", ["agent"])
