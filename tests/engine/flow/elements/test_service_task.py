"""Assignments, queries within the step, mutations after it, retries, and what a failure leads to."""

import pytest

from engine.flow.errors import ConditionFailed
from engine.flow.instance import NodeStatus
from engine.flow.model import Json
from tests.engine.flow.runs import END, START, Graph, Run, element, flows, run_flow, tasks

AMOUNT: Json = {"query": "query { amount }"}
REFUND: Json = {"query": "mutation($a: Int) { refund(amount: $a) }", "variables": {"a": "vars.amount"}}


def serving(*, graph: Graph | None = None, attended: bool = True, **fields: Json) -> Run:
    model = [
        START,
        element("serviceTask", "serve", **fields),
        *tasks("after", "escalated"),
        element("boundaryEvent", "broken", attachedTo="serve", error="UPSTREAM_BROKEN"),
        END,
        *flows("start > serve > after > end", "broken > escalated > end"),
    ]
    return run_flow(model, graph=graph, attended=attended, amount=12)


def test_assignments_are_made_within_the_step():
    run = serving(output={"double": "vars.amount * 2", "nothing": "null"})
    assert (run.open, run.variables) == (["after"], {"amount": 12, "double": 24, "nothing": None})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("vars.amount * 100.0", 1200.0),
        ("vars.amount * 0.5 + 1", 7.0),
        ("vars.amount / 5", 2),
        ("vars.amount / 5.0", 2.4),
        ("2.5 - vars.amount", -9.5),
    ],
)
def test_whole_numbers_and_fractions_are_computed_with_together(source: str, value: float):
    assert serving(output={"x": source}).variables["x"] == value


@pytest.mark.parametrize("source", ["vars.amount / 0.0", "vars.amount + 'a'"])
def test_what_are_no_numbers_are_not(source: str):
    with pytest.raises(ConditionFailed):
        serving(output={"x": source})


def test_an_assignment_over_a_missing_variable_is_refused():
    with pytest.raises(ConditionFailed):
        serving(output={"double": "vars.missing * 2"})


def test_a_query_is_run_within_the_step():
    run = serving(graph=Graph(answers={"amount": 7}), call=AMOUNT, output={"amount": "result.amount"})
    assert (run.open, run.variables, run.instance.effects) == (["after"], {"amount": 7}, {})


def test_what_lies_behind_a_null_of_an_answer_is_null():
    run = serving(graph=Graph(answers={"amount": None}), call=AMOUNT, output={"x": "result.amount.cents"})
    assert run.variables == {"amount": 12, "x": None}


def test_a_mutation_waits_until_the_step_is_written_and_keeps_its_key():
    run = serving(graph=Graph(answers={"refund": "ok"}), call=REFUND, output={"refund": "result.refund"})
    node = run.node("serve")
    assert (run.open, node.status) == ([], NodeStatus.WAITING)
    assert run.instance.effects[node.id].variables == {"a": 12}
    assert run.run_effects() == [f"one.{node.id}"]
    assert (run.open, run.variables["refund"]) == (["after"], "ok")


def test_a_call_that_may_succeed_later_is_tried_again_with_longer_pauses():
    run = serving(
        graph=Graph(answers={"refund": "ok"}, down=True),
        call=REFUND,
        retry={"maxRetries": 2, "backoffMs": 500},
    )
    key = f"one.{run.node('serve').id}"
    assert run.run_effects() == [key]
    run.wait(milliseconds=499)
    assert run.run_effects() == []
    run.wait(milliseconds=1)
    assert run.run_effects() == [key]
    run.graph.down = False
    run.wait(seconds=1)
    assert run.run_effects() == [key]
    assert run.open == ["after"]


def test_a_call_that_fails_for_good_is_an_incident_and_a_retry_uses_the_same_key():
    run = serving(graph=Graph(answers={"refund": "ok"}, down=True), call=REFUND, retry={"maxRetries": 0})
    (key,) = run.run_effects()
    assert (run.status, run.incidents, run.instance.effects) == ("RUNNING", [("serve", "UPSTREAM_DOWN")], {})
    run.graph.down = False
    run.retry("serve", amount=3)
    assert run.instance.effects[run.node("serve").id].variables == {"a": 3}
    assert run.run_effects() == [key]
    assert (run.open, run.incidents) == (["after"], [])


def test_a_query_that_fails_waits_for_its_next_attempt_as_a_mutation_does():
    run = serving(
        graph=Graph(answers={"amount": 7}, down=True), call=AMOUNT, output={"amount": "result.amount"}
    )
    assert (run.open, run.node("serve").status) == ([], NodeStatus.WAITING)
    run.graph.down = False
    run.wait(milliseconds=200)
    run.run_effects()
    assert (run.open, run.variables) == (["after"], {"amount": 7})


def test_an_error_event_catches_its_code():
    run = serving(call={"query": "query { broken }"})
    assert (run.open, run.incidents) == (["escalated"], [])
    assert run.node("serve").status is NodeStatus.CANCELLED
    assert run.node("serve").stopped_by == run.node("broken").id


def test_an_answer_that_cannot_be_used_is_kept_for_the_retry_and_not_asked_for_again():
    run = serving(
        graph=Graph(answers={"refund": "ok"}), call=REFUND, output={"x": "vars.missing", "r": "result.refund"}
    )
    run.run_effects()
    assert run.incidents == [("serve", "CONDITION_FAILED")]
    run.retry("serve", missing=1)
    assert (run.open, run.variables["r"], run.instance.effects) == (["after"], "ok", {})


def test_queries_of_parallel_branches_are_run_in_one_round():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("serviceTask", "a", call=AMOUNT, output={"a": "result.amount"}),
            element("serviceTask", "b", call=AMOUNT, output={"b": "result.amount"}),
            element("parallelGateway", "join"),
            END,
            *flows("start > fork > a > join > end", "fork > b > join"),
        ],
        graph=Graph(answers={"amount": 7}),
    )
    assert (run.status, run.variables) == ("COMPLETED", {"a": 7, "b": 7})
