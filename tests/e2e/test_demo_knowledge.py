"""What the demo knows: found, matched and started as its screen and the guide say, and by whom.

On its embedded store; `test_demo` does the same on MongoDB.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from examples.rides.library import read_articles, read_rules
from examples.rides.personas import PERSONAS
from examples.rides.showcase import CASE
from gateway.cli.remote import JSON
from tests.servers.browser import TAB_TITLES, browser, context, open_page, run_operation
from tests.servers.demo import Demo, run_demo

__all__ = ["browser", "context"]

GUIDE = (Path(__file__).parents[2] / "docs" / "front-end.md").read_text(encoding="utf-8")
SEARCH, MATCH, START = re.findall(r"^```graphql knowledge\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
RESPONSE = ".graphiql-response .view-lines"
BIKE = {"product": "bike"}
RIDE = {"orderStatus": "FINISHED", "orderId": "R260228001728", "orderAmount": 2}
CASES: list[tuple[str, JSON, list[str]]] = [  # what was said, what is known: what the first solution gives
    ("扫码没反应", {**BIKE, "bikeId": "B100034"}, ["bike-lock", "locks-wont-unlock"]),
    ("车锁打不开", {**BIKE, "bikeId": "B100036"}, ["bikes-repair-status"]),
    ("The lock does not open", {**BIKE, "bikeId": "B100042"}, ["locks-someone-elses-ride"]),
    ("开不了锁", {**BIKE, "bikeId": "B100090"}, ["bikes-low-battery"]),
    ("还车锁不了", BIKE, ["bike-lock", "locks-wont-lock"]),
    ("多扣钱了", RIDE, ["fee-dispute", "fees-too-long", "refunds-how-much"]),
    ("I left my phone in the car", {"product": "car"}, ["lost-property", "lost-car"]),
    ("哪里可以停车", {"region": "cn/south/guangzhou"}, ["parking-gz", "parking-where"]),
    ("where can I park", {"region": "cn/east/hangzhou/xihu"}, ["parking-hz", "parking-where"]),
    ("摔倒了，受伤了", {**BIKE, "city": "SH"}, ["safety-accident", "safety-insurance"]),
    ("最多能退多少钱", {"userLevel": "GOLD"}, ["refunds-how-much"]),
]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with run_demo() as demo:
        yield demo


def found(demo: Demo, persona: str, query: str, **scope: object) -> list[str]:
    """The articles that the search finds, best first."""
    asked = "query($q: String!, $s: ScopeInput) { searchKnowledge(input: {query: $q, scope: $s}) "
    hits = demo.ask(persona, asked + "{ hits { article { id } } } }", {"q": query, "s": scope})
    return [hit["article"]["id"] for hit in hits["searchKnowledge"]["hits"]]


def given(item: JSON) -> str:
    return item.get("flowKey") or item["article"]["id"]


def test_what_helps_is_found_and_started_when_pasted(demo: Demo) -> None:
    searched = demo.paste(demo.finding_steps[0])
    best = searched["data"]["searchKnowledge"]["hits"][0]  # pyright: ignore  # JSON
    assert best["article"]["question"] == "车锁打不开怎么办？"
    assert best["answer"]["flowKey"] == "bike-lock"
    assert best["answer"]["body"].startswith("重开蓝牙"), "the short answer for the app"
    started = demo.paste("\n".join(demo.finding_steps[1:]))
    (task,) = started["data"]["startFlow"]["tasks"]  # pyright: ignore  # JSON
    assert task["name"] == "再试一次 · Try once more", "what was known is not asked again"


def test_the_guide_finds_matches_and_starts_as_it_says(demo: Demo) -> None:
    hits = demo.ask("user", SEARCH, {"query": "車鎖打不開", "city": "GZ"})["searchKnowledge"]["hits"]
    assert hits[0]["article"]["id"] == "locks-wont-unlock"
    assert hits[0]["answer"]["html"].startswith("<p>")
    matched = demo.ask("user", MATCH, {"said": CASE["question"], "known": CASE["dimensions"]})
    case, first = (matched["matchSolutions"][name] for name in ("caseId", "solutions"))
    flow = first[0]["items"][0]
    variables = {"flow": flow["flowKey"], "given": flow["variables"], "case": case}
    (task,) = demo.ask("user", START, variables)["startFlow"]["tasks"]
    assert task["name"] == "再试一次 · Try once more"


@pytest.mark.parametrize(("said", "known", "expected"), CASES)
def test_a_case_gets_what_its_rule_gives(demo: Demo, said: str, known: JSON, expected: list[str]) -> None:
    matched = demo.ask("agent", MATCH, {"said": said, "known": known})["matchSolutions"]
    items = [item for item in matched["solutions"][0]["items"] if "text" not in item]
    assert [given(item) for item in items] == expected


def test_every_rule_is_saved_and_none_is_wrong(demo: Demo) -> None:
    query = "{ matchRules(first: 100) { nodes { name problems { severity code message } } } }"
    rules = demo.ask("engineer", query)["matchRules"]["nodes"]
    assert {rule["name"] for rule in rules} == {rule["name"] for rule in read_rules()}
    problems = [one for rule in rules for one in rule["problems"]]
    assert [one for one in problems if one["severity"] != "INFO"] == [], "a priority tells which comes first"


def test_procedures_are_found_by_agents_alone(demo: Demo) -> None:
    assert found(demo, "agent", "费用争议处理规程")[0] == "fees-dispute-procedure"
    procedures = set(re.findall(r'"id": "([\w-]+-procedure)"', read_articles("fees")))
    assert not procedures & set(found(demo, "user", "费用争议处理规程"))


def test_a_citys_zones_are_found_by_who_names_the_city(demo: Demo) -> None:
    asked = "哪里能停单车"
    assert "parking-gz" in found(demo, "user", asked, dimensions={"city": "GZ"})
    assert "parking-gz" not in found(demo, "user", asked, dimensions={"city": "SZ"})
    assert not {"parking-gz", "parking-sz"} & set(found(demo, "user", asked))


def test_a_notice_is_found_in_its_season_only(demo: Demo) -> None:
    begins = datetime.fromisoformat(
        demo.ask("agent", '{ article(id: "notice-winter") { effectiveFrom } }')["article"]["effectiveFrom"]
    )
    within, after = begins + timedelta(days=30), begins + timedelta(days=200)
    assert "notice-winter" in found(demo, "user", "冬季骑行", at=within.isoformat())
    assert "notice-winter" not in found(demo, "user", "冬季骑行", at=after.isoformat())


def test_the_tabs_search_and_match(demo: Demo, context: BrowserContext) -> None:
    page = open_page(context, demo.url)
    page.get_by_label("Ask as").select_option("agent")
    page.locator(TAB_TITLES, has_text="SearchKnowledge").click()
    run_operation(page)
    expect(page.locator(RESPONSE)).to_contain_text("车锁打不开怎么办")
    page.locator(TAB_TITLES, has_text="MatchSolutions").click()
    run_operation(page)
    expect(page.locator(RESPONSE)).to_contain_text("WONT_UNLOCK")


def test_an_article_for_agents_is_hidden_from_everybody_else(demo: Demo) -> None:
    query = '{ article(id: "desk-verify") { question status } }'
    shown = {one.name: demo.ask(one.name, query)["article"] for one in PERSONAS}
    seen = {"question": "客服身份核对规程", "status": "PUBLISHED"}
    staff = {"engineer", "agent", "supervisor"}
    assert shown == {one.name: seen if one.name in staff else None for one in PERSONAS}


def test_a_notice_is_published_for_its_season(demo: Demo) -> None:
    query = '{ article(id: "notice-winter") { status effectiveFrom effectiveTo } }'
    notice = demo.ask("agent", query)["article"]
    begins, ends = (datetime.fromisoformat(notice[name]) for name in ("effectiveFrom", "effectiveTo"))
    assert notice["status"] == "PUBLISHED"
    assert timedelta(days=119) <= ends - begins <= timedelta(days=121)
    assert ends > datetime.now(UTC)
