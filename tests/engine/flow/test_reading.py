"""Reading and writing a model: everything wrong is told, nothing raises, what is written reads back."""

import copy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.fields import Fields
from engine.flow.json_bounds import MAX_DEPTH, MAX_VALUES
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    Element,
    ElementKey,
    Json,
    Loop,
    Read,
    ServiceTask,
    UserTask,
)
from engine.flow.reading import read_model
from engine.flow.reading_elements import READERS, Common, ElementReader
from engine.flow.writing import write_model
from engine.problem import Problem, Severity

Raw = dict[str, Any]  # JSON, of which these tests write wrong parts on purpose

EVERYTHING: Raw = {
    "elements": [
        {"key": "start", "type": "startEvent"},
        {"key": "s1", "type": "sequenceFlow", "source": "start", "target": "load"},
        {
            "key": "load",
            "type": "serviceTask",
            "name": "Load the order",
            "call": {
                "query": "query($id: ID!){ order(id:$id){ status } }",
                "variables": {"id": "vars.orderId"},
            },
            "output": {"order": "result.order"},
            "retry": {"maxRetries": 5, "backoffMs": 100},
            "compensate": {"query": "mutation { undo }"},
        },
        {
            "key": "late",
            "type": "boundaryEvent",
            "attachedTo": "load",
            "interrupting": False,
            "error": "*",
        },
        {"key": "s2", "type": "sequenceFlow", "source": "load", "target": "route"},
        {"key": "s9", "type": "sequenceFlow", "source": "late", "target": "end"},
        {
            "key": "route",
            "type": "exclusiveGateway",
            "default": "s4",
            "outgoing": ["s4", "s3"],
            "reads": {
                "refund": {"query": "{ refundPolicy { auto } }", "value": "result.refundPolicy"},
                "shop": {"query": "{ shop { open } }"},
            },
        },
        {"key": "s3", "type": "sequenceFlow", "source": "route", "target": "ask", "condition": "vars.a > 1"},
        {"key": "s4", "type": "sequenceFlow", "source": "route", "target": "fork", "name": "otherwise"},
        {
            "key": "ask",
            "type": "userTask",
            "form": "refundForm",
            "candidateRoles": ["agent"],
            "assignee": "vars.agent",
            "dueIn": "PT30M",
            "properties": {"shown": True, "nested": {"a": [None, 0]}},
        },
        {"key": "s5", "type": "sequenceFlow", "source": "ask", "target": "fork"},
        {"key": "fork", "type": "inclusiveGateway", "default": "s6", "pairsWith": "join"},
        {"key": "s6", "type": "sequenceFlow", "source": "fork", "target": "wait"},
        {"key": "wait", "type": "timerCatchEvent", "duration": "PT4H@service"},
        {"key": "s7", "type": "sequenceFlow", "source": "wait", "target": "hear"},
        {
            "key": "hear",
            "type": "messageCatchEvent",
            "message": "found",
            "correlation": {"order": "vars.orderId"},
            "output": {"where": "message.place"},
        },
        {"key": "s8", "type": "sequenceFlow", "source": "hear", "target": "join"},
        {"key": "join", "type": "inclusiveGateway", "pairsWith": "fork"},
        {"key": "s10", "type": "sequenceFlow", "source": "join", "target": "box"},
        {"key": "box", "type": "subProcess"},
        {"key": "inner", "type": "startEvent", "parent": "box"},
        {"key": "s11", "type": "sequenceFlow", "parent": "box", "source": "inner", "target": "out"},
        {"key": "out", "type": "endEvent", "parent": "box", "terminate": True},
        {"key": "s12", "type": "sequenceFlow", "source": "box", "target": "each"},
        {
            "key": "each",
            "type": "callActivity",
            "flow": "notify",
            "input": {"to": "person.name"},
            "output": "none",
            "binding": "latest",
            "over": "vars.people",
            "as": "person",
            "mode": "sequential",
            "collect": "answers",
            "until": "size(results) > 3",
        },
        {"key": "s13", "type": "sequenceFlow", "source": "each", "target": "end"},
        {"key": "end", "type": "endEvent"},
    ],
    "forms": {"refundForm": {"schema": {"type": "object"}, "ui": {"web": {"order": ["a"]}, "voice": {}}}},
    "variables": {"type": "object", "properties": {"orderId": {"type": "string"}}},
    "diagram": {"anything": [1, 2.5, "x", None]},
}


