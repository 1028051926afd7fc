"""The rules of the graph: ends, references, scopes, reachability, pairs, loops."""

from typing import Any

import pytest
from hypothesis import given

from engine.flow.checks import check_model
from engine.flow.reading import read_model
from tests.engine.flow.drawing import Raw, drawn, found
from tests.engine.flow.test_reading import EVERYTHING, damaged

TURBO = {"format": "TURBO"}
ANY_FORM = {"schema": {"type": "object"}}
TASK = {"type": "userTask"}


def test_a_whole_flow_has_no_problems() -> None:
    assert found(drawn({"ask": "userTask"}, "start > ask > end")) == []


def test_one_start_and_an_end_are_needed() -> None:
    raw = drawn({"ask": "userTask", "again": "startEvent"}, "start > ask > end", "again > ask")
    assert found(raw) == [("START_TWICE", "again", "ERROR")]
    raw["elements"] = [each for each in raw["elements"] if each["key"] in ("ask",)]
    assert found(raw)[:2] == [("START_MISSING", None, "ERROR"), ("END_MISSING", None, "ERROR")]


def test_each_sub_process_needs_its_own() -> None:
    raw = drawn({"box": "subProcess"}, "start > box > end")
    assert found(raw) == [("START_MISSING", "box", "ERROR"), ("END_MISSING", "box", "ERROR")]


def test_a_start_is_not_entered_and_an_end_not_left() -> None:
    raw = drawn({"ask": "userTask"}, "start > ask > end", "ask > start : vars.a", "end > ask")
    codes = [each for each in found(raw) if each[0] in ("START_ENTERED", "END_LEFT")]
    assert codes == [("START_ENTERED", "start/incoming", "WARNING"), ("END_LEFT", "end/outgoing", "WARNING")]


@pytest.mark.parametrize(
    ("element", "code", "path"),
    [
        (TASK | {"form": "nowhere"}, "UNKNOWN_REFERENCE", "x/form"),
        (TASK | {"default": "nowhere"}, "UNKNOWN_REFERENCE", "x/default"),
        (TASK | {"default": "start-x"}, "REFERENCE_WRONG", "x/default"),
        ({"type": "parallelGateway", "pairsWith": "nowhere"}, "UNKNOWN_REFERENCE", "x/pairsWith"),
        (TASK | {"parent": "start"}, "REFERENCE_WRONG", "x/parent"),
        (TASK | {"parent": "nowhere"}, "UNKNOWN_REFERENCE", "x/parent"),
    ],
)
def test_what_is_named_exists_and_is_of_the_right_kind(element: Raw, code: str, path: str) -> None:
    assert (code, path, "ERROR") in found(drawn({"x": element}, "start > x > end"))


def test_a_misspelt_form_is_suggested() -> None:
    raw = drawn({"ask": TASK | {"form": "refnd"}}, "start > ask > end", forms={"refund": ANY_FORM})
    assert found(raw) == [("UNKNOWN_REFERENCE", "ask/form", "ERROR")]


def test_sub_processes_do_not_lie_in_each_other() -> None:
    raw = drawn(
        {"a": {"type": "subProcess", "parent": "b"}, "b": {"type": "subProcess", "parent": "a"}},
        "start > end",
    )
    cycles = [each for each in found(raw) if each[0] == "PARENT_CYCLE"]
    assert cycles == [("PARENT_CYCLE", "a/parent", "ERROR"), ("PARENT_CYCLE", "b/parent", "ERROR")]


def test_sub_processes_nest_twenty_deep_at_most() -> None:
    boxes = {f"b{at}": {"type": "subProcess", **({"parent": f"b{at - 1}"} if at else {})} for at in range(22)}
    deep = [path for code, path, _ in found(drawn(boxes, "start > end")) if code == "SCOPE_TOO_DEEP"]
    assert deep == ["b20/parent", "b21/parent"]


def boxed(*lines: str, **inner: Any) -> Raw:
    inside = {"in": "startEvent", **inner, "out": "endEvent"}
    elements = {
        key: {**({"type": each} if isinstance(each, str) else each), "parent": "box"}
        for key, each in inside.items()
    }
    return drawn({"box": "subProcess", **elements}, "start > box > end", *lines)


def test_what_lies_in_a_sub_process_is_reached_through_it() -> None:
    assert found(boxed("in > ask > out", ask="userTask")) == []


def test_a_flow_does_not_cross_the_border_of_a_sub_process() -> None:
    raw = boxed("in > ask > out", "ask > end : vars.a", ask=TASK | {"default": "ask-out"})
    assert [each for each in found(raw) if each[0] == "SCOPE_CROSSED"] == [
        ("SCOPE_CROSSED", "ask-end", "ERROR")
    ]


