"""Rollback: what descends from the target is undone, what does not is left alone."""

import pytest

from engine.flow.errors import RollbackImpossible
from engine.flow.executor import Step
from engine.flow.instance import NodeStatus, Token
from engine.flow.model import Json
from engine.flow.rollback import plan_reopening, plan_rollback
from tests.engine.flow.runs import END, START, Graph, Run, element, flows, run_flow, tasks

LINE = [START, *tasks("a", "b", "c"), END, *flows("start > a > b > c > end")]


def test_a_rollback_opens_the_task_before_with_what_was_committed():
    run = run_flow(LINE, order="7")
    first = run.node("a").id
    run.commit("a", x=1)
    run.roll_back("b")
    (task,) = run.instance.tasks.values()
    assert (run.open, run.variables, task.values) == (["a"], {"order": "7"}, {"x": 1})
    assert (task.node != first, run.node("a").visit) == (True, 2)
    assert run.instance.nodes[first].status is NodeStatus.ROLLED_BACK
    assert run.node("b").status is NodeStatus.ROLLED_BACK
    run.commit("a", x=2)
    assert (run.open, run.variables) == (["b"], {"order": "7", "x": 2})


def test_a_rollback_goes_back_to_any_completed_task():
    run = run_flow(LINE)
    run.commit("a", x=1)
    run.commit("b", x=2, y=2)
    run.roll_back("c", to="a")
    assert (run.open, run.variables) == (["a"], {})


def test_values_overwritten_after_the_target_are_those_of_before():
    run = run_flow(LINE, x=0)
    run.commit("a", x=1)
    run.commit("b", x=2, y=2)
    run.roll_back("c")
    assert (run.open, run.variables) == (["b"], {"x": 1})


def test_there_is_nothing_to_go_back_to_from_the_first_task():
    run = run_flow(LINE)
    with pytest.raises(RollbackImpossible):
        run.roll_back("a")


def test_a_task_that_is_open_or_rolled_back_or_none_is_no_target():
    run = run_flow(LINE)
    open_, start = run.node("a").id, run.node("start").id
    for target in (open_, start):
        with pytest.raises(RollbackImpossible):
            plan_rollback(run.flow, run.instance, target)
    run.commit("a")
    run.roll_back("b")
    with pytest.raises(RollbackImpossible):
        plan_rollback(run.flow, run.instance, open_)


def test_going_back_twice_reaches_the_visit_before():
    run = run_flow(LINE)
    run.commit("a", x=1)
    run.commit("b", y=1)
    run.roll_back("c")
    run.roll_back("b")
    assert (run.open, run.variables) == (["a"], {})
    run.commit("a", x=5)
    run.commit("b")
    run.roll_back("c")
    assert (run.open, run.variables) == (["b"], {"x": 5})


FORK = [
    START,
    *tasks("before"),
    element("parallelGateway", "fork"),
    *tasks("a", "a2", "b", "after"),
    element("parallelGateway", "join"),
    END,
    *flows("start > before > fork > a > a2 > join", "fork > b > join > after > end"),
]


def test_a_sibling_keeps_its_task():
    run = run_flow(FORK)
    run.commit("before")
    run.commit("a", x=1)
    sibling = run.node("b").id
    run.roll_back("a2")
    assert (run.open, run.variables) == (["a", "b"], {})
    assert run.node("b").id == sibling


def test_going_back_before_a_fork_undoes_both_branches():
    run = run_flow(FORK)
    run.commit("before", x=1)
    run.commit("a")
    run.roll_back("a2", to="before")
    assert (run.open, run.node("b").status) == (["before"], NodeStatus.ROLLED_BACK)
    run.commit("before")
    assert run.open == ["a", "b"]


def test_a_join_is_undone_and_the_untouched_branch_waits_there_again():
    run = run_flow(FORK)
    run.commit("before")
    run.commit("a", x=1)
    run.commit("a2", x=2)
    run.commit("b", y=1)
    assert run.open == ["after"]
    done = run.node("a2").id
    run.roll_back("after", to="b")
    assert (run.open, run.variables) == (["b"], {"x": 2})
    assert run.instance.tokens == [Token(flow="a2-join", source=done)]  # type: ignore[arg-type]  # a key
    run.commit("b", y=2)
    assert (run.open, run.variables) == (["after"], {"x": 2, "y": 2})


def test_a_token_that_waits_at_a_join_goes_back_with_its_branch():
    run = run_flow(FORK)
    run.commit("before")
    run.commit("a")
    run.commit("a2")
    run.roll_back("b", to="a2")
    assert (run.open, run.instance.tokens) == (["a2", "b"], [])