def small(*more: Raw, **top: Any) -> Raw:
    """start → end, and what a test adds."""
    return {
        "elements": [
            {"key": "start", "type": "startEvent"},
            {"key": "s1", "type": "sequenceFlow", "source": "start", "target": "end"},
            {"key": "end", "type": "endEvent"},
            *more,
        ],
        **top,
    }


def told(raw: object) -> list[tuple[str, str | None]]:
    """Code and path of the problems."""
    return [(problem.code, problem.path) for problem in read_model(raw)[1]]


def test_everything_a_model_may_have_is_read() -> None:
    model, problems = read_model(EVERYTHING)
    assert problems == []
    load = model.elements[ElementKey("load")]
    assert isinstance(load, ServiceTask)
    assert load.call is not None
    assert load.call.variables == {"id": "vars.orderId"}
    assert (load.retry.max_retries, load.retry.backoff_ms) == (5, 100)
    assert (load.incoming, load.outgoing) == (("s1",), ("s2",))
    ask = model.elements[ElementKey("ask")]
    assert isinstance(ask, UserTask)
    assert (ask.form, ask.candidate_roles, ask.due_in) == ("refundForm", ("agent",), "PT30M")
    late = model.elements[ElementKey("late")]
    assert isinstance(late, BoundaryEvent)
    assert (late.attached_to, late.interrupting, late.error) == ("load", False, "*")
    each = model.elements[ElementKey("each")]
    assert isinstance(each, CallActivity)
    loop = Loop(
        over="vars.people",
        item="person",
        sequential=True,
        collect="answers",
        until="size(results) > 3",
    )
    assert (each.loop, each.output, each.latest) == (loop, "none", True)
    assert each.input == {"to": "person.name"}
    route = model.elements[ElementKey("route")]
    assert isinstance(route.reads["shop"], Read)
    assert (route.reads["refund"].value, route.reads["shop"].value) == ("result.refundPolicy", "result")
    assert model.forms["refundForm"].ui == {"web": {"order": ["a"]}, "voice": {}}
    assert model.imported is False


def test_the_order_in_which_an_element_lists_its_flows_is_kept() -> None:
    model, _ = read_model(EVERYTHING)
    assert model.elements[ElementKey("route")].outgoing == ("s4", "s3")
    again, problems = read_model(write_model(model))
    assert (again, problems) == (model, [])


def test_what_is_written_leaves_out_what_is_usual() -> None:
    written = write_model(read_model(small())[0])
    assert written == small() | {"elements": [small()["elements"][index] for index in (0, 2, 1)]}


def test_all_problems_are_told_at_once() -> None:
    raw = small(
        {"key": "ask", "type": "usertask"},
        {"key": "load", "type": "serviceTask", "cal": {}, "retry": {"maxRetries": -1, "backoffMs": "1"}},
        {"key": "s2", "type": "sequenceFlow", "source": "ask", "target": "lod"},
        {"key": "end", "type": "endEvent"},
        {"type": "endEvent"},
        forms={"f": {"ui": 1}},
        elemnts=[],
    )
    assert told(raw) == [
        ("REQUIRED", "elements/7/key"),
        ("DUPLICATE_KEY", "end"),
        ("UNKNOWN_TYPE", "ask/type"),
        ("OUT_OF_RANGE", "load/retry/maxRetries"),
        ("WRONG_TYPE", "load/retry/backoffMs"),
        ("UNKNOWN_KEY", "load/cal"),
        ("UNKNOWN_REFERENCE", "s2/target"),
        ("REQUIRED", "forms/f/schema"),
        ("WRONG_TYPE", "forms/f/ui"),
        ("UNKNOWN_KEY", "elemnts"),
    ]


