"""Turbo's models: what they mean in ours, what is lost and said to be, and the way back."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.flow.checks import check_model
from engine.flow.formats import export_turbo, import_model
from engine.flow.formats.turbo import from_turbo
from engine.flow.model import CallActivity, ElementKey, ExclusiveGateway, FlowModel, InclusiveGateway
from engine.flow.reading import read_model
from engine.problem import Problem, Severity

Raw = dict[str, Any]  # JSON, of which these tests write wrong parts on purpose
MODELS = Path(__file__).parents[4].parent / "shared/data/turbo/models"
NAMES = (
    "FlowModelStr3",
    "InclusiveGatewayFlowModelStr",
    "LeaveFlowModelEntity",
    "ParallelFlowModel",
    "SpecialFlowModel",
)


def node(key: str, kind: int, into: str = "", out: str = "", **properties: Any) -> Raw:
    return {
        "key": key,
        "type": kind,
        "incoming": into.split(),
        "outgoing": out.split(),
        "properties": properties,
    }


def flow(key: str, source: str, target: str, condition: str = "", default: str = "false") -> Raw:
    properties = {"conditionsequenceflow": condition, "defaultConditions": default}
    return node(key, 1, source, target, **properties)


def model_of(*elements: Raw, **top: Any) -> Raw:
    return {"flowElementList": list(elements), **top}


def choice() -> list[Raw]:
    return [
        node("start", 2, "", "s1"),
        flow("s1", "start", "route"),
        node("route", 6, "s1", "s2 s3", hookInfoIds=""),
        flow("s2", "route", "ask", "n > 3"),
        flow("s3", "route", "end", default="true"),
        node("ask", 4, "s2", "s4", name="Ask", colour="red"),
        flow("s4", "ask", "end"),
        node("end", 3, "s3 s4"),
    ]


def told(problems: list[Problem]) -> list[tuple[str, str | None, str]]:
    return [(problem.code, problem.path, problem.severity.name) for problem in problems]


def back_and_forth(model: FlowModel, before: Sequence[Problem] = ()) -> FlowModel:
    exported = export_turbo(model)
    assert exported.json is not None, exported.problems
    again, problems = import_model("TURBO", exported.json)
    assert problems == list(before)
    return again


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("as_text", [False, True])
def test_the_models_of_the_engine_are_imported_and_exported(name: str, *, as_text: bool) -> None:
    if not MODELS.is_dir():
        pytest.skip("the models of the open-source engine are not beside this checkout")
    text = (MODELS / f"{name}.json").read_text()
    raw = json.loads(text)
    model, problems = import_model("TURBO", text if as_text else raw)
    assert problems == []
    assert model.imported
    assert len(model.elements) + len(model.flows) == len(raw["flowElementList"])
    assert [each for each in check_model(model) if each.severity is Severity.ERROR] == []
    assert back_and_forth(model) == model
    exported = export_turbo(model).json
    assert exported is not None
    elements = exported["flowElementList"]
    assert isinstance(elements, list)
    order = [element["key"] for element in raw["flowElementList"]]
    assert sorted(elements, key=lambda each: order.index(each["key"])) == raw["flowElementList"]  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue, reportOptionalSubscript] # JSON of objects


def test_elements_conditions_and_defaults_are_ours() -> None:
    model, problems = import_model("TURBO", model_of(*choice(), version=3))
    assert problems == []
    route = model.elements[ElementKey("route")]
    assert isinstance(route, ExclusiveGateway)
    assert (route.default, route.outgoing) == ("s3", ("s2", "s3"))
    assert model.flows[ElementKey("s2")].condition == "vars.n > 3"
    ask = model.elements[ElementKey("ask")]
    assert (ask.name, ask.properties) == ("Ask", {"colour": "red"})
    assert model.origin == {"format": "TURBO", "more": {"version": 3}}
    assert back_and_forth(model) == model


def test_the_source_is_left_as_it_is() -> None:
    raw = model_of(*choice())
    raw["flowElementList"][1]["incoming"] = []
    before = copy.deepcopy(raw)
    from_turbo(raw)
    assert raw == before


def test_a_changed_condition_is_exported_and_an_unchanged_one_keeps_its_text() -> None:
    elements = choice()
    elements[3]["properties"]["conditionsequenceflow"] = "${n.equals(3)}"
    imported = from_turbo(model_of(*elements)).json
    assert isinstance(imported, dict)
    changed: Raw = copy.deepcopy(imported)  # pyright: ignore[reportUnknownVariableType] # JSON
    by_key = {element["key"]: element for element in changed["elements"]}
    assert by_key["s2"]["condition"] == "vars.n == 3"
    assert _exported_condition(read_model(changed)[0]) == "${n.equals(3)}"
    by_key["s2"]["condition"] = 'vars.n != 3 && vars.text == "vars.n"'
    assert _exported_condition(read_model(changed)[0]) == 'n != 3 && text == "vars.n"'


def _exported_condition(model: FlowModel) -> object:
    exported: Any = export_turbo(model).json
    return next(each for each in exported["flowElementList"] if each["key"] == "s2")["properties"][
        "conditionsequenceflow"
    ]


def test_a_condition_that_has_no_equal_is_an_error_at_its_flow() -> None:
    elements = choice()
    elements[3]["properties"]["conditionsequenceflow"] = "list.contains(n)"
    _, problems = import_model("TURBO", model_of(*elements))
    assert told(problems) == [("CONDITION_UNTRANSLATABLE", "s2/condition", "ERROR")]


def test_two_defaults_are_an_error() -> None:
    elements = choice()
    elements[3]["properties"]["defaultConditions"] = "true"
    _, problems = import_model("TURBO", model_of(*elements))
    assert told(problems) == [("SECOND_DEFAULT", "route", "ERROR")]


def test_a_condition_that_turbo_does_not_ask_is_not_asked() -> None:
    elements = choice()
    elements[6]["properties"]["conditionsequenceflow"] = "n > 5"
    model, problems = import_model("TURBO", model_of(*elements))
    assert told(problems) == [("CONDITION_UNUSED", "s4/condition", "WARNING")]
    assert model.flows[ElementKey("s4")].condition is None
    assert back_and_forth(model, problems) == model


def test_more_than_one_way_out_where_turbo_takes_the_first_is_an_error() -> None:
    raw = model_of(
        node("start", 2, "", "s1 s2"),
        flow("s1", "start", "end"),
        flow("s2", "start", "end"),
        node("end", 3, "s1 s2"),
    )
    assert told(import_model("TURBO", raw)[1]) == [("SECOND_OUTGOING", "start/outgoing", "ERROR")]


def test_halves_of_a_block_are_paired() -> None:
    match = {"fork": "fork", "join": "join"}
    raw = model_of(
        node("start", 2, "", "s1"),
        flow("s1", "start", "fork"),
        node("fork", 10, "s1", "s2 s3", forkJoinMatch=match),
        flow("s2", "fork", "join", "a == 1"),
        flow("s3", "fork", "join", "a == 2"),
        node("join", 10, "s2 s3", "s4", forkJoinMatch=match),
        flow("s4", "join", "end"),
        node("end", 3, "s4"),
    )
    model, problems = import_model("TURBO", raw)
    assert problems == []
    fork, join = model.elements[ElementKey("fork")], model.elements[ElementKey("join")]
    assert isinstance(fork, InclusiveGateway)
    assert isinstance(join, InclusiveGateway)
    assert (fork.pairs_with, join.pairs_with) == ("join", "fork")
    assert back_and_forth(model) == model


def test_what_is_lost_is_a_warning_that_names_it() -> None:
    elements = choice()
    elements[2]["properties"] = {"branchMerge": "AnyOne", "dataMerge": "None", "hookInfoIds": "[1]"}
    model, problems = import_model("TURBO", model_of(*elements))
    assert told(problems) == [
        ("BRANCH_MERGE_LOST", "route/properties/branchMerge", "WARNING"),
        ("DATA_MERGE_LOST", "route/properties/dataMerge", "WARNING"),
        ("HOOKS_LOST", "route/properties/hookInfoIds", "WARNING"),
    ]
    exported: Any = export_turbo(model).json
    assert exported["flowElementList"][1]["properties"] == elements[2]["properties"]


@pytest.mark.parametrize("hooks", ["", "[]", None, []])
def test_no_hooks_are_nothing_to_lose(hooks: object) -> None:
    elements = choice()
    elements[2]["properties"] = {"branchMerge": "JoinAll", "dataMerge": "All", "hookInfoIds": hooks}
    assert import_model("TURBO", model_of(*elements))[1] == []


def _call(**properties: Any) -> Raw:
    return model_of(
        node("start", 2, "", "s1"),
        flow("s1", "start", "call"),
        node("call", 8, "s1", "s2", callActivityFlowModuleId="other", **properties),
        flow("s2", "call", "end"),
        node("end", 3, "s2"),
    )


def test_a_call_activity_passes_what_turbo_passes() -> None:
    into = [
        {"sourceType": "context", "sourceKey": "order", "targetKey": "id"},
        {"sourceType": "context", "sourceKey": "a b", "targetKey": "odd"},
        {"sourceType": "fixed", "sourceValue": 'say "x"', "targetKey": "said"},
    ]
    raw = _call(
        callActivityExecuteType="sync",
        callActivityInstanceType="single",
        callActivityInParamType="part",
        callActivityInParam=json.dumps(into),
        callActivityOutParamType="none",
    )
    model, problems = import_model("TURBO", raw)
    assert problems == []
    call = model.elements[ElementKey("call")]
    assert isinstance(call, CallActivity)
    assert (call.flow, call.output) == ("other", "none")
    assert call.input == {
        "id": "has(vars.order) ? vars.order : null",
        "odd": '"a b" in vars ? vars["a b"] : null',
        "said": '"say \\"x\\""',
    }
    assert back_and_forth(model) == model


def test_a_call_activity_passes_everything_unless_it_says_otherwise() -> None:
    model, problems = import_model("TURBO", _call())
    call = model.elements[ElementKey("call")]
    assert problems == []
    assert isinstance(call, CallActivity)
    assert (call.input, call.output) == ("full", "full")


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"callActivityInstanceType": "multiple"}, ("CALL_UNTRANSLATABLE", "call/over", "ERROR")),
        ({"callActivityInParamType": "some"}, ("CALL_UNTRANSLATABLE", "call/input", "ERROR")),
        (
            {"callActivityOutParamType": "part", "callActivityOutParam": "[{"},
            ("CALL_UNTRANSLATABLE", "call/output", "ERROR"),
        ),
        (
            {"callActivityExecuteType": "async"},
            ("ASYNC_LOST", "call/properties/callActivityExecuteType", "WARNING"),
        ),
    ],
)
def test_a_call_that_has_no_equal_is_told(properties: Raw, problem: tuple[str, str, str]) -> None:
    assert told(import_model("TURBO", _call(**properties))[1]) == [problem]


def test_references_that_do_not_mirror_each_other_are_read_as_turbo_follows_them() -> None:
    elements = choice()
    elements[1]["incoming"] = ["route"]  # turbo follows start's `outgoing`
    elements[4]["outgoing"] = ["end", "ask"]
    elements[7]["incoming"] = ["s4", "s9"]
    model, problems = import_model("TURBO", model_of(*elements))
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert [(code, path) for code, path, _ in told(problems)] == [
        ("LINK_MISMATCH", "s1/source"),
        ("LINK_MISMATCH", "s3/target"),
        ("UNKNOWN_REFERENCE", "end/incoming"),
    ]
    assert model.flows[ElementKey("s1")].source == "start"
    assert model.elements[ElementKey("end")].incoming == ("s4", "s3")
    assert back_and_forth(model) == model


def test_a_flow_that_nothing_leads_into_is_left_out_with_a_warning() -> None:
    model, problems = import_model("TURBO", model_of(*choice(), flow("s9", "gone", "end")))
    assert ("REQUIRED", "s9/source", "WARNING") in told(problems)
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert ElementKey("s9") not in model.flows


def test_a_type_that_ours_has_not_is_an_error() -> None:
    _, problems = import_model("TURBO", model_of(*choice(), node("x", 5), node("y", 0) | {"type": "2"}))
    assert told(problems) == [("UNKNOWN_TYPE", "x/type", "ERROR"), ("UNKNOWN_TYPE", "y/type", "ERROR")]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "{",
        "[" * 5000,
        [],
        {},
        {"flowElementList": {}},
        {"flowElementList": [None]},
        {"flowElementList": [{"key": ["a"], "type": {}, "incoming": 1, "outgoing": [[]], "properties": 3}]},
        {
            "flowElementList": [
                {"type": 1},
                {"key": "a", "type": 1, "properties": {"conditionsequenceflow": 1}},
            ]
        },
        {"flowElementList": [node("a", 8), node("a", 10, forkJoinMatch=[1]), node("b", 9, forkJoinMatch=1)]},
    ],
)
def test_hostile_input_is_a_problem_and_no_exception(raw: object) -> None:
    assert import_model("TURBO", raw)[1]