def test_without_a_target_only_what_led_to_the_task_counts():
    run = run_flow(FORK)
    run.commit("before")
    run.commit("a", x=1)
    run.commit("a2")
    run.roll_back("b")  # completed last was a2, but it did not lead to b
    assert run.open == ["before"]


LOOP = [
    START,
    *tasks("ask", "check"),
    END,
    *flows("start > ask > check", "check > ask : vars.again", "check > end : !vars.again"),
]


def test_one_visit_of_a_loop_is_the_target():
    run = run_flow(LOOP)
    run.commit("ask", n=1)
    first = run.node("ask").id
    run.commit("check", again=True)
    run.commit("ask", n=2)
    plan = plan_rollback(run.flow, run.instance, run.node("ask", NodeStatus.COMPLETED).id)
    assert (plan.opens, plan.variables) == (["ask"], {"n": 1, "again": True})
    assert [node.visit for node in plan.undone] == [2, 2]
    plan = plan_rollback(run.flow, run.instance, first)
    assert (plan.opens, plan.variables, len(plan.undone)) == (["ask"], {}, 4)


def test_timers_of_what_is_undone_are_gone_and_those_of_the_target_start_again():
    run = run_flow(
        [
            START,
            *tasks("a", "b", "late", dueIn="PT4H"),
            element("boundaryEvent", "guard", attachedTo="a", duration="PT1H"),
            element("boundaryEvent", "guard2", attachedTo="b", duration="PT2H"),
            END,
            *flows("start > a > b > end", "guard > late > end", "guard2 > late"),
        ]
    )
    run.wait(minutes=30)
    run.commit("a")
    run.wait(minutes=30)
    run.roll_back("b")
    (timer,) = run.instance.timers
    assert (timer.element, timer.node) == ("guard", run.node("a").id)
    assert (timer.due_at - run.now).total_seconds() == 3_600
    (task,) = run.instance.tasks.values()
    assert (task.due_at and task.due_at - run.now, task.assignee) == (
        run.now - run.now + 4 * (timer.due_at - run.now),
        None,
    )


SCOPE = [
    START,
    *tasks("before"),
    element("subProcess", "scope"),
    element("startEvent", "in", parent="scope"),
    element("parallelGateway", "fork", parent="scope"),
    *tasks("a", "b", parent="scope"),
    element("endEvent", "out", parent="scope"),
    *tasks("after", "late"),
    element("boundaryEvent", "guard", attachedTo="scope", duration="PT1H"),
    END,
    *flows(
        "start > before > scope > after > end", "in > fork > a > out", "fork > b > out", "guard > late > end"
    ),
]


def test_a_sub_process_that_had_ended_is_open_again():
    run = run_flow(SCOPE)
    run.commit("before")
    run.commit("a", x=1)
    run.commit("b", y=1)
    run.roll_back("after")
    assert (run.open, run.variables) == (["b"], {"x": 1})
    scope = run.node("scope")
    assert (scope.status, [timer.node for timer in run.instance.timers]) == (NodeStatus.ACTIVE, [scope.id])
    run.commit("b")
    assert (run.open, run.instance.timers) == (["after"], [])


def test_going_back_before_a_sub_process_undoes_all_of_it():
    run = run_flow(SCOPE)
    run.commit("before")
    run.commit("a")
    run.roll_back("b")
    assert run.open == ["before"]
    assert {run.node(key).status for key in ("scope", "in", "fork", "a", "b")} == {NodeStatus.ROLLED_BACK}


def test_going_back_into_a_scope_that_a_timer_stopped_undoes_the_timer():
    run = run_flow(SCOPE)
    run.commit("before")
    run.commit("a", x=1)
    run.wait(hours=1)
    assert run.open == ["late"]
    run.roll_back("late", to="a")
    assert (run.open, run.variables) == (["a", "b"], {})
    run.commit("a")
    run.commit("b")
    assert run.open == ["after"]


def test_what_a_terminating_end_had_stopped_is_open_again():
    run = run_flow([{**one, "terminate": True} if one["key"] == "out" else one for one in SCOPE])
    run.commit("before")
    run.commit("a", x=1)
    assert run.open == ["after"]
    run.roll_back("after")
    assert (run.open, run.variables) == (["a", "b"], {})


UNDO: Json = {"query": "mutation($a: Int) { undo(amount: $a) }", "variables": {"a": "vars.n"}}
PAYING = [
    START,
    *tasks("ask"),
    element(
        "serviceTask",
        "one",
        call={"query": "mutation { refund }"},
        output={"n": "vars.n + 1"},
        compensate=UNDO,
    ),
    element(
        "serviceTask",
        "two",
        call={"query": "mutation { refund }"},
        output={"n": "vars.n * 10"},
        compensate=UNDO,
    ),
    *tasks("check"),
    END,
    *flows("start > ask > one > two > check > end"),
]


