"""Tokens: sequence, choice, forks and joins, scopes, ends, and what a step refuses."""

import pytest

from engine.flow.errors import ConditionFailed, NoBranchTaken, StepLimitExceeded, TaskNotFound, TaskNotOpen
from engine.flow.executor import Step
from engine.flow.instance import NodeId, NodeStatus
from engine.flow.model import Json
from tests.engine.flow.runs import END, START, element, flows, run_flow, tasks


def test_a_flow_waits_at_each_task_and_ends_after_the_last():
    run = run_flow([START, *tasks("ask", "check"), END, *flows("start > ask > check > end")], order="7")
    assert (run.status, run.open) == ("RUNNING", ["ask"])
    run.commit("ask", paid=True)
    assert (run.status, run.open, run.variables) == ("RUNNING", ["check"], {"order": "7", "paid": True})
    run.commit("check", paid=None)
    assert (run.status, run.open, run.variables) == ("COMPLETED", [], {"order": "7", "paid": None})
    assert run.node("ask").by == "ann"
    assert run.node("ask").took == ("ask-check",)


def test_a_task_that_is_not_open_cannot_be_committed():
    run = run_flow([START, *tasks("ask", "check"), END, *flows("start > ask > check > end")])
    committed = run.node("ask").id
    run.commit("ask")
    with pytest.raises(TaskNotOpen):
        run.step(lambda step: step.commit_task(committed, {}))
    with pytest.raises(TaskNotFound):
        run.step(lambda step: step.commit_task(NodeId("none"), {}))


CHOICE = [
    START,
    element("exclusiveGateway", "route", default="route-other"),
    *tasks("high", "low", "other"),
    END,
    *flows("start > route", "route > high : vars.n > 10", "route > low : vars.n > 5", "route > other"),
    *flows("high > end", "low > end", "other > end"),
]


@pytest.mark.parametrize(("n", "opened"), [(11, "high"), (7, "low"), (1, "other")])
def test_the_first_condition_that_holds_wins_else_the_default(n: int, opened: str):
    assert run_flow(CHOICE, n=n).open == [opened]


def test_a_missing_variable_fails_the_condition_and_the_whole_step():
    with pytest.raises(ConditionFailed) as refusal:
        run_flow(CHOICE)
    assert refusal.value.facts["element"] == "route-high"


NO_DEFAULT = [
    START,
    *tasks("ask", "yes"),
    END,
    *flows("start > ask", "ask > yes : vars.ok", "yes > end"),
]


def test_a_task_chooses_as_an_exclusive_gateway_and_stays_open_if_no_branch_is_taken():
    run = run_flow(NO_DEFAULT)
    with pytest.raises(NoBranchTaken):
        run.commit("ask", ok=False)
    assert (run.open, run.variables) == (["ask"], {})
    run.commit("ask", ok=True)
    assert run.open == ["yes"]


def test_nobody_waiting_makes_a_refusal_an_incident_that_a_retry_goes_on_from():
    run = run_flow(CHOICE, attended=False)
    assert (run.status, run.open, run.incidents) == ("RUNNING", [], [("route", "CONDITION_FAILED")])
    assert run.node("route").status is NodeStatus.FAILED
    run.retry("route", n=7)
    assert (run.open, run.incidents, run.variables) == (["low"], [], {"n": 7})


def test_an_incident_leaves_the_other_branches_to_go_on():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("exclusiveGateway", "route"),
            *tasks("ask", "other"),
            END,
            *flows("start > fork > ask > end", "fork > route", "route > other : vars.missing", "other > end"),
        ],
        attended=False,
    )
    assert (run.open, run.incidents) == (["ask"], [("route", "CONDITION_FAILED")])
    run.commit("ask")
    assert (run.status, run.open) == ("RUNNING", [])


FORK = [
    START,
    element("parallelGateway", "fork"),
    element("parallelGateway", "join"),
    *tasks("a", "b", "after"),
    END,
    *flows("start > fork > a > join", "fork > b > join > after > end"),
]


def test_a_parallel_join_waits_for_every_branch():
    run = run_flow(FORK)
    assert run.open == ["a", "b"]
    run.commit("b", y=1)
    assert (run.open, len(run.instance.tokens)) == (["a"], 1)
    run.commit("a", x=1)
    assert (run.open, run.instance.tokens, run.variables) == (["after"], [], {"x": 1, "y": 1})


