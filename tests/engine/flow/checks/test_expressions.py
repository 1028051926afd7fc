"""Expressions and operations: types, unknown variables, nulls, and what the resource graph says."""

from dataclasses import replace
from typing import Any

import pytest

from engine.expr import BOOL, INT, STRING, ExprType, ObjectType
from engine.flow.checks import CheckContext
from engine.flow.model import Call
from engine.flow.ports import CallType
from engine.problem import Problem
from tests.engine.flow.drawing import Raw, drawn, found

CLOSED = {
    "schema": {"type": "object", "properties": {"amount": {"type": "integer"}}, "additionalProperties": False}
}
NULLABLE = {"type": "object", "properties": {"n": {"type": ["integer", "null"]}, "m": {"type": "integer"}}}


def conditional(condition: str, task: Raw | None = None, **top: Any) -> Raw:
    elements = {"ask": {"type": "userTask", "default": "ask-end", **(task or {})}}
    return drawn(elements, "start > ask > end", f"ask > end : {condition}", **top)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("vars.amount >", "EXPR_SYNTAX"),
        ("amount > 1", "EXPR_UNKNOWN_NAME"),
        ("reads.order", "EXPR_UNKNOWN_NAME"),
        ("vars.amount + 1", "EXPR_TYPE"),
        ("vars.amount == 'x'", "EXPR_TYPE"),
    ],
)
def test_a_condition_parses_and_is_boolean(condition: str, code: str) -> None:
    raw = conditional(condition, {"form": "f"}, forms={"f": CLOSED})
    assert found(raw) == [(code, "ask-end-2/condition", "ERROR")]


def test_a_good_condition_has_no_problem() -> None:
    assert found(conditional("vars.amount > 1", {"form": "f"}, forms={"f": CLOSED})) == []


def test_an_unknown_variable_is_an_error_only_where_all_that_comes_in_is_declared() -> None:
    closed = conditional("vars.amuont > 1", {"form": "f"}, forms={"f": CLOSED}, variables={"type": "object"})
    assert found(closed) == [("UNKNOWN_VARIABLE", "ask-end-2/condition", "ERROR")]
    for missing in ("variables", "forms"):
        open_: Raw = {name: part for name, part in closed.items() if name != missing}
        if missing == "forms":
            del open_["elements"][1]["form"]
        assert found(open_) == [("UNKNOWN_VARIABLE", "ask-end-2/condition", "WARNING")]


def test_a_variable_that_is_asked_for_is_not_unknown() -> None:
    assert found(conditional("has(vars.any) && true")) == []


def test_outputs_are_known_variables() -> None:
    elements = {
        "work": {"type": "serviceTask", "output": {"a": "1"}},
        "hear": {"type": "messageCatchEvent", "message": "m", "output": {"b": "message.b"}},
        "call": {"type": "callActivity", "flow": "f", "output": {"c": "result.c"}},
        "each": {"type": "callActivity", "flow": "f", "over": "vars.c", "collect": "d"},
        "ask": {"type": "userTask", "default": "ask-end"},
    }
    lines = (
        "start > work > hear > call > each > ask > end",
        "ask > end : vars.a == 1 && vars.b && vars.d[0]",
    )
    assert found(drawn(elements, *lines)) == []


@pytest.mark.parametrize("condition", ["vars.n > 1", "1 < vars.n && vars.m == 1"])
def test_what_may_be_null_in_a_condition_is_a_warning(condition: str) -> None:
    raw = conditional(condition, variables=NULLABLE)
    assert found(raw) == [("NULL_IN_CONDITION", "ask-end-2/condition", "WARNING")]


@pytest.mark.parametrize("condition", ["vars.n == 1", "vars.n != null && vars.n > 1", "vars.m > 1"])
def test_a_condition_that_takes_null_into_account_is_none(condition: str) -> None:
    assert found(conditional(condition, variables=NULLABLE)) == []


def typed(name: str, **fields: ExprType) -> ExprType:
    return ObjectType(name, lambda: fields)


ORDER = CallType(
    mutation=False,
    variables={"id": STRING},
    result=typed("Query", order=typed("Order", open=BOOL, amount=INT)),
    uses=frozenset({"Query.order", "Order.open"}),
    nullable=frozenset({("order",), ("order", "amount")}),
)


def graph(described: CallType = ORDER) -> CheckContext:
    return CheckContext(describe=lambda call: described)


def reading(condition: str, variables: dict[str, str] | None = None, value: str = "result.order") -> Raw:
    read = {"query": "query($id: ID!) { order(id: $id) { open amount } }", "value": value}
    reads = {"order": {**read, "variables": variables or {"id": "vars.id"}}}
    start = {"type": "object", "properties": {"id": {"type": "string"}}}
    return conditional(condition, {"reads": reads}, variables=start)


