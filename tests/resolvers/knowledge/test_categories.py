"""Categories with schemas: who saves them, what they hold articles to, and what of them is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.access import Principal
from tests.platform.callers import ADMIN, CARE, RIDES, RIDES_AGENT
from tests.resolvers.knowledge.desk import (
    CARE_EDITOR,
    EDITOR,
    PUBLISH,
    SAVE,
    SUBMIT,
    USER,
    Desk,
    draft,
    open_desk,
)

CATEGORY = """
mutation ($input: ArticleCategoryInput!) {
  saveArticleCategory(input: $input) { unit path schema revision updatedBy }
}
"""
CATEGORIES = "query ($unit: String) { articleCategories(unit: $unit) { unit path schema revision } }"
ZONED = {"type": "object", "properties": {"zone": {"enum": ["north", "south"]}}, "required": ["zone"]}


async def keep(desk: Desk, path: list[str], caller: Principal = RIDES, **more: object) -> Any:  # Any: JSON
    given = {"unit": "rides", "path": path, "schema": ZONED, **more}
    return await desk.ask(CATEGORY, caller, input=given)


async def problems_of(desk: Desk, **more: object) -> list[tuple[str, str]]:
    refusal = await desk.refusal(SAVE, input={**draft(), **more})
    problems: Any = refusal.facts["problems"]  # Any: JSON
    return [(one["path"], one["code"]) for one in problems]


async def test_articles_are_held_to_the_nearest_schema_of_their_unit(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        saved = await keep(desk, ["parking"])
        assert saved == {
            "unit": "rides",
            "path": ["parking"],
            "schema": ZONED,
            "revision": 1,
            "updatedBy": "ruth",
        }
        for path in (["parking"], ["parking", "bikes"]):
            assert [at for at, _ in await problems_of(desk, category=path)] == ["attributes/zone"]
        await desk.save(category=["parking"], attributes={"zone": "north"})
        await desk.save(category=["other"])
        theirs = draft(category=["parking"], unit="care")
        assert (await desk.ask(SAVE, CARE_EDITOR, input=theirs))["status"] == "DRAFT"
        await keep(desk, ["parking", "bikes"], schema={"type": "object"})
        await desk.save(category=["parking", "bikes", "x"])


async def test_a_units_own_schema_stands_before_that_of_the_settings(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        assert [at for at, _ in await problems_of(desk, category=["fees"])] == ["attributes/price"]
        await keep(desk, ["fees"])
        assert [at for at, _ in await problems_of(desk, category=["fees"])] == ["attributes/zone"]
        await keep(desk, ["fees"], schema=None)
        assert [at for at, _ in await problems_of(desk, category=["fees"])] == ["attributes/price"]


async def test_what_was_saved_before_is_held_to_it_when_it_is_published(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        article = await desk.save(category=["parking"])
        await keep(desk, ["parking"])
        for step in (SUBMIT, PUBLISH):
            assert await desk.refused(step, id=article["id"]) == "ARTICLE_INVALID"
        changed = {**draft(category=["parking"], attributes={"zone": "south"}), "id": article["id"]}
        await desk.ask(SAVE, input=changed)
        assert (await desk.ask(PUBLISH, id=article["id"]))["status"] == "PUBLISHED"


async def test_a_schema_that_cannot_be_validated_with_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        bad = {"type": "object", "properties": {"a": {"type": "nothing"}, "b": {"minimum": "x"}}}
        given = {"unit": "rides", "path": ["parking"], "schema": bad}
        refusal = await desk.refusal(CATEGORY, RIDES, input=given)
        problems: Any = refusal.facts["problems"]  # Any: JSON
        assert refusal.code == "CATEGORY_INVALID"
        assert {one["path"].split("/")[1] for one in problems} == {"a", "b"}, problems
        huge = {"type": "object", "description": "x" * 100_001}
        assert await desk.refused(CATEGORY, RIDES, input={**given, "schema": huge}) == "CATEGORY_INVALID"
        assert await desk.ask(CATEGORIES, RIDES) == []


@pytest.mark.parametrize("path", [[], [""], ["a/b"], ["x" * 101], ["x"] * 21])
async def test_a_path_that_is_none_is_refused(tmp_path: Path, path: list[str]) -> None:
    async with open_desk(tmp_path) as desk:
        given = {"unit": "rides", "path": path, "schema": ZONED}
        assert await desk.refused(CATEGORY, RIDES, input=given) == "BAD_USER_INPUT"


async def test_publishers_of_the_unit_save_and_its_members_see(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        given = {"unit": "rides", "path": ["parking"], "schema": ZONED}
        for caller in (EDITOR, USER, RIDES_AGENT, CARE):
            assert await desk.refused(CATEGORY, caller, input=given) == "ACCESS_DENIED"
        await keep(desk, ["parking"])
        await keep(desk, ["parking"], ADMIN, unit="care")
        seen = {
            caller.subject: [one["unit"] for one in await desk.ask(CATEGORIES, caller)]
            for caller in (RIDES, RIDES_AGENT, CARE, USER, ADMIN)
        }
        both = ["care", "rides"]
        assert seen == {"ruth": ["rides"], "ralf": ["rides"], "carl": ["care"], "uma": [], "ada": both}
        assert await desk.ask(CATEGORIES, CARE, unit="rides") == []
        assert [one["path"] for one in await desk.ask(CATEGORIES, RIDES, unit="rides")] == [["parking"]]


async def test_of_two_who_change_one_revision_one_does(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await keep(desk, ["parking"], expectedRevision=0)
        given = {"unit": "rides", "path": ["parking"], "schema": {"type": "object"}, "expectedRevision": 1}
        results = await asyncio.gather(
            *(desk.platform.execute(CATEGORY, {"input": given}, principal=RIDES) for _ in range(4))
        )
        assert sum(result.errors is None for result in results) == 1
        refusal = await desk.refusal(CATEGORY, RIDES, input=given)
        assert (refusal.code, refusal.facts) == ("VERSION_CONFLICT", {"expected": 1, "actual": 2})


async def test_a_category_saved_twice_under_one_key_is_saved_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        given = {"unit": "rides", "path": ["parking"], "schema": ZONED}
        for _ in range(2):
            assert (await desk.ask(CATEGORY, RIDES, key="k", input=given))["revision"] == 1
        assert (await desk.ask(CATEGORY, RIDES, input=given))["revision"] == 2