def test_tokens_at_a_join_are_counted_per_incoming_flow():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("parallelGateway", "join"),
            element("exclusiveGateway", "merge"),
            *tasks("a", "b", "c", "after"),
            END,
            *flows("start > fork > a > merge > join", "fork > b > merge", "fork > c > join > after > end"),
        ]
    )
    run.commit("a")
    run.commit("b")
    assert run.open == ["c"]  # two tokens by one flow are none by the other
    run.commit("c")
    assert run.open == ["after"]
    run.commit("after")
    assert run.status == "FAILED"  # the second token waits for one that can never come
    assert run.incidents == [("merge", "JOIN_INCOMPLETE")]


INCLUSIVE = [
    START,
    element("inclusiveGateway", "fork", default="fork-c"),
    element("inclusiveGateway", "join"),
    *tasks("a", "b", "c", "after"),
    END,
    *flows("start > fork", "fork > a : vars.a", "fork > b : vars.b", "fork > c"),
    *flows("a > join", "b > join", "c > join > after > end"),
]


@pytest.mark.parametrize(
    ("chosen", "opened"),
    [((True, True), ["a", "b"]), ((True, False), ["a"]), ((False, False), ["c"])],
)
def test_an_inclusive_join_waits_for_the_branches_that_were_taken(
    chosen: tuple[bool, bool], opened: list[str]
):
    run = run_flow(INCLUSIVE, a=chosen[0], b=chosen[1])
    assert run.open == opened
    for key in opened:
        assert "after" not in run.open
        run.commit(key)
    assert run.open == ["after"]


def test_an_inclusive_join_fires_when_a_token_that_could_reach_it_ends_elsewhere():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            element("inclusiveGateway", "join"),
            element("endEvent", "gone"),
            *tasks("a", "b", "after"),
            END,
            *flows("start > fork > a > join > after > end", "fork > b", "b > join : vars.come"),
            *flows("b > gone : !vars.come"),
        ]
    )
    run.commit("a")
    assert run.open == ["b"]
    run.commit("b", come=False)
    assert run.open == ["after"]


def test_an_inclusive_join_in_a_loop_does_not_wait_for_its_own_token():
    run = run_flow(
        [
            START,
            element("inclusiveGateway", "join"),
            *tasks("work"),
            END,
            *flows("start > join > work", "work > join : vars.again", "work > end : !vars.again"),
        ]
    )
    for _ in range(3):
        run.commit("work", again=True)
        assert run.open == ["work"]
    run.commit("work", again=False)
    assert (run.status, run.node("work").visit) == ("COMPLETED", 4)


def test_an_inclusive_join_does_not_wait_for_tokens_of_the_next_turn_of_a_loop():
    run = run_flow(
        [
            START,
            element("exclusiveGateway", "again"),
            element("parallelGateway", "fork"),
            element("inclusiveGateway", "some", default="some-b"),
            element("inclusiveGateway", "joined"),
            element("parallelGateway", "join"),
            *tasks("a", "b", "c", "check"),
            END,
            *flows("start > again > fork > c > join", "fork > some", "some > a : true", "some > b"),
            *flows("a > joined > join > check", "b > joined"),
            *flows("check > again : vars.more", "check > end : !vars.more"),
        ]
    )
    run.commit("c")  # waits behind the join that `a` comes to, and could come to `b` once it goes on
    run.commit("a")
    assert run.open == ["check"]


def test_an_inclusive_join_waits_for_a_task_whose_timer_could_lead_to_a_filled_flow():
    run = run_flow(
        [
            START,
            element("inclusiveGateway", "fork"),
            element("inclusiveGateway", "join"),
            element("exclusiveGateway", "late"),
            *tasks("a", "b", "hurry", "after"),
            *[
                element(
                    "boundaryEvent", f"late-{key}", attachedTo=key, duration=f"PT{n}H", interrupting=False
                )
                for n, key in enumerate("ab", start=1)
            ],
            END,
            *flows("start > fork", "fork > a : true", "fork > b : true", "a > join", "b > join"),
            *flows("late-a > late", "late-b > late > hurry > join > after > end"),
        ]
    )
    run.wait(hours=1)
    run.commit("hurry")
    run.commit("a")
    assert run.open == ["b"]
    run.commit("b")
    assert run.open == ["after"]