def test_every_element_is_reached_and_leads_to_an_end() -> None:
    raw = drawn(
        {"ask": "userTask", "lost": "userTask", "last": "userTask"}, "start > ask > end", "lost > end"
    )
    raw["elements"][2]["default"] = "ask-end"
    raw = drawn(
        {
            "ask": TASK | {"default": "ask-end"},
            "lost": "userTask",
            "last": "userTask",
            "round": "userTask",
            "about": "userTask",
        },
        "start > ask > end",
        "lost > end",
        "ask > last : vars.a",
        "ask > round : vars.b",
        "round > about > round",
    )
    problems = [each for each in found(raw) if each[0] != "UNKNOWN_VARIABLE"]
    assert problems == [
        ("UNREACHABLE", "lost", "ERROR"),
        ("NO_WAY_OUT", "last", "ERROR"),
        ("NO_WAY_OUT", "round", "ERROR"),
    ]


def test_in_an_imported_model_reachability_is_a_warning() -> None:
    raw = drawn({"lost": "userTask"}, "start > end", "lost > end", origin=TURBO)
    assert found(raw) == [("UNREACHABLE", "lost", "WARNING")]


def block(kind: str, **more: Any) -> dict[str, Any]:
    return {"fork": {"type": kind, "pairsWith": "join"}, "join": {"type": kind, "pairsWith": "fork"}, **more}


@pytest.mark.parametrize("kind", ["parallelGateway"])
def test_a_block_whose_branches_meet_is_a_pair(kind: str) -> None:
    raw = drawn(block(kind, a="userTask", b="userTask"), "start > fork > a > join > end", "fork > b > join")
    assert found(raw) == []


def test_halves_must_agree() -> None:
    raw = drawn(
        block("parallelGateway", a="userTask"),
        "start > fork > a > join > end",
        "fork > join",
    )
    raw["elements"][2]["pairsWith"] = "join"
    assert found(raw) == [
        ("PAIR_MISMATCH", "fork/pairsWith", "ERROR"),
        ("PAIR_MISMATCH", "join/pairsWith", "ERROR"),
    ]


def test_a_branch_that_ends_before_the_join_breaks_the_pair() -> None:
    elements = block("parallelGateway", a="userTask", stop="endEvent")
    lines = ("start > fork > a > join > end", "fork > stop")
    assert found(drawn(elements, *lines)) == [("PAIR_BROKEN", "fork/pairsWith", "ERROR")]
    assert found(drawn(elements, *lines, origin=TURBO)) == [("PAIR_BROKEN", "fork/pairsWith", "WARNING")]
    elements["stop"] = {"type": "endEvent", "terminate": True}
    assert found(drawn(elements, *lines)) == []


def test_a_loop_waits_somewhere() -> None:
    elements = {"work": "serviceTask", "route": {"type": "exclusiveGateway", "default": "route-end"}}
    lines = ["start > work > route > end", "route > work : vars.again"]
    assert ("LOOP_WITHOUT_WAIT", "work", "ERROR") in found(drawn(elements, *lines))
    for waiting in ("userTask", {"type": "timerCatchEvent", "duration": "PT1M"}):
        lines[1:] = ["route > wait : vars.again", "wait > work"]
        codes = [each[0] for each in found(drawn({**elements, "wait": waiting}, *lines))]
        assert codes == ["UNKNOWN_VARIABLE"]


def test_a_loop_through_a_sub_process_waits_inside_it_or_nowhere() -> None:
    def looped(inner: str) -> Raw:
        raw = boxed("in > work > out", work=inner)
        raw["elements"] += drawn(
            {"route": {"type": "exclusiveGateway", "default": "route-end"}},
            "box > route > end",
            "route > box : vars.again",
        )["elements"][1:2]
        raw["elements"] = [each for each in raw["elements"] if each["key"] != "box-end"]
        raw["elements"] += drawn({}, "box > route > end", "route > box : vars.again")["elements"][2:]
        return raw

    assert ("LOOP_WITHOUT_WAIT", "box", "ERROR") in found(looped("serviceTask"))
    assert [each[0] for each in found(looped("userTask"))] == ["UNKNOWN_VARIABLE"]


def test_a_retry_by_an_error_event_is_a_loop_that_must_wait() -> None:
    elements = {
        "work": "serviceTask",
        "failed": {"type": "boundaryEvent", "attachedTo": "work", "error": "*"},
    }
    assert found(drawn(elements, "start > work > end", "failed > work")) == [
        ("LOOP_WITHOUT_WAIT", "work", "ERROR")
    ]


def test_a_model_beyond_what_is_checked_is_refused() -> None:
    raw = drawn({f"t{at}": "userTask" for at in range(1_001)}, "start > end")
    assert found(raw) == [("MODEL_TOO_LARGE", None, "ERROR")]


def test_problems_come_in_the_order_of_the_model() -> None:
    elements = {"b": TASK | {"dueIn": "soon"}, "a": {"type": "parallelGateway", "pairsWith": "x"}}
    raw = drawn(elements, "start > b > a > end : vars.")
    order = [each["key"] for each in raw["elements"]]
    places = [order.index((path or "").partition("/")[0]) for _, path, _ in found(raw)]
    assert len(places) > 4
    assert places == sorted(places)


def test_a_model_with_everything_has_no_errors() -> None:
    assert [each for each in found(EVERYTHING) if each[2] == "ERROR"] == []


@given(damaged())
def test_no_model_makes_a_check_raise(raw: Raw) -> None:
    model, problems = read_model(raw)
    checked = check_model(model)
    assert len(set(checked)) == len(checked)
    assert model.elements or problems