@pytest.mark.parametrize(
    ("wrong", "suggestion"),
    [
        ({"key": "ask", "type": "usertask"}, "Did you mean 'userTask'?"),
        ({"key": "ask", "type": "userTask", "candidateRole": ["a"]}, "Did you mean 'candidateRoles'?"),
        ({"key": "s2", "type": "sequenceFlow", "source": "strat", "target": "end"}, "Did you mean 'start'?"),
        ({"key": "c", "type": "callActivity", "flow": "f", "binding": "lates"}, "Did you mean 'latest'?"),
    ],
)
def test_a_misspelt_name_comes_with_the_right_one(wrong: Raw, suggestion: str) -> None:
    assert [problem.suggestion for problem in read_model(small(wrong))[1]] == [suggestion]


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"key": "a/b", "type": "endEvent"}, "KEY_INVALID", "elements/3"),
        ({"key": "x" * 201, "type": "endEvent"}, "KEY_INVALID", "elements/3"),
        ({"key": 7, "type": "endEvent"}, "WRONG_TYPE", "elements/3/key"),
        ({"key": "x"}, "REQUIRED", "x/type"),
        ({"key": "x", "type": ["endEvent"]}, "WRONG_TYPE", "x/type"),
        ({"key": "x", "type": "endEvent", "terminate": "yes"}, "WRONG_TYPE", "x/terminate"),
        ({"key": "x", "type": "userTask", "dueIn": " "}, "EMPTY_TEXT", "x/dueIn"),
        ({"key": "x", "type": "userTask", "candidateRoles": "a"}, "WRONG_TYPE", "x/candidateRoles"),
        ({"key": "x", "type": "userTask", "candidateRoles": ["a", "a"]}, "LISTED_TWICE", "x/candidateRoles"),
        ({"key": "x", "type": "serviceTask", "output": {"a": True}}, "WRONG_TYPE", "x/output/a"),
        ({"key": "x", "type": "serviceTask", "call": {"variables": {}}}, "REQUIRED", "x/call/query"),
        (
            {"key": "x", "type": "serviceTask", "reads": {"a-b": {"query": "{a}"}}},
            "NAME_INVALID",
            "x/reads/a-b",
        ),
        ({"key": "x", "type": "callActivity"}, "REQUIRED", "x/flow"),
        ({"key": "x", "type": "callActivity", "flow": "f", "input": "some"}, "UNKNOWN_VALUE", "x/input"),
        ({"key": "x", "type": "callActivity", "flow": "f", "collect": "c"}, "REQUIRED", "x/collect"),
        ({"key": "x", "type": "messageCatchEvent"}, "REQUIRED", "x/message"),
        ({"key": "x", "type": "boundaryEvent"}, "REQUIRED", "x/attachedTo"),
        ({"key": "s2", "type": "sequenceFlow", "target": "end"}, "REQUIRED", "s2/source"),
        (
            {"key": "s2", "type": "sequenceFlow", "source": "start", "target": "end", "parent": "box"},
            "LINK_MISMATCH",
            "s2/parent",
        ),
        ("x", "WRONG_TYPE", "elements/3"),
    ],
)
def test_a_wrong_part_is_named_with_its_place(wrong: Raw, code: str, path: str) -> None:
    assert told(small(wrong)) == [(code, path)]


def test_lists_of_flows_must_agree_with_the_flows() -> None:
    raw = small({"key": "s2", "type": "sequenceFlow", "source": "start", "target": "end"})
    raw["elements"][0]["outgoing"] = ["s2", "s9"]
    raw["elements"][2]["incoming"] = ["s2", "s1"]
    model, problems = read_model(raw)
    assert [(problem.code, problem.path, problem.severity) for problem in problems] == [
        ("UNKNOWN_REFERENCE", "start/outgoing", Severity.ERROR),
        ("LINK_MISMATCH", "start/outgoing", Severity.ERROR),
    ]
    assert model.elements[ElementKey("start")].outgoing == ("s2", "s1")
    assert model.elements[ElementKey("end")].incoming == ("s2", "s1")