def test_a_terminating_end_takes_everything_away():
    run = run_flow(
        [
            START,
            element("parallelGateway", "fork"),
            *tasks("a", "b"),
            element("endEvent", "stop", terminate=True),
            *flows("start > fork > a > stop", "fork > b > stop"),
        ]
    )
    run.commit("a")
    assert (run.status, run.open, run.node("b").status) == ("COMPLETED", [], NodeStatus.CANCELLED)


SCOPE = [
    START,
    *tasks("before"),
    element("subProcess", "scope"),
    element("startEvent", "in", parent="scope"),
    element("parallelGateway", "fork", parent="scope"),
    *tasks("a", "b", parent="scope"),
    element("endEvent", "out", parent="scope"),
    *tasks("after"),
    END,
    *flows("start > before > scope > after > end", "in > fork > a > out", "fork > b > out"),
]


def test_a_sub_process_ends_with_its_last_token():
    run = run_flow(SCOPE)
    run.commit("before")
    assert run.open == ["a", "b"]
    assert run.node("a").scope == run.node("scope").id
    run.commit("a")
    assert run.open == ["b"]
    run.commit("b")
    assert run.open == ["after"]
    run.commit("after")
    assert run.status == "COMPLETED"


def test_a_terminating_end_in_a_sub_process_ends_that_alone():
    model: list[dict[str, Json]] = [
        {**one, "terminate": True} if one["key"] == "out" else one for one in SCOPE
    ]
    run = run_flow(model)
    run.commit("before")
    run.commit("a")
    assert (run.status, run.open) == ("RUNNING", ["after"])


def test_a_sub_process_that_cannot_be_left_is_an_incident():
    run = run_flow(
        [
            START,
            element("subProcess", "scope"),
            element("startEvent", "in", parent="scope"),
            element("endEvent", "out", parent="scope"),
            *tasks("yes"),
            END,
            *flows("start > scope", "in > out", "scope > yes : vars.ok", "yes > end"),
        ],
        attended=False,
        ok=False,
    )
    assert (run.status, run.incidents) == ("RUNNING", [("scope", "NO_BRANCH_TAKEN")])
    run.retry("scope", ok=True)
    assert (run.open, run.node("in").visit) == (["yes"], 1)


def test_a_loop_that_waits_for_nobody_is_stopped():
    loop = [
        START,
        element("exclusiveGateway", "again"),
        element("serviceTask", "count", output={"n": "vars.n + 1"}),
        END,
        *flows("start > again", "again > count : vars.n >= 0", "again > end : vars.n < 0", "count > again"),
    ]
    with pytest.raises(StepLimitExceeded):
        run_flow(loop, n=0)
    run = run_flow(loop, attended=False, n=0)
    assert [code for _, code in run.incidents] == ["STEP_LIMIT_EXCEEDED"]
    run.retry(run.incidents[0][0], n=-10)
    assert run.status == "COMPLETED"


def test_variables_too_large_or_deep_are_refused():
    run = run_flow([START, *tasks("ask"), END, *flows("start > ask > end")])
    with pytest.raises(StepLimitExceeded, match="bytes"):
        run.commit("ask", text="x" * 256_000)
    deep: Json = None
    for _ in range(40):
        deep = {"in": deep}
    with pytest.raises(StepLimitExceeded, match="depth"):
        run.commit("ask", deep=deep)
    assert run.open == ["ask"]


def test_terminating_an_instance_stops_everything():
    run = run_flow(SCOPE)
    run.commit("before")

    async def terminate(step: Step) -> None:
        step.terminate()

    run.step(terminate)
    assert (run.status, run.open) == ("TERMINATED", [])
    assert run.node("scope").status is NodeStatus.CANCELLED
    assert run.node("a").status is NodeStatus.CANCELLED


def test_a_step_made_again_gives_the_same_ids():
    first, second = run_flow(FORK), run_flow(FORK)
    assert first.instance.nodes == second.instance.nodes
