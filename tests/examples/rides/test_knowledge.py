"""The demo's knowledge: legal by the contract, in two languages, true to the demo's flows and rows."""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, coerce_input_value, is_input_type

from examples.rides.library import (
    CATEGORIES,
    FOLDER,
    KNOWLEDGE_UNIT,
    Season,
    read_articles,
    read_seasons,
    read_trial_questions,
)
from examples.rides.personas import PERSONAS
from examples.rides.rows import OrderState, Rows
from examples.rides.showcase import FLOW_PAGES

ROOT = Path(__file__).parents[3]
CHANNELS = {"app", "web", "hotline", "im", "bot"}
DIMENSIONS = {"city", "product", "orderStatus"}
HAN = re.compile(r"[\u4e00-\u9fff]")

Article = dict[str, Any]  # JSON, held to the contract below


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [json.loads(line) for category in CATEGORIES for line in read_articles(category).splitlines()]


def is_chinese(text: str) -> bool:
    return HAN.search(text) is not None


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def own_answer(article: Article, language: str) -> str:
    """The answer for every channel."""
    bodies = [a["body"] for a in article["answers"] if a["language"] == language and "channel" not in a]
    assert len(bodies) == 1, article["id"]
    return bodies[0]


def test_there_are_150_articles_of_every_kind_and_each_category_has_some(articles: list[Article]) -> None:
    assert len(articles) >= 150
    assert {article["kind"] for article in articles} == {"QA", "KNOWLEDGE", "SIMILAR"}
    assert {path.stem for path in (FOLDER / "knowledge").glob("*.jsonl")} == set(CATEGORIES)
    for category in CATEGORIES:
        lines = read_articles(category).splitlines()
        assert len(lines) >= 4
        assert all(json.loads(line)["category"][0] == category for line in lines)


def test_every_line_is_an_article_by_the_contract(articles: list[Article]) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    type_ = schema.type_map["ArticleInput"]
    assert is_input_type(type_)
    for article in articles:
        coerce_input_value(article, type_)  # raises where a field is unknown, missing or of another type
        assert article["unit"] == KNOWLEDGE_UNIT


def test_ids_and_questions_are_said_once(articles: list[Article]) -> None:
    assert max(Counter(article["id"] for article in articles).values()) == 1
    texts = Counter(folded(text) for one in articles for text in (one["question"], *one["similar"]))
    assert [text for text, count in texts.items() if count > 1] == []


def test_questions_are_asked_as_people_type_them_in_both_languages(articles: list[Article]) -> None:
    for article in articles:
        chinese = [text for text in article["similar"] if is_chinese(text)]
        english = [text for text in article["similar"] if not is_chinese(text)]
        assert is_chinese(article["question"])
        assert 6 <= len(chinese) <= 12, article["id"]
        assert 3 <= len(english) <= 10, article["id"]
        assert all(2 <= len(text) <= 60 for text in article["similar"])


def test_answers_are_short_enough_to_read_and_in_both_languages(articles: list[Article]) -> None:
    for article in articles:
        chinese, english = own_answer(article, "zh"), own_answer(article, "en")
        assert 20 <= len(chinese) <= 350, article["id"]
        assert is_chinese(chinese)
        assert 40 <= len(english) <= 500, article["id"]
        places = Counter((one.get("channel"), one["language"]) for one in article["answers"])
        assert set(places.values()) == {1}
        assert {channel for channel, language in places if language == "zh"} == {
            channel for channel, language in places if language == "en"
        }, "a channel with words of its own has them in both languages"
        for answer in article["answers"]:
            assert answer.get("channel", "app") in CHANNELS
            if answer.get("channel") == "app":
                assert len(answer["body"]) <= 100, "an app shows it on one screen"


def test_what_an_answer_fills_in_is_an_attribute(articles: list[Article]) -> None:
    for article in articles:
        for answer in article["answers"]:
            used = re.findall(r"\{\{attributes\.(\w+)\}\}", answer["body"])
            assert set(used) <= set(article.get("attributes", {})), article["id"]