def test_an_imported_model_is_repaired_with_warnings() -> None:
    raw = small({"key": "s2", "type": "sequenceFlow", "target": "end"}, origin={"format": "TURBO"})
    raw["elements"][2]["incoming"] = ["s2"]
    model, problems = read_model(raw)
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert [problem.path for problem in problems] == ["s2/source", "end/incoming", "end/incoming"]
    assert model.elements[ElementKey("end")].incoming == ("s1",)
    assert model.imported


def test_an_imported_flow_that_leads_nowhere_is_an_error() -> None:
    raw = small({"key": "s2", "type": "sequenceFlow", "source": "start"}, origin={"format": "TURBO"})
    assert [problem.severity for problem in read_model(raw)[1]] == [Severity.ERROR]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Element):
    """An element type of a plug-in."""

    question: str


def _survey(fields: Fields, common: Common) -> Survey:
    return Survey(**common, question=fields.required("question"))


def _asked(element: Element) -> dict[str, Json]:
    return {"question": element.question} if isinstance(element, Survey) else {}


def test_a_plug_in_adds_an_element_type() -> None:
    reader = ElementReader(name="survey", type=Survey, read=_survey, write=_asked)
    readers = {**READERS, reader.name: reader}
    model, problems = read_model(small({"key": "x", "type": "survey", "question": "How?"}), readers)
    assert problems == []
    assert read_model(write_model(model, readers), readers) == (model, [])


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "WRONG_TYPE"),
        ([], "WRONG_TYPE"),
        ("{}", "WRONG_TYPE"),
        ({}, "WRONG_TYPE"),
        ({"elements": {}}, "WRONG_TYPE"),
        (small(diagram=_nested(MAX_DEPTH)), "MODEL_TOO_DEEP"),
        (small(diagram=_nested(200_000)), "MODEL_TOO_DEEP"),
        (small(diagram=[0] * MAX_VALUES), "MODEL_TOO_LARGE"),
        (small(diagram="x" * 8_000_001), "MODEL_TOO_LARGE"),
        (small(diagram=float("nan")), "NOT_JSON"),
        (small(diagram=2**64), "NOT_JSON"),
        (small(diagram="\ud800"), "NOT_JSON"),
        (small(diagram=b"x"), "NOT_JSON"),
        (small(diagram={1: 2}), "NOT_JSON"),
    ],
    ids=range(14),
)
def test_hostile_input_is_a_problem_and_no_exception(raw: object, code: str) -> None:
    assert [problem[0] for problem in told(raw)] == [code]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "start", "s1", "end", "x", "userTask"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "type", "query", "source", "form", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> Raw:
    """A whole model with a few parts replaced, removed or added anywhere."""
    raw = copy.deepcopy(EVERYTHING)
    for _ in range(draw(st.integers(0, 4))):
        place: Any = raw
        for _ in range(draw(st.integers(0, 4))):
            parts = place.values() if isinstance(place, dict) else place
            inner = [part for part in parts if isinstance(part, (dict, list)) and part]
            if not inner:
                break
            place = draw(st.sampled_from(inner))
        name = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del place[name]
        elif action == "add" and isinstance(place, dict):
            place[draw(st.sampled_from(["key", "parent", "x", "default", "outgoing"]))] = draw(JSON)
        else:
            place[name] = draw(JSON)
    return raw


@given(damaged())
def test_whatever_is_read_is_whole_and_writing_it_is_stable(raw: Raw) -> None:
    before = copy.deepcopy(raw)
    model, problems = read_model(raw)
    assert raw == before
    for key, flow in model.flows.items():
        assert key in model.elements[flow.source].outgoing
        assert key in model.elements[flow.target].incoming
    written = write_model(model)
    again, _ = read_model(written)
    assert write_model(again) == written
    if not problems:
        assert again == model
    _are_sound(problems)


@given(JSON)
def test_no_json_raises(raw: object) -> None:
    model, problems = read_model(raw)
    assert problems
    assert not model.elements or isinstance(raw, dict)


def _are_sound(problems: list[Problem]) -> None:
    assert len(set(problems)) == len(problems)
    for problem in problems:
        assert problem.message
        assert problem.code.isupper()
