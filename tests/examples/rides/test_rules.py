"""The demo's match rules: their articles, flows, values and queries exist, and their expressions compile."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, coerce_input_value, is_input_type, parse, validate

from engine.expr import ANY, compile_expression
from examples.rides.library import CATEGORIES, KNOWLEDGE_UNIT, read_articles, read_rules
from examples.rides.rows import OrderState, Rows
from examples.rides.showcase import FLOW_PAGES, read_model, read_modules
from tests.merged_sdl import merge_modules

ROOT = Path(__file__).parents[3]
CHANNELS = {"app", "web", "hotline", "im", "bot"}
DIMENSIONS = {"city", "product", "orderStatus", "orderAmount", "region", "channel", "userLevel"}
KNOWN = {*DIMENSIONS, "orderId", "bikeId"}  # what an expression may ask of `dims`


@pytest.fixture(scope="module")
def graph() -> GraphQLSchema:
    return merge_modules(module.sdl for module in read_modules())


def _rules() -> Iterator[Mapping[str, Any]]:
    yield from read_rules()


def _conditions() -> Iterator[Mapping[str, Any]]:
    for rule in _rules():
        yield from rule["questions"]


def _reads() -> Iterator[Mapping[str, Any]]:
    for condition in _conditions():
        yield from condition.get("reads", {}).values()


def _asked(name: str) -> list[object]:
    return [condition["dimensions"][name] for condition in _conditions() if name in _dimensions(condition)]


def _dimensions(condition: Mapping[str, Any]) -> Mapping[str, Any]:
    return condition.get("dimensions", {})


def _values(asked: list[object]) -> set[object]:
    return {value for one in asked for value in (one if isinstance(one, list) else [one])}


def test_there_are_thirty_rules_of_names_of_their_own_in_the_unit_of_the_articles() -> None:
    rules = list(_rules())
    assert len(rules) >= 30
    for unique in ("id", "name"):
        assert len({rule[unique] for rule in rules}) == len(rules)
    assert {rule["unit"] for rule in _rules()} == {KNOWLEDGE_UNIT}


def test_every_rule_is_one_by_the_contract() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    type_ = schema.type_map["MatchRuleInput"]
    assert is_input_type(type_)
    for rule in _rules():
        coerce_input_value(rule, type_)  # raises where a field is unknown, missing or of another type


def test_every_answer_is_an_article_a_flow_or_a_text_that_exists() -> None:
    articles = {json.loads(line)["id"] for name in CATEGORIES for line in read_articles(name).splitlines()}
    answers = [answer for rule in _rules() for answer in rule["answers"]]
    assert {answer["articleId"] for answer in answers if "articleId" in answer} <= articles
    assert {answer["flowKey"] for answer in answers if "flowKey" in answer} == set(FLOW_PAGES)
    assert all(len({"articleId", "flowKey", "text"} & set(answer)) == 1 for answer in answers)


def test_rules_ask_about_every_dimension_in_values_of_the_rows(rows: Rows) -> None:
    assert {name for condition in _conditions() for name in _dimensions(condition)} == DIMENSIONS
    assert _values(_asked("city")) == {bike.place.city for bike in rows.bikes}
    assert _values(_asked("product")) == {"bike", "car"}
    assert _values(_asked("orderStatus")) <= {state.name for state in OrderState}
    assert _values(_asked("userLevel")) == {user.level.upper() for user in rows.users}
    assert _values(_asked("channel")) <= CHANNELS
    assert {frozenset(span) for span in _asked("orderAmount") if isinstance(span, dict)} >= {
        frozenset({"gt"}),
        frozenset({"gt", "lte"}),
    }
    assert {"under": "cn/south/guangzhou"} in _asked("region")
    assert {"under": "cn/south"} in _asked("region"), "a region holds for all below it"


def test_texts_are_in_chinese_and_english() -> None:
    for condition in _conditions():
        texts: list[str] = condition.get("texts", [])
        assert texts, "what somebody says leads to a rule of the demo"
        assert any(text.isascii() for text in texts)
        assert any(not text.isascii() for text in texts)


def test_queries_fit_the_graph(graph: GraphQLSchema) -> None:
    reads = list(_reads())
    assert len(reads) >= 10
    for read in reads:
        assert validate(graph, parse(read["query"])) == []


def test_expressions_compile_and_ask_for_dimensions_that_callers_give() -> None:
    dims, both = {"dims": ANY}, {"dims": ANY, "reads": ANY}
    for read in _reads():
        compile_expression(read["value"], {"result": ANY})
        for source in read["variables"].values():
            compile_expression(source, dims)
            assert source.removeprefix("dims.") in KNOWN
    for condition in _conditions():
        if "when" in condition:
            compile_expression(condition["when"], both)
            assert any(f"reads.{name}" in condition["when"] for name in condition["reads"])


def test_a_flow_is_given_variables_that_its_forms_take() -> None:
    for rule in _rules():
        for answer in rule["answers"]:
            forms: Any = read_model(answer["flowKey"])["forms"] if "flowKey" in answer else {}
            fields = {
                name: field for form in forms.values() for name, field in form["schema"]["properties"].items()
            }
            for name, source in answer.get("variables", {}).items():
                compile_expression(source, {"dims": ANY, "reads": ANY})
                assert name in fields, f"{rule['name']}: {name}"
                if source.startswith("'"):
                    assert source.strip("'") in fields[name]["enum"]
