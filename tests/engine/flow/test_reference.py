"""The reference of a run itself, on cases that can be followed by hand."""

from typing import Any

import pytest

from tests.engine.flow.reference import CallBroke, Reference
from tests.engine.flow.reference_conditions import Refused, Values, evaluate


def model(kinds: dict[str, Any], *flows: str) -> dict[str, Any]:
    """`a>b`, `a>b ? condition` or `a>b !` for the default; keys beginning with a capital are gateways."""
    elements: list[dict[str, Any]] = [
        {"key": "start", "type": "startEvent"},
        {"key": "end", "type": "endEvent"},
    ]
    for key, kind in kinds.items():
        elements.append({"key": key, "type": kind} if isinstance(kind, str) else {"key": key, **kind})
    for text in flows:
        ends, _, condition = text.partition(" ? ")
        source, target = ends.removesuffix(" !").split(">")
        key = f"{source}_{target}"
        flow: dict[str, Any] = {"key": key, "type": "sequenceFlow", "source": source, "target": target}
        elements.append(flow | ({"condition": condition} if condition else {}))
        if ends.endswith(" !"):
            next(each for each in elements if each["key"] == source)["default"] = key
    return {"elements": elements}


def begun(definition: dict[str, Any], **variables: Any) -> Reference:
    run = Reference(definition, lambda element, values: {"by": element})
    run.start(variables)
    return run


FORK = model(
    {"F": "parallelGateway", "a": "userTask", "b": "userTask", "J": "parallelGateway", "c": "userTask"},
    *["start>F", "F>a", "F>b", "a>J", "b>J", "J>c", "c>end"],
)


def test_a_join_waits_for_both_branches() -> None:
    run = begun(FORK)
    assert run.open_tasks == ["a#1", "b#1"]
    assert run.commit("a#1", {"x": 1}) == ["b#1"]
    assert run.commit("b#1", {"x": 2}) == ["c#1"]
    assert run.commit("c#1", {}) == []
    assert (run.status, run.variables) == ("COMPLETED", {"x": 2})


def test_a_rollback_across_a_join_leaves_the_untouched_branch_waiting_there() -> None:
    run = begun(FORK, x=0)
    run.commit("a#1", {"x": 1})
    run.commit("b#1", {"y": 2})

    assert run.rollback("c#1", to="a#1") == ["a#2"]
    assert run.variables == {"x": 0, "y": 2}
    assert run.commit("a#2", {"x": 5}) == ["c#2"]
    assert run.rollback("c#2") == ["a#3"]


def test_a_rollback_in_one_branch_leaves_the_other_alone() -> None:
    two = model(
        {"F": "parallelGateway", "a": "userTask", "b": "userTask", "c": "userTask"},
        *["start>F", "F>a", "F>c", "a>b", "b>end", "c>end"],
    )
    run = begun(two)
    run.commit("a#1", {})
    run.commit("c#1", {"z": 1})
    assert run.rollback("b#1") == ["a#2"]
    assert run.variables == {"z": 1}


def test_the_first_task_has_nothing_before_it() -> None:
    with pytest.raises(Refused, match="ROLLBACK_IMPOSSIBLE"):
        begun(FORK).rollback("a#1")


INCLUSIVE = model(
    {"F": "inclusiveGateway", "a": "userTask", "b": "userTask", "c": "userTask", "J": "inclusiveGateway"},
    *["start>F", "F>a ? vars.x > 1", "F>b ? vars.x > 2", "F>c !", "a>J", "b>J", "c>J", "J>end"],
)


@pytest.mark.parametrize(("x", "tasks"), [(1, ["c#1"]), (2, ["a#1"]), (3, ["a#1", "b#1"])])
def test_an_inclusive_join_waits_for_the_branches_taken(x: int, tasks: list[str]) -> None:
    run = begun(INCLUSIVE, x=x)
    assert run.open_tasks == tasks
    for task in tasks:
        assert run.status == "RUNNING"
        run.commit(task, {})
    assert run.status == "COMPLETED"


CHOICE = model(
    {"a": "userTask", "b": "userTask", "pay": {"type": "serviceTask", "call": {"query": "mutation { pay }"}}},
    *["start>a", "a>b ? vars.go", "a>pay ? vars.pay", "b>end", "pay>b"],
)


def test_a_refused_step_changes_nothing() -> None:
    run = begun(CHOICE)
    for values, code in (({"go": False, "pay": False}, "NO_BRANCH_TAKEN"), ({}, "CONDITION_FAILED")):
        with pytest.raises(Refused, match=code):
            run.commit("a#1", values)
        assert (run.open_tasks, run.variables) == (["a#1"], {})


