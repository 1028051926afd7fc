"""Values against a form: every problem at its field, in words, and nothing of the values in them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.forms import Choice, compile_form, phrases, validate, words
from engine.flow.forms.judging import carried_over, emptied
from engine.flow.model import FormModel, Json, JsonObject

REFUND: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["reason", "amount"],
    "properties": {
        "reason": {"title": "Reason", "enum": ["broken", "late", "other"]},
        "amount": {"title": "Amount", "type": "number", "minimum": 1, "maximum": 500},
        "note": {"title": "Note", "type": "string", "minLength": 5, "maxLength": 50},
        "phone": {"type": "string", "pattern": "^1[0-9]{10}$", "examples": ["13800138000"]},
        "when": {"title": "Day", "type": "string", "format": "date"},
        "address": {"$ref": "#/$defs/address"},
        "items": {"title": "Items", "type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/item"}},
    },
    "if": {"properties": {"reason": {"const": "other"}}, "required": ["reason"]},
    "then": {"required": ["note"]},
    "$defs": {
        "address": {
            "type": "object",
            "title": "Address",
            "required": ["city"],
            "properties": {"city": {"title": "City", "type": "string"}, "street": {"type": "string"}},
        },
        "item": {"type": "object", "properties": {"sku": {"title": "SKU", "type": "string"}}},
    },
}
FORM = compile_form(FormModel(key="refund", schema=REFUND))
FINE: dict[str, Json] = {"reason": "late", "amount": 20}


def said(values: dict[str, Json], **also: Json) -> list[tuple[str, str | None, str]]:
    found = validate(FORM, {**values, **also}, at="ask/form")
    return [(problem.code, problem.path, problem.message) for problem in found]


def test_values_that_fit_have_no_problem() -> None:
    assert said(FINE) == []


@pytest.mark.parametrize(
    ("also", "code", "path", "message"),
    [
        ({"amount": "x"}, "VALUE_TYPE", "amount", "Amount must be a number."),
        ({"amount": 0}, "VALUE_OUT_OF_RANGE", "amount", "Amount must be at least 1."),
        ({"amount": 501}, "VALUE_OUT_OF_RANGE", "amount", "Amount must be at most 500."),
        ({"amount": None}, "VALUE_TYPE", "amount", "Amount must be a number."),
        ({"reason": "lost"}, "VALUE_NOT_ALLOWED", "reason", "Reason must be one of: broken, late, other."),
        ({"note": "no"}, "VALUE_LENGTH", "note", "Note must have at least 5 characters."),
        ({"when": "May"}, "VALUE_FORMAT", "when", "Day must be a date, such as 2026-10-01."),
        (
            {"phone": "911"},
            "VALUE_PATTERN",
            "phone",
            "phone does not have the form asked for, such as 13800138000.",
        ),
        ({"address": {}}, "VALUE_MISSING", "address/city", "City is missing: give a value."),
        ({"address": {"city": 1}}, "VALUE_TYPE", "address/city", "City must be a text."),
        ({"items": [{"sku": "a"}, {"sku": 2}]}, "VALUE_TYPE", "items/1/sku", "SKU must be a text."),
        ({"items": ["a"]}, "VALUE_TYPE", "items/0", "Items 1 must be an object."),
        ({"items": [{}] * 4}, "VALUE_LENGTH", "items", "Items must have at most 3 entries."),
        ({"reason": "other"}, "VALUE_MISSING", "note", "Note is missing: give a value."),
        (
            {"amuont": 1},
            "VALUE_UNKNOWN_FIELD",
            "amuont",
            "There is no field 'amuont' here: did you mean amount?",
        ),
    ],
)
def test_a_problem_says_what_and_where(also: dict[str, Json], code: str, path: str, message: str) -> None:
    assert said(FINE, **also) == [(code, f"ask/form/{path}", message)]


def test_all_problems_are_reported_at_once() -> None:
    assert [path for _, path, _ in said({"amount": 0, "note": "no"})] == [
        "ask/form/reason",
        "ask/form/amount",
        "ask/form/note",
    ]


def test_a_near_choice_is_suggested() -> None:
    (problem,) = validate(FORM, {**FINE, "reason": "Brokn"}, at="ask/form")
    assert problem.suggestion == "broken"


def test_one_of_several_fields_may_be_demanded() -> None:
    contact: dict[str, Json] = {
        "properties": {"phone": {"title": "Phone"}, "email": {"title": "E-mail"}},
        "anyOf": [{"required": ["phone"]}, {"required": ["email"]}],
    }
    form = compile_form(FormModel(key="contact", schema=contact))

    (problem,) = validate(form, {}, at="a/form")

    assert (problem.code, problem.path) == ("VALUE_MISSING", "a/form/phone")
    assert problem.message == "Give at least one of: Phone, E-mail."
    assert validate(form, {"email": "a@b.c"}, at="a/form") == []


def test_a_sentence_of_the_form_itself_is_used() -> None:
    schema: dict[str, Json] = {
        "properties": {"pin": {"pattern": "^[0-9]{4}$", "x-message": "Four digits, please."}}
    }
    (problem,) = validate(compile_form(FormModel(key="f", schema=schema)), {"pin": "12"}, at="a/form")
    assert problem.message == "Four digits, please."


def test_a_partial_commit_is_judged_by_the_given_fields_only() -> None:
    assert validate(FORM, {"amount": 20}, at="ask/form", partial=True) == []
    assert validate(FORM, {"reason": "other"}, at="ask/form", partial=True) == []


@pytest.mark.parametrize("given", [{"amount": 0}, {"amuont": 20}, {"address": {}}, {"items": [{"sku": 2}]}])
def test_a_partial_commit_with_a_wrong_field_is_refused(given: dict[str, Json]) -> None:
    (problem,) = validate(FORM, given, at="ask/form", partial=True)
    assert (problem.path or "").startswith(f"ask/form/{next(iter(given))}")


def test_a_field_kept_before_is_no_problem_of_a_partial_commit() -> None:
    assert validate(FORM, {"amount": 20}, at="ask/form", kept={"note": "no"}, partial=True) == []


def test_a_commit_is_judged_with_what_was_kept() -> None:
    assert validate(FORM, {"amount": 20}, at="ask/form", kept={"reason": "late"}) == []
    (problem,) = validate(FORM, {"amount": 20}, at="ask/form", kept={"reason": "other"})
    assert problem.path == "ask/form/note"


def test_a_rule_between_fields_holds_for_a_given_one() -> None:
    schema: dict[str, Json] = {
        "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}},
        "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        "then": {"properties": {"size": {"maximum": 3}}},
    }
    form = compile_form(FormModel(key="f", schema=schema))
    assert validate(form, {"size": 9}, at="t/form", partial=True) == []
    (problem,) = validate(form, {"size": 9}, at="t/form", kept={"kind": "a"}, partial=True)
    assert problem.path == "t/form/size"


def test_a_choice_of_resources_is_held_to_what_was_offered() -> None:
    schema: dict[str, Json] = {
        "properties": {"order": {"title": "Order", "x-options": {"query": "q", "path": "o"}}}
    }
    form = compile_form(FormModel(key="f", schema=schema))
    options = {"order": [Choice("o1", "First"), Choice("o2", "Second")]}

    assert validate(form, {"order": "o2"}, at="t/form", options=options) == []
    (problem,) = validate(form, {"order": "o9"}, at="t/form", options=options)
    assert (problem.code, problem.path) == ("VALUE_NOT_ALLOWED", "t/form/order")
    assert problem.message == "Order must be one of those offered: choose again."


@pytest.mark.parametrize(
    "values",
    [
        {"note": "x" * 100_001},
        {"items": [{}] * 20_000},
        {"note": json.loads("[" * 40 + "]" * 40)},
        {"note": ["x" * 90_000] * 12},
    ],
)
def test_values_too_large_are_refused_before_they_are_looked_at(values: dict[str, Json]) -> None:
    (problem,) = validate(FORM, values, at="ask/form")
    assert (problem.code, problem.path) == ("VALUE_TOO_LARGE", "ask/form")


@pytest.mark.parametrize("keyword", ["anyOf", "allOf", "oneOf"])
def test_where_very_much_may_be_wrong_the_first_fault_is_told(keyword: str) -> None:
    branches: list[Json] = [{"type": "string"}] * 900
    form = compile_form(FormModel(key="f", schema={"properties": {"l": {"items": {keyword: branches}}}}))

    (problem,) = validate(form, {"l": [*range(1900)]}, at="t/form")

    assert (problem.path or "").startswith("t/form/l/")


def test_a_text_that_is_no_text_is_a_problem_and_no_crash() -> None:
    (problem,) = validate(FORM, {"note": "\ud800"}, at="ask/form")
    assert problem.code == "VALUE_INVALID"


def test_a_name_with_a_slash_is_one_segment_of_the_path() -> None:
    form = compile_form(FormModel(key="f", schema={"properties": {"a/b~": {"type": "string"}}}))
    (problem,) = validate(form, {"a/b~": 1}, at="t/form")
    assert problem.path == "t/form/a~1b~0"
    assert len(validate(form, {"a/b~": 1}, at="t/form", partial=True)) == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just("hunter2 secret"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


NAMES = ["reason", "amount", "note", "phone", "when", "address", "items", "other"]


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_no_values_crash_it_and_none_is_repeated_in_a_sentence(values: dict[str, Json]) -> None:
    for problem in validate(FORM, values, at="ask/form"):
        assert (problem.path or "").startswith("ask/form")
        assert "hunter2" not in problem.message
        assert problem.message.endswith((".", "?"))


APPROVAL: dict[str, Json] = {
    "type": "object",
    "unevaluatedProperties": False,
    "properties": {"approved": {"type": "boolean"}, "note": {"type": "string"}},
    "if": {"required": ["approved"], "properties": {"approved": {"const": False}}},
    "then": {"required": ["because"], "properties": {"because": {"type": "string"}}},
}


def test_a_kept_value_whose_field_is_hidden_by_now_is_not_carried_over() -> None:
    form = compile_form(FormModel(key="approve", schema=APPROVAL))
    kept: dict[str, Json] = {"approved": False, "because": "too much", "note": "called twice"}
    assert carried_over(form, kept, {"approved": True}) == {"note": "called twice"}
    assert carried_over(form, kept, {"note": "thrice"}) == {"approved": False, "because": "too much"}


def test_a_field_that_other_values_would_show_is_not_suggested_in_its_own_place() -> None:
    form = compile_form(FormModel(key="approve", schema=APPROVAL))
    [problem] = validate(form, {"approved": True, "because": "too much"}, at="approve/approve")
    assert (problem.code, problem.suggestion) == ("VALUE_UNKNOWN_FIELD", None)
    assert "leave it out" in problem.message


def test_problems_are_told_in_the_language_of_the_asker() -> None:
    form = compile_form(
        FormModel(
            key="form",
            schema={
                "type": "object",
                "required": ["fault"],
                "properties": {
                    "fault": {"title": "Fault", "x-i18n": {"zh": {"title": "故障"}}},
                    "cents": {"type": "integer", "maximum": 5},
                    "kind": {"enum": ["a", "b"], "x-i18n": {"zh": {"x-labels": {"a": "甲"}}}},
                },
            },
        )
    )
    given: JsonObject = {"cents": 9, "kind": "c"}
    said = {problem.path: problem.message for problem in validate(form, given, at="t", language="zh")}
    assert said == {
        "t/fault": "缺少故障：请填写。",
        "t/cents": "cents不能大于 5。",
        "t/kind": "kind必须是以下之一：甲、b。",
    }
    assert "Fault is missing: give a value." in {one.message for one in validate(form, given, at="t")}


FACT = re.compile(r"{\w+}")


def test_every_word_of_ours_is_there_in_every_language() -> None:
    for tables in (words.OURS, phrases.PHRASES):
        english = tables["en"]
        for table in tables.values():
            assert table.keys() == english.keys()
            for word, text in table.items():
                assert sorted(FACT.findall(text)) == sorted(FACT.findall(english[word]))


FILLED = compile_form(
    FormModel(
        key="form",
        schema={
            "type": "object",
            "properties": {
                "note": {"type": "string"},
                "extra": {"type": ["string", "null"]},
                "level": {"type": "integer", "default": 3},
                "any": {},
            },
        },
    )
)


def test_null_empties_a_field_that_shows_a_value_and_takes_no_null() -> None:
    kept: JsonObject = {"note": "a", "extra": "b", "any": 1}
    given: JsonObject = {"note": None, "extra": None, "level": None, "any": None}
    assert emptied(FILLED, kept, given) == ({"extra": "b", "any": 1}, {"extra": None, "any": None})


def test_null_for_a_field_that_shows_no_value_stays_and_is_wrong() -> None:
    assert emptied(FILLED, {}, {"note": None}) == ({}, {"note": None})
    assert [one.code for one in validate(FILLED, {"note": None}, at="t")] == ["VALUE_TYPE"]