def paid() -> Run:
    run = run_flow(PAYING, graph=Graph(answers={"refund": "ok", "undo": "ok"}))
    run.commit("ask", n=4)
    run.run_effects()
    assert (run.open, run.variables) == (["check"], {"n": 50})
    return run


def test_compensations_run_in_reverse_order_with_the_variables_of_their_time():
    run = paid()
    run.roll_back("check")
    assert (run.open, run.variables, run.instance.reopens) == ([], {}, run.node("ask").id)
    one, two = run.node("one"), run.node("two")
    first, second = run.instance.effects.values()
    assert (first.compensates, first.variables, first.due_at) == (two.id, {"a": 50}, run.now)
    assert (second.compensates, second.variables, second.due_at) == (one.id, {"a": 5}, None)
    assert run.run_effects() == [f"one.{two.id}.compensate", f"one.{one.id}.compensate"]
    (task,) = run.instance.tasks.values()
    assert (run.open, task.values, run.instance.reopens) == (["ask"], {"n": 4}, None)


def test_nothing_goes_on_past_a_task_that_opens_after_compensations():
    """Neither an inclusive join that waits for its branch, nor the sub-process it lies in."""
    inside = [
        element("startEvent", "begin", parent="scope"),
        element("inclusiveGateway", "fork", parent="scope"),
        *tasks("a", "b", "c", parent="scope"),
        element("inclusiveGateway", "join", parent="scope"),
        element("serviceTask", "pay", parent="scope", call={"query": "mutation { refund }"}, compensate=UNDO),
        element("endEvent", "stop", parent="scope"),
    ]
    inner = flows("begin > fork", "fork > a : true", "fork > b : true", "a > join", "b > join")
    inner += flows("join > pay > c > stop")
    model = [START, element("subProcess", "scope"), *tasks("after"), END, *inside]
    model += [{**each, "parent": "scope"} for each in inner] + flows("start > scope > after > end")
    run = run_flow(model, graph=Graph(answers={"refund": "ok", "undo": "ok"}), n=1)
    run.commit("b")
    run.commit("a")
    run.run_effects()
    run.roll_back("c", "a")
    assert (run.open, run.instance.reopens) == ([], run.node("a").id)
    run.run_effects()
    assert (run.open, run.status) == (["a"], "RUNNING")


def test_a_compensation_that_fails_for_good_is_an_incident_until_it_is_retried():
    run = paid()
    run.roll_back("check")
    run.graph.down = True
    for _ in range(5):
        run.run_effects()
        run.wait(seconds=10)
    assert (run.status, run.open, run.incidents) == ("RUNNING", [], [("two", "UPSTREAM_DOWN")])
    run.graph.down = False
    run.retry("two")
    run.run_effects()
    assert (run.open, run.incidents) == (["ask"], [])


def test_a_preview_says_what_would_be_done_and_changes_nothing():
    run = paid()
    before = run.instance
    plan = plan_rollback(run.flow, run.instance, run.node("ask").id)
    assert [node.element for node in plan.undone] == ["ask", "one", "two", "check"]
    assert (plan.opens, plan.variables) == (["ask"], {})
    assert [effect.variables for effect in run.compensations(plan)] == [{"a": 50}, {"a": 5}]
    assert run.instance == before


def test_a_called_flow_that_goes_back_has_its_caller_wait_for_it_again():
    run = run_flow(
        [
            START,
            element("callActivity", "call", flow="other", output={"y": "result.y"}),
            *tasks("after"),
            END,
            *flows("start > call > after > end"),
        ]
    )
    (child,) = run.children
    run.end_child(0, y=1)
    call = run.node("call").id

    async def reopen(step: Step) -> None:
        await step.reopen_call(plan_reopening(run.flow, step.instance, call), child.index, child.id)

    run.step(reopen)
    assert (run.open, run.variables, run.node("call").status) == ([], {}, NodeStatus.ACTIVE)
    assert run.node("after").status is NodeStatus.ROLLED_BACK
    run.end_child(0, y=2)
    assert (run.open, run.variables) == (["after"], {"y": 2})


def test_called_flows_of_what_is_undone_are_named():
    run = run_flow(
        [
            START,
            *tasks("ask", "b"),
            element("callActivity", "call", flow="other"),
            END,
            *flows("start > ask > call > b > end"),
        ]
    )
    run.commit("ask")
    run.end_child(0)
    plan = plan_rollback(run.flow, run.instance, run.node("ask", NodeStatus.COMPLETED).id)
    assert [node.children for node in plan.calls] == [(run.children[0].id,)]
