"""A model run with given answers: the real runtime, time that jumps, and everything that differs told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.flow.instance import DeploymentId, InstanceStatus
from engine.flow.model import Json
from engine.flow.ports import Deployment
from engine.flow.reading import read_model
from engine.flow.testing import Expected, MockedResources, Scenario, Trial, TrialRun, answer_of, run_scenario
from engine.problem import Severity
from tests.resolvers.flows.models import call, called, chain, flow, model, task

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORDER = "query($id: ID!) { order(id: $id) { status buyer { vip } } }"
REFUND = "mutation { refund { id } }"
AMOUNT = {
    "type": "object",
    "properties": {"amount": {"type": "number", "maximum": 100}},
    "required": ["amount"],
}
DISPUTE = model(
    {"key": "start", "type": "startEvent"},
    call(
        "load",
        ORDER,
        output={"order": "result.order"},
    )
    | {"call": {"query": ORDER, "variables": {"id": "vars.id"}}},
    task("ask", form="amount"),
    {"key": "route", "type": "exclusiveGateway", "default": "s5"},
    task("approve"),
    call("refund", REFUND, output={"refund": "result.refund.id"}),
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "load"),
    flow("s2", "load", "ask"),
    flow("s3", "ask", "route"),
    flow("s4", "route", "approve", "vars.amount > 50.0 && !vars.order.buyer.vip"),
    flow("s5", "route", "refund"),
    flow("s6", "approve", "refund"),
    flow("s7", "refund", "end"),
    forms={"amount": {"schema": AMOUNT}},
)
RESOURCES: dict[str, Json] = {
    "Query.order": {"status": 3, "buyer": {"vip": False}},
    "refund": {"id": "r1"},
}


async def run(
    raw: object,
    *answers: object,
    resources: Mapping[str, Json] = RESOURCES,
    tested: Mapping[str, Any] | None = None,  # Any: parts of `Trial`
    **parts: Any,  # Any: parts of a scenario
) -> TrialRun:
    read, problems = read_model(raw)
    assert problems == []
    scenario = Scenario(answers=[answer_of(one) for one in answers], **parts)
    under = replace(Trial(model=read, now=NOW), **(tested or {}))
    return await run_scenario(under, scenario, MockedResources(mocks=resources))


def codes(of: TrialRun) -> list[str]:
    return [problem.code for problem in of.problems]


async def test_answers_lead_to_the_end_and_the_trace_says_how() -> None:
    tried = await run(DISPUTE, {"amount": 20}, variables={"id": "o1"})
    assert (tried.status, tried.problems, tried.open_tasks) == (InstanceStatus.COMPLETED, [], [])
    assert tried.variables["refund"] == "r1"
    assert [(step.element, *step.took) for step in tried.trace] == [
        ("start", "s1"),
        ("load", "s2"),
        ("ask", "s3"),
        ("route", "s5"),
        ("refund", "s7"),
        ("end",),
    ]
    assert tried.coverage == pytest.approx(11 / 14)


async def test_a_run_stops_where_answers_stop() -> None:
    tried = await run(DISPUTE, {"amount": 80}, variables={"id": "o1"})
    assert (tried.status, tried.open_tasks) == (InstanceStatus.RUNNING, ["approve"])


async def test_an_answer_that_the_form_refuses_is_told_with_its_place() -> None:
    tried = await run(DISPUTE, {"amount": 800}, {"approved": True}, variables={"id": "o1"})
    assert tried.open_tasks == ["ask"]
    assert [(problem.code, problem.path) for problem in tried.problems] == [
        ("VALUE_OUT_OF_RANGE", "ask/amount/amount"),
        ("FORM_INVALID", "answers/0"),
    ]


async def test_what_has_no_mock_is_told_and_nothing_is_called() -> None:
    tried = await run(DISPUTE, {"amount": 20}, variables={"id": "o1"}, resources={})
    assert codes(tried) == ["TASK_NOT_OPEN", "NOT_MOCKED", "NOT_MOCKED"]  # the task, the field, the incident
    assert tried.problems[1].path == "resources/Query.order"


async def test_a_mock_may_fail_and_then_succeed() -> None:
    failing: dict[str, Json] = {"$error": {"code": "UPSTREAM_TIMEOUT", "retryable": True}}
    flaky: Json = {"$sequence": [failing, failing, {"id": "r2"}]}
    tried = await run(
        DISPUTE, {"amount": 20}, variables={"id": "o1"}, resources={**RESOURCES, "refund": flaky}
    )
    assert (tried.status, tried.variables["refund"]) == (InstanceStatus.COMPLETED, "r2")


async def test_a_call_that_fails_for_good_is_an_incident() -> None:
    failing: Json = {"$error": {"code": "UPSTREAM_STATUS", "message": "gone"}}
    tried = await run(
        DISPUTE, {"amount": 20}, variables={"id": "o1"}, resources={**RESOURCES, "refund": failing}
    )
    assert [(problem.code, problem.path) for problem in tried.problems] == [("UPSTREAM_STATUS", "refund")]


ESCALATED = model(
    {"key": "start", "type": "startEvent"},
    task("ask"),
    {"key": "late", "type": "boundaryEvent", "attachedTo": "ask", "duration": "PT30M"},
    task("supervise"),
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "ask"),
    flow("s2", "ask", "end"),
    flow("s3", "late", "supervise"),
    flow("s4", "supervise", "end"),
)


async def test_time_jumps_to_the_timer_that_opens_the_task_that_is_named() -> None:
    tried = await run(ESCALATED, {"$task": "supervise"})
    assert tried.status is InstanceStatus.COMPLETED
    assert "late" in tried.passed


async def test_time_passes_as_far_as_an_answer_says() -> None:
    assert (await run(ESCALATED, {"$wait": "PT29M"})).open_tasks == ["ask"]
    assert (await run(ESCALATED, {"$wait": "PT30M"})).open_tasks == ["supervise"]


async def test_timers_that_all_else_waits_for_pass_by_themselves() -> None:
    pause = {"key": "pause", "type": "timerCatchEvent", "duration": "P7D"}
    tried = await run(chain(task("ask"), pause, task("tell")), {})
    assert tried.open_tasks == ["tell"]


async def test_timers_that_go_round_in_circles_end() -> None:
    round_ = model(
        {"key": "start", "type": "startEvent"},
        {"key": "pause", "type": "timerCatchEvent", "duration": "PT1S"},
        {"key": "route", "type": "exclusiveGateway", "default": "s3"},
        {"key": "end", "type": "endEvent"},
        flow("s1", "start", "pause"),
        flow("s2", "pause", "route"),
        flow("s3", "route", "pause"),
        flow("s4", "route", "end", "false"),
    )
    assert "TOO_MANY_TIMERS" in codes(await run(round_))


async def test_messages_are_answers_too() -> None:
    wait = {
        "key": "wait",
        "type": "messageCatchEvent",
        "message": "found",
        "output": {"place": "message.place"},
    }
    tried = await run(chain(wait, task("tell")), {"$message": "found", "place": "seat 4"})
    assert (tried.open_tasks, tried.variables) == (["tell"], {"place": "seat 4"})


async def test_called_flows_run_too_and_stand_in_the_trace() -> None:
    child, _ = read_model(chain(task("inspect")))
    deployment = Deployment(
        id=DeploymentId("child@1"),
        flow_key="child",
        version=1,
        unit="bikes",
        model=child,
        hash="",
        deployed_at=NOW,
        deployed_by="ann",
    )
    parent = chain(called("check", "child"), task("tell"))
    tried = await run(parent, {"lock": "broken"}, tested={"called": [deployment]})
    assert tried.open_tasks == ["tell"]
    assert tried.variables == {"lock": "broken"}
    assert [step.element for step in tried.trace][2:4] == ["check/start", "check/inspect"]
    assert codes(await run(parent)) == ["SUBFLOW_INVALID"]


async def test_what_is_expected_and_does_not_hold_is_told() -> None:
    expected = Expected(
        status=InstanceStatus.RUNNING,
        tasks=("approve",),
        variables={"refund": "r1", "amount": 21},
        passes=["approve", "refund"],
        avoids=["load"],
    )
    tried = await run(DISPUTE, {"amount": 20}, variables={"id": "o1"}, expected=expected)
    assert codes(tried) == ["STATUS_DIFFERS", "TASKS_DIFFER", "VARIABLE_DIFFERS", "NOT_PASSED", "PASSED"]
    assert "amount should be 21, and is 20" in tried.problems[2].message
    assert all(problem.severity is Severity.ERROR for problem in tried.problems)


async def test_a_task_that_is_not_open_is_told_with_those_that_are() -> None:
    tried = await run(DISPUTE, {"$task": "approve"}, variables={"id": "o1"})
    assert [(one.code, one.path) for one in tried.problems] == [("TASK_NOT_OPEN", "answers/0")]
    assert tried.problems[0].message == "the task 'approve' is not open; open are ask"


async def test_a_model_that_cannot_run_is_told() -> None:
    read, _ = read_model(chain({"key": "a", "type": "serviceTask", "output": {"x": "1 +"}}))
    tried = await run_scenario(Trial(model=read, now=NOW), Scenario(), MockedResources(mocks={}))
    assert (tried.status, codes(tried)) == (InstanceStatus.FAILED, ["FLOW_INVALID"])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "an answer is an object"),
        ({"$taks": "a"}, "did you mean"),
        ({"$wait": 3}, "is a text"),
        ({"$message": "m", "$correlation": 3}, "is an object of values"),
    ],
)
def test_what_is_no_answer_is_said(raw: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        answer_of(raw)
