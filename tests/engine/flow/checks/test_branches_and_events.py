"""Choices always find a way; events wait for one thing; boundary events guard what waits or fails."""

import pytest

from engine.flow.checks import CheckContext, check_model
from engine.flow.reading import read_model
from tests.engine.flow.drawing import Raw, drawn, found

DECLARED = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}}


def choosing(*conditions: str, kind: str = "exclusiveGateway", default: str | None = None) -> Raw:
    elements = {"route": {"type": kind, **({"default": default} if default else {})}}
    lines = [f"route > end : {condition}" if condition else "route > end" for condition in conditions]
    return drawn(elements, "start > route", *lines, variables=DECLARED)


@pytest.mark.parametrize("kind", ["exclusiveGateway", "inclusiveGateway", "userTask"])
def test_every_way_out_of_a_choice_has_a_condition_or_is_the_default(kind: str) -> None:
    assert ("CONDITION_MISSING", "route-end-2", "ERROR") in found(choosing("vars.b", "", kind=kind))
    assert found(choosing("vars.b", "", kind=kind, default="route-end-2")) == []


@pytest.mark.parametrize(
    "conditions",
    [
        ("vars.a > 1", "vars.a <= 1"),
        ("vars.a == 1", "1 != vars.a"),
        ("vars.a < 1", "vars.a==2", "1 <= vars.a"),
        ("vars.b", "!vars.b"),
        ("!(vars.a == 1)", "vars.a == 1"),
        ("vars.a == 1", "true"),
    ],
)
def test_conditions_of_which_one_always_holds_need_no_default(conditions: tuple[str, ...]) -> None:
    assert found(choosing(*conditions)) == []


@pytest.mark.parametrize(
    "conditions", [("vars.a > 1", "vars.a < 1"), ("vars.b",), ("vars.a == 1", "vars.a != 2")]
)
def test_conditions_of_which_perhaps_none_holds_want_a_default(conditions: tuple[str, ...]) -> None:
    assert found(choosing(*conditions)) == [("NO_DEFAULT", "route", "WARNING")]


def test_a_condition_nobody_asks_is_told() -> None:
    raw = choosing("vars.b", "vars.a > 1", default="route-end-2")
    assert found(raw) == [("CONDITION_UNUSED", "route-end-2/condition", "WARNING")]
    raw = choosing("vars.b", "!vars.b", kind="parallelGateway")
    assert [each[0] for each in found(raw)] == ["CONDITION_UNUSED", "CONDITION_UNUSED"]


@pytest.mark.parametrize(
    ("element", "code", "path"),
    [
        ({"type": "timerCatchEvent"}, "TRIGGER_AMBIGUOUS", "x"),
        ({"type": "timerCatchEvent", "duration": "PT1M", "until": "vars.t"}, "TRIGGER_AMBIGUOUS", "x"),
        ({"type": "timerCatchEvent", "duration": "soon"}, "DURATION_INVALID", "x/duration"),
        ({"type": "userTask", "dueIn": "30m"}, "DURATION_INVALID", "x/dueIn"),
    ],
)
def test_an_event_waits_for_one_thing_that_can_be_read(element: Raw, code: str, path: str) -> None:
    problems = [
        each for each in found(drawn({"x": element}, "start > x > end")) if each[0] != "UNKNOWN_VARIABLE"
    ]
    assert problems == [(code, path, "ERROR")]


def test_a_calendar_that_the_settings_do_not_have_is_an_error() -> None:
    raw = drawn({"x": {"type": "userTask", "dueIn": "PT4H@servce"}}, "start > x > end")
    model, _ = read_model(raw)
    [problem] = check_model(model, CheckContext(calendars=["service"]))
    assert (problem.code, problem.path) == ("CALENDAR_UNKNOWN", "x/dueIn")
    assert problem.suggestion == "Did you mean 'service'?"
    known = drawn({"x": {"type": "userTask", "dueIn": "PT4H@service"}}, "start > x > end")
    assert check_model(read_model(known)[0], CheckContext(calendars=["service"])) == []


def guarded(event: Raw, host: str = "serviceTask", *lines: str) -> list[tuple[str, str | None, str]]:
    attached = {"type": "boundaryEvent", "attachedTo": "host", **event}
    return found(drawn({"host": host, "x": attached}, "start > host > end", "x > end", *lines))


@pytest.mark.parametrize("event", [{"error": "*"}, {"duration": "PT4H@service"}, {"message": "found"}])
def test_a_boundary_event_guards_a_task(event: Raw) -> None:
    assert guarded(event) == []


@pytest.mark.parametrize(
    ("event", "host", "code", "path"),
    [
        ({}, "serviceTask", "TRIGGER_AMBIGUOUS", "x"),
        ({"error": "*", "message": "m"}, "serviceTask", "TRIGGER_AMBIGUOUS", "x"),
        ({"error": "*", "output": {"a": "message"}}, "serviceTask", "MESSAGE_MISSING", "x"),
        ({"duration": "1 day"}, "userTask", "DURATION_INVALID", "x/duration"),
        ({"duration": "P1D"}, "parallelGateway", "BOUNDARY_HOST", "x/attachedTo"),
        ({"error": "*"}, "userTask", "BOUNDARY_HOST", "x/attachedTo"),
        ({"error": "*", "attachedTo": "hos"}, "serviceTask", "UNKNOWN_REFERENCE", "x/attachedTo"),
    ],
)
def test_a_boundary_event_that_cannot_happen_is_an_error(event: Raw, host: str, code: str, path: str) -> None:
    assert (code, path, "ERROR") in guarded(event, host)


def test_no_flow_leads_into_a_boundary_event() -> None:
    assert ("BOUNDARY_ENTERED", "x/incoming", "ERROR") in guarded(
        {"message": "m"}, "userTask", "host > x : true"
    )