def test_a_field_that_may_be_null_in_a_condition_is_a_warning() -> None:
    for condition, value in (("reads.order.open", "result.order"), ("reads.order", "result.order.open")):
        raw = reading(condition, value=value)
        assert found(raw, graph()) == [("NULL_IN_CONDITION", "ask-end-2/condition", "WARNING")]
    guarded = "reads.order != null && reads.order.amount != null && reads.order.amount > 1"
    assert found(reading(guarded), graph()) == []


def test_nullability_follows_an_output_into_a_later_condition() -> None:
    elements = {
        "load": {
            "type": "serviceTask",
            "call": {"query": "{ order { open } }"},
            "output": {"o": "result.order"},
        },
        "route": {"type": "exclusiveGateway", "default": "route-end"},
    }
    raw = drawn(elements, "start > load > route > end", "route > end : vars.o.open")
    assert found(raw, graph()) == [("NULL_IN_CONDITION", "route-end-2/condition", "WARNING")]
    assert found(raw) == []


def test_a_field_that_is_not_there_is_an_error() -> None:
    problems = found(reading("reads.order.opn"), graph())
    assert ("EXPR_UNKNOWN_NAME", "ask-end-2/condition", "ERROR") in problems


@pytest.mark.parametrize("place", ["assignee", "value", "variables"])
def test_an_expression_sees_only_what_is_there_when_it_is_asked(place: str) -> None:
    read: Raw = {"query": "{ a }"} | ({"value": "vars.id"} if place == "value" else {})
    read |= {"variables": {"x": "reads.a"}} if place == "variables" else {}
    task: Raw = {"reads": {"a": read}} | ({"assignee": "reads.a"} if place == "assignee" else {})
    raw = conditional("has(vars.id)", task, variables={"type": "object", "properties": {"id": {}}})
    assert [code for code, _, _ in found(raw)] == ["EXPR_UNKNOWN_NAME"]


def test_variables_of_an_operation_are_those_it_declares() -> None:
    raw = reading("reads.order != null", {"id": "1 + 1", "more": "vars.id"})
    assert found(raw, graph()) == [
        ("CALL_VARIABLE_UNKNOWN", "ask/reads/order/variables/more", "ERROR"),
        ("EXPR_TYPE", "ask/reads/order/variables/id", "ERROR"),
    ]


def test_problems_of_an_operation_stand_at_its_query() -> None:
    wrong = replace(ORDER, problems=(Problem(code="UNKNOWN_FIELD", message="there is no field"),))
    assert found(reading("reads.order != null"), graph(wrong)) == [
        ("UNKNOWN_FIELD", "ask/reads/order/query", "ERROR")
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ a", "CALL_SYNTAX"),
        ("{ a } query B { b }", "CALL_SYNTAX"),
        ("fragment F on A { b }", "CALL_SYNTAX"),
        ("{" * 3000, "CALL_SYNTAX"),
        ("{ a }" * 5000, "CALL_SYNTAX"),
        ("mutation { a }", "READ_CHANGES"),
    ],
)
def test_an_operation_that_cannot_be_read_with_is_an_error(query: str, code: str) -> None:
    raw = conditional("reads.a", {"reads": {"a": {"query": query}}})
    assert found(raw) == [(code, "ask/reads/a/query", "ERROR")]


def test_the_options_of_a_form_are_checked_with_the_other_calls() -> None:
    field = {"type": "string", "x-options": {"query": "mutation { a }", "path": "a"}}
    form = {"schema": {"type": "object", "properties": {"shop": field}}}
    problems = found(conditional("has(vars.a)", {"form": "f"}, forms={"f": form}))
    assert problems == [("READ_CHANGES", "ask/form/properties/shop/x-options/query", "ERROR")]


def test_each_call_is_described_once() -> None:
    asked: list[str] = []

    def describe(call: Call) -> CallType:
        asked.append(call.query)
        return ORDER

    found(reading("reads.order != null && reads.order.open"), CheckContext(describe=describe))
    assert len(asked) == 1


def test_forms_and_start_variables_are_valid_schemas() -> None:
    forms = {"f": {"schema": {"type": 3}}}
    raw = conditional("true", {"form": "f"}, forms=forms, variables={"type": "objekt"})
    assert set(found(raw)) == {
        ("FORM_SCHEMA_INVALID", "ask/form/type", "ERROR"),
        ("VARIABLES_SCHEMA_INVALID", "variables/type", "ERROR"),
    }


def test_a_form_nobody_uses_is_checked_where_it_stands() -> None:
    problems = found(conditional("true", forms={"f": {"schema": {"type": 3}}}))
    assert problems == [("FORM_SCHEMA_INVALID", "forms/f/type", "ERROR")]
