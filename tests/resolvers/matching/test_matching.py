"""What a match gives: which rules, in which order, why, and what it would ask next."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.platform.callers import CARE, RIDES_AGENT
from tests.platform.opened import START
from tests.resolvers.knowledge.desk import CARE_EDITOR, EDITOR, Desk, open_desk
from tests.resolvers.matching.rules import MATCH, RIDER, SAVE_RULE, match, names, rule, save_rules, when
from tests.servers.document_stores import StoreData


async def test_dimensions_hold_by_value_list_range_and_path(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        await save_rules(
            desk,
            rule("equal", when(kind="equal", city="BJ")),
            rule("list", when(kind="list", city=["BJ", "SH"])),
            rule("range", when(kind="range", amount={"gte": 100, "lt": 200})),
            rule("path", when(kind="path", region={"under": "cn/north"})),
        )
        assert await names(desk, kind="equal", city="BJ") == ["equal"]
        assert await names(desk, kind="equal", city="SH") == []
        assert await names(desk, kind="list", city="SH") == ["list"]
        assert await names(desk, kind="range", amount=199.5) == ["range"]
        assert await names(desk, kind="range", amount=200) == []
        assert await names(desk, kind="path", region="cn/north/beijing") == ["path"]
        assert await names(desk, kind="path", region="cn/northern") == []


async def test_nothing_is_turned_into_another_kind_of_value(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("one", when(level=1)))
        assert await names(desk, level=1) == await names(desk, level=1.0) == ["one"]
        assert await names(desk, level="1") == await names(desk, level=True) == []


async def test_rules_come_by_priority_then_specificity_then_text_then_id(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(
            desk,
            rule("b", when(), id="b"),
            rule("a", when(), id="a"),
            rule("close", when("open the bike lock today please"), id="0"),
            rule("specific", when(city="BJ"), id="z"),
            rule("urgent", when(), id="zz", priority=1),
        )
        found = await names(desk, "how to open the bike lock today", city="BJ")
        assert found == ["urgent", "specific", "a", "b", "close"]
        scores = [
            one["score"] for one in (await match(desk, "open the bike lock today", city="BJ"))["solutions"]
        ]
        assert scores[:4] == [1, 1, 1, 1]
        assert 0.6 <= scores[4] < 1


async def test_a_text_that_is_not_close_enough_does_not_hold(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("lock", when("车锁打不开", "the lock does not open")))
        assert await names(desk, "我的车锁打不开了") == ["lock"]
        assert await names(desk, "the lock doesn't open!") == ["lock"]
        assert await names(desk, "怎么开发票") == await names(desk) == []


async def test_dimensions_win_over_those_of_the_scope(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("bj", when(city="BJ")), rule("sh", when(city="SH")))
        scope = {"scope": {"dimensions": {"city": "SH"}}}
        assert await names(desk, more=scope) == ["sh"]
        assert await names(desk, more=scope, city="BJ") == ["bj"]


async def test_the_same_is_answered_on_every_channel_unless_a_rule_names_one(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("all", when(city="BJ")), rule("app", when(channel="app", city="SH")))
        scopes = [{"scope": {"channel": channel}} for channel in ("app", "web", "hotline")]
        assert [await names(desk, more=one, city="BJ") for one in scopes] == [["all"]] * 3
        assert [await names(desk, more=one, city="SH") for one in scopes] == [["app"], [], []]


async def test_a_rule_holds_from_its_first_moment_and_not_at_its_last(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        begins, ends = START + timedelta(days=1), START + timedelta(days=2)
        dated = rule("dated", effectiveFrom=begins.isoformat(), effectiveTo=ends.isoformat())
        await save_rules(desk, dated, rule("off", enabled=False))
        assert await names(desk) == []
        assert await names(desk, more={"scope": {"at": begins.isoformat()}}) == ["dated"]
        assert await names(desk, more={"scope": {"at": ends.isoformat()}}) == []


async def test_why_names_what_held_and_what_failed(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(
            desk,
            rule("fee", when(city="SH", level=2), when("what does a ride cost", city="BJ")),
            rule("other", when(city="BJ", product="car"), priority=3),
            rule("known", when(city="BJ", orderStatus=3), priority=2),
        )
        found = await match(desk, "what does a ride cost", caller=RIDES_AGENT, city="BJ", product="bike")
        (solution,) = found["solutions"]
        (held,), (missed,) = solution["why"]["held"], solution["why"]["missed"]
        assert (held["condition"], held["dimensions"], held["text"]["score"]) == (1, {"city": "BJ"}, 1)
        assert (missed["condition"], missed["failed"], missed["unknown"]) == (0, ["city"], ["level"])
        near = [(one["ruleName"], one["failed"], one["unknown"]) for one in solution["why"]["nearMisses"]]
        assert near == [("other", ["product"], []), ("known", [], ["orderStatus"])]
        assert found["nearMisses"] == solution["why"]["nearMisses"]


async def test_what_splits_the_rules_that_may_still_win_is_asked(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(
            desk,
            rule("base", when(product="bike")),
            rule("bj", when(product="bike", city="BJ")),
            rule("sh", when(product="bike", city="SH")),
            rule("vip", when(product="bike", level="vip")),
            rule("car", when(product="car", age=3)),
        )
        found = await match(desk, product="bike")
        assert (found["ask"], found["askOptions"]) == ("city", ["BJ", "SH"])
        decided = await match(desk, product="bike", city="BJ", level="none")
        assert (decided["ask"], decided["askOptions"]) == (None, [])


async def test_ties_are_asked_by_name(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("one", when(b=1, a=1)))
        assert (await match(desk))["ask"] == "a"


async def test_what_is_no_value_is_refused_and_no_operator(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        await save_rules(
            desk, rule("plain", when(city="BJ")), rule("odd", when(**{"$where": "1", "a.b": "c"}))
        )
        for value in ({"$ne": None}, {"$gt": ""}, ["BJ", "SH"], {"gte": 1}):
            given = {"dimensions": {"city": value}}
            assert await desk.refused(MATCH, RIDER, input=given) == "BAD_USER_INPUT"
        assert await names(desk, more={"dimensions": {"$where": "1", "a.b": "c"}}) == ["odd"]
        assert await names(desk, more={"dimensions": {"$where": "sleep(1)", "a.b": "c"}}) == []
        for value in (
            {"$ne": None},
            {"$where": "1"},
            {"gte": 1, "$ne": 2},
            {"gte": 5, "lt": 5},
            {"under": 3},
        ):
            refused = await desk.refusal(SAVE_RULE, EDITOR, input=rule("bad", when(city=value)))
            assert refused.code == "RULE_INVALID"
            assert "questions/0/dimensions/city" in str(refused)


@pytest.mark.parametrize("first", [0, 51])
async def test_a_number_of_solutions_out_of_bounds_is_refused(tmp_path: Path, first: int) -> None:
    async with open_desk(tmp_path) as desk:
        assert await desk.refused(MATCH, RIDER, input={"first": first}) == "BAD_USER_INPUT"


async def test_the_order_is_the_same_however_few_are_asked_for(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, *(rule(f"r{number}", when(), priority=number % 3) for number in range(9)))
        all_of_them = await names(desk, more={"first": 9})
        for first in range(1, 9):
            assert await names(desk, more={"first": first}) == all_of_them[:first]


async def test_a_unit_gets_its_own_rules_and_an_end_user_all(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("rides", when(city="BJ")))
        await desk.ask(SAVE_RULE, CARE_EDITOR, input=rule("care", when(city="BJ", sub="x"), unit="care"))
        assert await names(desk, caller=RIDES_AGENT, city="BJ", sub="x") == ["rides"]
        assert await names(desk, caller=CARE, city="BJ", sub="x") == ["care"]
        assert await names(desk, city="BJ", sub="x") == ["care", "rides"]
        seen = await match(desk, caller=CARE, city="BJ", sub="y")
        assert "rides" not in str(seen)


async def test_an_end_user_learns_of_no_rule_that_does_not_answer(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await save_rules(desk, rule("shown", when(city="BJ")), rule("hidden", when(city="BJ", level=9)))
        found = await match(desk, city="BJ", level=1)
        assert "hidden" not in str(found)
        assert found["solutions"][0]["rule"]["questions"] == []


async def test_articles_are_those_the_asker_may_see(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        shown = await desk.publish("For all")
        agents = await desk.publish("For agents", audiences=["agent"])
        unpublished = await desk.save("A draft")
        answers = [{"articleId": one["id"]} for one in (shown, agents, unpublished)]
        await save_rules(
            desk,
            rule("bundle", when(city="BJ"), answers=answers),
            rule("agents only", when(city="BJ"), answers=[{"articleId": agents["id"]}], priority=1),
        )
        assert await articles(desk, RIDER) == [["For all"]]
        assert await articles(desk, RIDES_AGENT) == [["For agents"], ["For all", "For agents"]]


async def articles(desk: Desk, caller: object) -> list[list[str]]:
    found = await match(desk, caller=caller, city="BJ")  # type: ignore[arg-type]  # a principal
    return [[item["article"]["question"] for item in one["items"]] for one in found["solutions"]]


async def test_where_no_rule_holds_articles_are_found_half_as_sure(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("How do I get an invoice?")
        await desk.search("invoice")
        await save_rules(desk, rule("lock", when("the lock does not open")))
        found = await match(desk, "how do I get an invoice")
        (solution,) = found["solutions"]
        assert solution["rule"] is None
        assert 0 < solution["score"] <= 0.5
        assert solution["items"][0]["article"]["question"] == "How do I get an invoice?"
