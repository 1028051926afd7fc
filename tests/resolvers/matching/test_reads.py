"""Conditions on fields of resources: checked when saved, read for all candidates at once, reasons told."""

from pathlib import Path
from typing import Any

from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.problem import Severity
from resolvers.resources.checking import check_module
from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module
from tests.platform.callers import ADMIN, LOCAL, RIDES
from tests.platform.modules import sdl
from tests.resolvers.flows.models import chain, task
from tests.resolvers.knowledge.desk import EDITOR, Desk, open_desk
from tests.resolvers.matching.rules import SAVE_RULE, match, names, rule, save_rules

BIKES = sdl(more='battery: Int @value(const: 9) tag: String! @value(const: "a")').replace(
    "): Bike", "): Bike!"
)
QUERY = "query ($id: ID!) { bike(id: $id) { battery tag } }"


def bike(when: str, **more: Any) -> dict[str, Any]:  # Any: JSON
    read = {"query": QUERY, "variables": {"id": "dims.bikeId"}, "value": "result.bike", **more}
    return {"dimensions": {"product": "bike"}, "reads": {"bike": read}, "when": when}


async def publish_bikes(desk: Desk, text: str = BIKES) -> None:
    await publish_module(desk.platform.context(LOCAL), Draft(module="rides", sdl=text, config={}))


def answer_bikes(desk: Desk, battery: int | None = 9) -> None:
    async def answer(variables: JsonObject) -> JsonObject:
        if variables["id"] == "gone":
            raise CallFailed(code="UPSTREAM_STATUS", message="404", retryable=False)
        return {"bike": {"battery": battery, "tag": "a"}}

    desk.platform.upstream.answers[QUERY] = answer


async def test_a_condition_holds_by_what_its_reads_say_and_flows_get_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        answer_bikes(desk)
        await deploy(desk, "swap")
        variables = {"bike": "dims.bikeId", "level": "reads.bike.battery", "kind": "'low'", "n": 3}
        low = rule("low", bike("reads.bike.battery != null && reads.bike.battery < 15"))
        low["answers"] = [{"flowKey": "swap", "variables": variables}, {"text": "Take another."}]
        await save_rules(desk, low, rule("full", bike("reads.bike.battery == 100")))
        found = await match(desk, product="bike", bikeId="b1")
        (solution,) = found["solutions"]
        flow, text = solution["items"]
        assert flow["deployment"]["id"] == "swap@1"
        assert flow["variables"] == {"bike": "b1", "level": 9, "kind": "low", "n": 3}
        assert text["text"] == "Take another."
        assert desk.platform.upstream.operations == [1], (
            "both rules read the same: one query of one operation"
        )


async def test_a_read_that_fails_makes_its_condition_not_hold_and_says_why(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        answer_bikes(desk)
        await save_rules(
            desk, rule("low", bike("reads.bike.tag == 'a'"), {"dimensions": {"product": "bike"}})
        )
        (solution,) = (await match(desk, product="bike", bikeId="gone"))["solutions"]
        (missed,) = solution["why"]["missed"]
        assert missed["reason"] == "reads.bike: UPSTREAM_STATUS"
        assert [one["condition"] for one in solution["why"]["held"]] == [1]


async def test_a_dimension_that_a_read_needs_is_asked_for(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        await save_rules(desk, rule("low", bike("reads.bike.tag == 'a'")))
        found = await match(desk, product="bike")
        assert (found["ask"], found["askOptions"], found["solutions"]) == ("bikeId", [], [])
        assert desk.platform.upstream.calls == []


async def test_a_rule_that_reads_what_there_is_not_is_refused(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        wrong = {
            "reads.bike.battery <": "EXPR_SYNTAX",
            "reads.bike.colour == 'red'": "EXPR_UNKNOWN_NAME",
            "reads.bikes == null": "EXPR_UNKNOWN_NAME",
            "vars.x == 1": "EXPR_UNKNOWN_NAME",
            "reads.bike.tag": "EXPR_TYPE",
        }
        for when, code in wrong.items():
            refused = await desk.refusal(SAVE_RULE, EDITOR, input=rule("bad", bike(when)))
            assert refused.code == "RULE_INVALID"
            assert code in {one["code"] for one in refused.facts["problems"]}, when  # type: ignore[attr-defined]  # a list
        for query in ("{ nothing }", "mutation { x }", "{"):
            assert (
                await desk.refused(SAVE_RULE, EDITOR, input=rule("bad", bike("true", query=query)))
                == "RULE_INVALID"
            )


async def test_a_condition_over_what_may_be_null_is_warned_of(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        (saved,) = await save_rules(desk, rule("low", bike("reads.bike.battery < 15")))
        assert [(one["code"], one["path"]) for one in saved["problems"]] == [
            ("NULL_IN_CONDITION", "questions/0/when")
        ]


async def test_publishing_what_breaks_a_rule_is_refused_naming_it(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        (saved,) = await save_rules(desk, rule("low battery", bike("reads.bike.battery == 9")))
        draft = Draft(module="rides", sdl=BIKES.replace("battery: Int @value(const: 9)", ""), config={})
        report = await check_module(desk.platform.context(RIDES), draft)
        broken = [one for one in report.problems if one.code == "BREAKS_RULE"]
        assert broken
        assert {one.severity for one in broken} == {Severity.ERROR}
        assert "low battery" in broken[0].message
        users = [user for change in report.changes for user in change.used_by]
        assert f"rule {saved['id']} (low battery)" in users
        assert not report.ok


async def test_a_rule_without_the_field_stands_in_nobodys_way(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await publish_bikes(desk)
        await save_rules(desk, rule("off", bike("reads.bike.battery == 9"), enabled=False))
        draft = Draft(module="rides", sdl=BIKES.replace("battery: Int @value(const: 9)", ""), config={})
        assert (await check_module(desk.platform.context(ADMIN), draft)).ok
        assert await names(desk) == []


async def deploy(desk: Desk, key: str) -> None:
    made = {"key": key, "unit": "rides", "model": {"model": chain(task("ask"))}}
    await desk.ask("mutation ($i: SaveFlowInput!) { saveFlow(input: $i) { key } }", LOCAL, i=made)
    await desk.ask("mutation ($k: String!) { deployFlow(input: { key: $k }) { id } }", LOCAL, k=key)