def test_repeats_with_and_without_a_key() -> None:
    run = begun(CHOICE)
    run.commit("a#1", {"go": True}, key="k")

    assert run.commit("a#1", {"go": True}, key="k") == ["b#1"]
    assert run.commit("a#1", {"go": True}) == ["b#1"]
    for values, by, key, code in (
        ({"go": False}, "owner", "k", "IDEMPOTENCY_KEY_REUSED"),
        ({"go": True}, "other", None, "TASK_NOT_OPEN"),
        ({"go": 1, "a": 2}, "owner", None, "TASK_NOT_OPEN"),
    ):
        with pytest.raises(Refused, match=code):
            run.commit("a#1", values, by=by, key=key)

    run.rollback("b#1")
    with pytest.raises(Refused, match="TASK_NOT_OPEN"):
        run.commit("a#1", {"go": True})


def test_a_repeat_is_answered_after_the_end_and_nothing_else_is() -> None:
    run = begun(CHOICE)
    run.commit("a#1", {"go": True})
    run.terminate()

    assert run.commit("a#1", {"go": True}) == []
    with pytest.raises(Refused, match="INSTANCE_NOT_RUNNING"):
        run.commit("b#1", {})
    with pytest.raises(Refused, match="INSTANCE_NOT_RUNNING"):
        run.terminate()


def test_an_effect_comes_before_a_fault_and_makes_it_an_incident() -> None:
    paying = model(
        {"pay": {"type": "serviceTask", "call": {"query": "mutation { pay }"}}, "X": "exclusiveGateway"},
        *["start>pay", "pay>X", "X>end ? vars.none"],
    )
    run = begun(paying)
    assert (run.status, run.incidents) == ("RUNNING", ["X#1"])


EVENTS = model(
    {
        "a": "userTask",
        "late": {"type": "boundaryEvent", "attachedTo": "a", "duration": "PT1H"},
        "beside": {"type": "boundaryEvent", "attachedTo": "a", "message": "m", "interrupting": False},
        "wait": {"type": "timerCatchEvent", "duration": "PT1H"},
        "b": "userTask",
        "c": "userTask",
    },
    *["start>a", "a>wait", "wait>b", "late>b", "beside>c", "b>end", "c>end"],
)


def test_a_boundary_event_takes_its_tasks_place_or_begins_beside_it() -> None:
    run = begun(EVENTS)
    assert run.awaited == ["late", "beside"]
    run.happen("beside")
    assert run.open_tasks == ["a#1", "c#1"]
    run.happen("late")
    assert (run.open_tasks, run.awaited) == (["b#1", "c#1"], [])


def test_a_catch_event_waits_until_it_happens_and_again_after_a_rollback() -> None:
    run = begun(EVENTS)
    assert run.commit("a#1", {}) == []
    run.happen("wait")
    assert run.open_tasks == ["b#1"]
    assert run.rollback("b#1") == ["a#2"]
    assert (run.commit("a#2", {}), run.awaited) == ([], ["wait"])


def test_what_failed_is_run_anew_by_a_retry() -> None:
    whole = {"pay": False}

    def answer(element: str, values: Values) -> object:
        if not whole[element]:
            raise CallBroke
        return {}

    run = Reference(CHOICE, answer)
    run.start({})
    run.commit("a#1", {"go": False, "pay": True})
    assert (run.open_tasks, run.incidents) == ([], ["pay#1"])
    assert run.retry("pay#1") == []
    whole["pay"] = True
    assert (run.retry("pay#1"), run.incidents) == (["b#1"], [])


SCOPE: Values = {"vars": {"a": 3, "b": None, "t": "x"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("vars.a > 2 && vars.t == 'x'", True),
        ("!(vars.a != 3) || vars.none", True),
        ("vars.none && false", False),
        ("has(vars.none)", False),
        ("vars.b == null", True),
        ("vars.a + 1", 4),
    ],
)
def test_conditions_are_read(text: str, value: object) -> None:
    assert evaluate(text, SCOPE) == value


@pytest.mark.parametrize("text", ["vars.none", "vars.none && true", "vars.a < 'x'", "open('x')"])
def test_a_condition_that_cannot_be_decided_fails(text: str) -> None:
    with pytest.raises(Refused, match="CONDITION_FAILED"):
        evaluate(text, SCOPE)