def test_flows_related_articles_and_seasons_exist(articles: list[Article]) -> None:
    ids = {article["id"] for article in articles}
    flows = {answer["flowKey"] for one in articles for answer in one["answers"] if "flowKey" in answer}
    assert flows == set(FLOW_PAGES), "every flow that people begin is an answer"
    for article in articles:
        related = article.get("related", [])
        assert set(related) <= ids - {article["id"]}
        assert related, article["id"]
    notices = [json.loads(line)["id"] for line in read_articles("notices").splitlines()]
    assert [season.article for season in read_seasons()] == notices
    assert all(re.fullmatch(r"\d\d-\d\d", day) for one in read_seasons() for day in (one.begins, one.ends))


@pytest.mark.parametrize(
    ("now", "window"),
    [
        ("2026-11-01T00:00+08:00", ("2026-11-01T00:00+08:00", "2027-03-01T00:00+08:00")),
        ("2027-01-01T00:00+08:00", ("2026-11-01T00:00+08:00", "2027-03-01T00:00+08:00")),
        ("2027-03-01T00:00+08:00", ("2027-11-01T00:00+08:00", "2028-03-01T00:00+08:00")),
        ("2026-10-31T23:59+08:00", ("2026-11-01T00:00+08:00", "2027-03-01T00:00+08:00")),
    ],
)
def test_a_notice_holds_in_this_season_or_the_next(now: str, window: tuple[str, str]) -> None:
    winter = Season(article="notice-winter", begins="11-01", ends="03-01")
    held = winter.next_window(datetime.fromisoformat(now))
    assert held == tuple(map(datetime.fromisoformat, window))


def test_dimensions_have_values_of_the_rows(articles: list[Article], rows: Rows) -> None:
    values = {
        "city": {bike.place.city for bike in rows.bikes},
        "product": {"bike", "car"},
        "orderStatus": {state.name for state in OrderState},
    }
    given = [(name, value) for one in articles for name, value in one.get("dimensions", {}).items()]
    assert {name for name, _ in given} == DIMENSIONS
    for name, value in given:
        assert set(value) <= values[name]
    zones = {value for article in articles if "zones" in article["category"] for value in article["tags"]}
    assert zones == {"parking", "city"}
    cities = [city for one in articles if "zones" in one["category"] for city in one["dimensions"]["city"]]
    assert sorted(cities) == sorted(values["city"]), "a parking article for each city"


def test_what_is_for_agents_is_for_nobody_else(articles: list[Article]) -> None:
    for article in articles:
        for_agents = article["kind"] == "KNOWLEDGE"
        assert article.get("audiences", []) == (["agent"] if for_agents else [])
        assert ("desk" in article["category"]) is for_agents
        assert own_answer(article, "zh").startswith("**客服专用。**") is for_agents
    assert any("agent" in persona.roles for persona in PERSONAS)


def test_prices_are_those_that_the_rows_were_made_with(articles: list[Article], rows: Rows) -> None:
    by_id = {article["id"]: article for article in articles}
    bike, car = by_id["fees-bike-price"]["attributes"], by_id["fees-car-price"]["attributes"]
    short = min(order.fee_cents for order in rows.orders if order.bike_id and order.ended_at)
    assert short == bike["startYuan"] * 100
    rides = [order for order in rows.orders if order.driver_id and order.ended_at]
    for ride in rides[:50]:
        assert abs(ride.fee_cents - car["startYuan"] * 100 - ride.distance_m * car["perKmYuan"] / 10) <= 1


def test_there_are_300_trial_questions_of_each_sort_and_none_is_in_an_article(
    articles: list[Article],
) -> None:
    questions = read_trial_questions()
    known = {folded(text) for one in articles for text in (one["question"], *one["similar"])}
    assert len(questions) >= 300
    assert {question.article for question in questions} == {article["question"] for article in articles}
    kinds = Counter(question.kind for question in questions)
    assert set(kinds) == {"paraphrase", "typo", "traditional", "mixed", "english"}
    assert [one.query for one in questions if folded(one.query) in known] == []
    assert max(Counter(folded(one.query) for one in questions).values()) == 1
