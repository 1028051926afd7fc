"""Reads: asked for in one operation per round, seen by conditions, kept in history, never in variables."""

import pytest

from engine.flow.model import Json
from engine.flow.ports import CallFailed
from tests.engine.flow.runs import END, START, Graph, element, flows, run_flow, tasks

VIP: Json = {
    "vip": {"query": "query($id: ID) { vip(id: $id) }", "variables": {"id": "vars.id"}, "value": "result.vip"}
}
GATEWAY = [
    START,
    element("exclusiveGateway", "route", default="route-no", reads=VIP),
    *tasks("yes", "no"),
    END,
    *flows("start > route", "route > yes : reads.vip", "route > no", "yes > end", "no > end"),
]


@pytest.mark.parametrize(("vip", "opened"), [(True, "yes"), (False, "no")])
def test_a_condition_sees_what_was_read(vip: bool, opened: str):
    run = run_flow(GATEWAY, graph=Graph(answers={"vip": vip}), id="7")
    assert (run.open, run.variables, run.node("route").reads) == ([opened], {"id": "7"}, {"vip": vip})


def test_a_read_that_fails_is_raised_to_whoever_waits_and_an_incident_else():
    graph = Graph(answers={"vip": True}, down=True)
    with pytest.raises(CallFailed):
        run_flow(GATEWAY, graph=graph, id="7")
    run = run_flow(GATEWAY, graph=graph, attended=False, id="7")
    assert run.incidents == [("route", "UPSTREAM_DOWN")]
    graph.down = False
    run.retry("route")
    assert run.open == ["yes"]


def test_reads_of_all_branches_are_one_operation():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("exclusiveGateway", "left", default="left-end", reads=VIP),
            element("inclusiveGateway", "right", default="right-end", reads=VIP),
            *tasks("a", "b"),
            END,
            *flows("start > fork > left", "fork > right", "left > a : reads.vip", "right > b : reads.vip"),
            *flows("a > end", "b > end", "left > end", "right > end"),
        ],
        graph=Graph(answers={"vip": True}),
        id="7",
    )
    assert run.open == ["a", "b"]
    assert [len(read) for read in run.graph.reads] == [2]


def test_one_branch_fails_for_its_own_read_alone():
    broken: Json = {"vip": {"query": "query { broken }"}}
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("exclusiveGateway", "left", default="left-end", reads=broken),
            element("exclusiveGateway", "right", default="right-end", reads=VIP),
            *tasks("a", "b"),
            END,
            *flows("start > fork > left", "fork > right", "left > a : reads.vip", "right > b : reads.vip"),
            *flows("a > end", "b > end", "left > end", "right > end"),
        ],
        graph=Graph(answers={"vip": True}),
        attended=False,
        id="7",
    )
    assert (run.open, run.incidents) == (["b"], [("left", "UPSTREAM_BROKEN")])


def test_a_task_reads_as_it_is_committed_with_what_was_committed():
    run = run_flow(
        [
            START,
            *tasks("ask", reads=VIP),
            *tasks("yes", "no"),
            END,
            *flows("start > ask", "ask > yes : reads.vip", "ask > no : !reads.vip", "yes > end", "no > end"),
        ],
        graph=Graph(answers={"vip": True}),
    )
    assert run.graph.reads == []
    run.commit("ask", id="7")
    assert (run.open, len(run.graph.reads)) == (["yes"], 1)


def test_a_loop_reads_anew_on_every_visit():
    run = run_flow(
        [
            START,
            element("exclusiveGateway", "route", default="route-no", reads=VIP),
            *tasks("no"),
            END,
            *flows("start > route", "route > end : reads.vip", "route > no > route"),
        ],
        graph=Graph(answers={"vip": False}),
        id="7",
    )
    run.graph.answers["vip"] = True
    run.commit("no")
    assert run.status == "COMPLETED"
