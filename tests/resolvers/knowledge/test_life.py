"""An article's way: draft, review, published, archived; revisions, windows, keys; who may do what."""

import asyncio
from datetime import timedelta
from pathlib import Path

from resolvers.knowledge.errors import ArticleInvalid
from tests.platform.callers import ADMIN, CARE, RIDES, RIDES_AGENT
from tests.platform.opened import START, open_platform
from tests.resolvers.knowledge.desk import (
    ARCHIVE,
    ARTICLE,
    CARE_EDITOR,
    EDITOR,
    LIST,
    PUBLISH,
    REJECT,
    SAVE,
    SUBMIT,
    USER,
    Desk,
    draft,
    open_desk,
)
from tests.servers.document_stores import StoreData

TOMORROW = (START + timedelta(days=1)).isoformat()
LATER = (START + timedelta(days=9)).isoformat()
CARE_DRAFT = draft(unit="care")


async def test_a_draft_is_saved_published_and_archived(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        saved = await desk.save(similar=["lock stuck", "lock stuck"], tags=["lock"])
        assert (saved["status"], saved["revision"], saved["publishedRevision"]) == ("DRAFT", 1, None)
        assert saved["similar"] == ["lock stuck"]
        assert await desk.ask(ARTICLE, USER, id=saved["id"]) is None

        published = await desk.ask(PUBLISH, id=saved["id"], expected=1)
        assert (published["status"], published["publishedRevision"]) == ("PUBLISHED", 1)
        assert (await desk.ask(ARTICLE, USER, id=saved["id"]))["question"] == "How do I open the lock?"

        archived = await desk.ask(ARCHIVE, id=saved["id"])
        assert (archived["status"], archived["publishedRevision"]) == ("ARCHIVED", None)
        assert await desk.ask(ARTICLE, USER, id=saved["id"]) is None
        assert await desk.refused(PUBLISH, id=saved["id"]) == "ARTICLE_STATUS"
        again = await desk.ask(SAVE, input=draft(id=saved["id"]))
        assert (again["status"], again["revision"]) == ("DRAFT", 2)


async def test_readers_get_the_published_revision_while_a_newer_one_is_written(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.publish()
        edited = await desk.ask(SAVE, input=draft("How do I unlock it?", id=first["id"]))
        assert (edited["status"], edited["revision"], edited["publishedRevision"]) == ("DRAFT", 2, 1)
        read = await desk.ask(ARTICLE, USER, id=first["id"])
        assert (read["revision"], read["question"]) == (1, "How do I open the lock?")
        assert [(one["revision"], one["status"]) for one in read["versions"]] == [(1, "PUBLISHED")]

        published = await desk.ask(PUBLISH, id=first["id"])
        told = [(one["revision"], one["status"], one["by"]) for one in published["versions"]]
        assert told == [(2, "PUBLISHED", "edda"), (1, "ARCHIVED", "edda")]
        assert (await desk.ask(ARTICLE, USER, id=first["id"]))["question"] == "How do I unlock it?"


async def test_publishing_for_tomorrow_ends_what_is_read_today_there_and_then(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.publish()
        await desk.ask(SAVE, input=draft("Tomorrow's", id=first["id"]))
        coming = await desk.ask(PUBLISH, id=first["id"], begins=TOMORROW, to=LATER)
        assert (coming["effectiveFrom"], coming["effectiveTo"]) == (TOMORROW, LATER)
        assert coming["publishedRevision"] == 1
        today = await desk.ask(ARTICLE, USER, id=first["id"])
        assert (today["revision"], today["effectiveTo"]) == (1, TOMORROW)
        assert await desk.refused(PUBLISH, id=first["id"], begins=LATER, to=TOMORROW) == "BAD_USER_INPUT"
    async with open_platform(tmp_path, store_data, start=START + timedelta(days=2)) as later:
        desk = Desk(platform=later)
        assert (await desk.ask(ARTICLE, USER, id=first["id"]))["revision"] == 2
    async with open_platform(tmp_path, store_data, start=START + timedelta(days=10)) as later:
        assert await Desk(platform=later).ask(ARTICLE, USER, id=first["id"]) is None


async def test_a_unit_that_wants_review_publishes_only_what_was_reviewed(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        saved = await desk.ask(SAVE, CARE_EDITOR, input=CARE_DRAFT)
        assert await desk.refused(PUBLISH, CARE, id=saved["id"]) == "REVIEW_REQUIRED"
        assert (await desk.ask(SUBMIT, CARE_EDITOR, id=saved["id"]))["status"] == "REVIEW"
        assert await desk.refused(PUBLISH, CARE_EDITOR, id=saved["id"]) == "ACCESS_DENIED"
        rejected = await desk.ask(REJECT, CARE, id=saved["id"], reason="too short")
        assert (rejected["status"], rejected["rejected"]) == ("DRAFT", "too short")
        assert await desk.refused(REJECT, CARE, id=saved["id"], reason="again") == "ARTICLE_STATUS"
        await desk.ask(SUBMIT, CARE_EDITOR, id=saved["id"])
        assert (await desk.ask(PUBLISH, CARE, id=saved["id"]))["status"] == "PUBLISHED"
        edited = await desk.ask(SAVE, CARE_EDITOR, input=CARE_DRAFT | {"id": saved["id"], "tags": ["new"]})
        assert edited["status"] == "DRAFT"


async def test_what_changed_while_in_review_is_a_draft_again(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        saved = await desk.ask(SAVE, CARE_EDITOR, input=CARE_DRAFT)
        await desk.ask(SUBMIT, CARE_EDITOR, id=saved["id"])
        same = await desk.ask(SAVE, CARE_EDITOR, input=CARE_DRAFT | {"id": saved["id"]})
        assert (same["status"], same["revision"]) == ("REVIEW", 1)
        changed = await desk.ask(SAVE, CARE_EDITOR, input=CARE_DRAFT | {"id": saved["id"], "tags": ["x"]})
        assert (changed["status"], changed["revision"]) == ("DRAFT", 2)


async def test_an_editor_who_saw_an_older_revision_is_told(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        saved = await desk.save()
        stale = draft("Other", id=saved["id"], expectedRevision=1)
        await desk.ask(SAVE, input=stale)
        refusal = await desk.refusal(SAVE, input=stale | {"question": "Third"})
        assert (refusal.code, refusal.facts) == ("VERSION_CONFLICT", {"expected": 1, "actual": 2})
        assert await desk.refused(PUBLISH, id=saved["id"], expected=1) == "VERSION_CONFLICT"
        assert await desk.refused(SAVE, input=draft(expectedRevision=3)) == "VERSION_CONFLICT"


async def test_of_editors_who_saw_the_same_revision_one_wins(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        saved = await desk.save()
        wishes = [draft(f"Wish {n}", id=saved["id"], expectedRevision=1) for n in range(8)]
        results = await asyncio.gather(
            *(desk.platform.execute(SAVE, {"input": wish}, principal=EDITOR) for wish in wishes)
        )
        assert sum(result.errors is None for result in results) == 1
        free = [draft(f"Free {n}", id=saved["id"]) for n in range(8)]
        await asyncio.gather(*(desk.ask(SAVE, input=wish) for wish in free))
        assert (await desk.ask(ARTICLE, id=saved["id"]))["revision"] == 10


async def test_the_same_request_twice_is_done_once(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        twice = await asyncio.gather(*(desk.ask(SAVE, key="k1", input=draft()) for _ in range(4)))
        assert len({one["id"] for one in twice}) == 1
        again = await desk.ask(SAVE, key="k1", input=draft())
        assert again["id"] == twice[0]["id"]
        result = await desk.platform.execute(
            SAVE, {"input": draft("Other")}, principal=EDITOR, idempotency_key="k1"
        )
        assert "idempotency key" in str(result.errors)
        for _ in range(2):
            published = await desk.ask(PUBLISH, key="k2", id=again["id"])
            assert published["status"] == "PUBLISHED"


async def test_only_the_units_editors_write(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        saved = await desk.save()
        for caller in (USER, RIDES_AGENT, CARE_EDITOR, CARE):
            assert await desk.refused(SAVE, caller, input=draft()) == "ACCESS_DENIED"
        assert await desk.refused(PUBLISH, CARE, id=saved["id"]) == "ARTICLE_NOT_FOUND"
        assert await desk.refused(PUBLISH, RIDES_AGENT, id=saved["id"]) == "ACCESS_DENIED"
        moved = draft(id=saved["id"], unit="care")
        assert await desk.refused(SAVE, RIDES, input=moved) == "ACCESS_DENIED"
        assert (await desk.ask(SAVE, ADMIN, input=moved))["unit"] == "care"


async def test_drafts_are_seen_by_members_of_the_unit_only(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        saved, published = await desk.save(tags=["t"]), await desk.publish("Second", tags=["t"])
        for caller, seen in ((RIDES_AGENT, 2), (ADMIN, 2), (CARE, 0), (USER, 1)):
            for wanted in ({}, {"unit": "rides"}, {"tag": "t"}):
                found = await desk.ask(LIST, caller, filter=wanted, first=10)
                assert len(found["nodes"]) == seen
        assert await desk.ask(ARTICLE, CARE, id=saved["id"]) is None
        assert await desk.ask(ARTICLE, CARE, id=published["id"]) is None


async def test_articles_are_listed_in_pages_by_what_is_wanted(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        paths = [["fees", "x"][: n % 3] for n in range(6)]
        made = [await desk.save(f"Q{n}", category=paths[n], attributes={"price": 1}) for n in range(6)]
        first = await desk.ask(LIST, first=4)
        assert [one["id"] for one in first["nodes"]] == [one["id"] for one in reversed(made)][:4]
        rest = await desk.ask(LIST, first=4, after=first["pageInfo"]["endCursor"])
        assert (len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (2, False)
        assert len((await desk.ask(LIST, first=9, filter={"category": ["fees"]}))["nodes"]) == 4
        await desk.ask(PUBLISH, id=made[0]["id"])
        await desk.ask(SAVE, input=draft("Q0 again", id=made[0]["id"]))
        served = await desk.ask(LIST, first=9, filter={"status": "PUBLISHED"})
        assert [(one["id"], one["revision"]) for one in served["nodes"]] == [(made[0]["id"], 1)]


async def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        wrong = draft(
            " ",
            answers=[{"body": "a", "format": "rtf"}, {"body": ""}],
            dimensions={"city": {"$ne": None}},
            tags=[""],
        )
        refusal = await desk.refusal(SAVE, input=wrong)
        assert isinstance(refusal, ArticleInvalid)
        assert {one.path: one.code for one in refusal.problems} == {
            "question": "TEXT_MISSING",
            "answers[0].format": "FORMAT_UNKNOWN",
            "answers[1].body": "TEXT_MISSING",
            "answers": "ANSWER_TWICE",
            "tags": "NAME_INVALID",
            "dimensions.city": "DIMENSION_INVALID",
        }


async def test_a_categorys_articles_are_held_to_its_schema(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        refusal = await desk.refusal(SAVE, input=draft(category=["fees", "rental"], attributes={"price": -1}))
        assert isinstance(refusal, ArticleInvalid)
        assert [one.path for one in refusal.problems] == ["attributes/price"]
        body = [{"body": "It costs **{{attributes.price}}** a month, {{attributes.none}}*net*."}]
        priced = draft(category=["fees", "rental"], attributes={"price": 3.5, "x": "*<b>*"}, answers=body)
        saved = await desk.ask(SAVE, input=priced)
        assert saved["answers"][0]["html"] == "<p>It costs <strong>3.5</strong> a month, <em>net</em>.</p>\n"
        await desk.ask(PUBLISH, id=saved["id"])
        read = await desk.ask(ARTICLE, USER, id=saved["id"])
        assert read["answers"][0]["body"] == "It costs **3.5** a month, *net*."


async def test_related_articles_are_those_the_caller_sees(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        seen, unpublished = await desk.publish("Seen"), await desk.save("Draft")
        agents = await desk.publish("For agents", audiences=["agent"])
        named = [agents["id"], unpublished["id"], "none", seen["id"]]
        article = await desk.publish("Main", related=named)
        assert len(article["related"]) == 3
        read = await desk.ask(ARTICLE, USER, id=article["id"])
        assert [one["question"] for one in read["related"]] == ["Seen"]


async def test_operators_in_data_are_data(tmp_path: Path, store_data: StoreData) -> None:
    """S10."""
    nasty = {"$where": "1", "a.b": {"$ne": None}, "": [{"$gt": ""}]}
    async with open_desk(tmp_path, store_data) as desk:
        saved = await desk.save("$where", attributes=nasty, tags=["$ne", "a.b"], dimensions={"$or": ["$x"]})
        assert (saved["attributes"], saved["dimensions"]) == (nasty, {"$or": ["$x"]})
        await desk.save("other")
        for tag, count in (("$ne", 1), ("a.b", 1), ("$gt", 0)):
            assert len((await desk.ask(LIST, filter={"tag": tag}, first=9))["nodes"]) == count
        for name in ("$ne", '{"$ne": null}', "a\u0000b", "x" * 5_000):
            assert await desk.ask(ARTICLE, id=name) is None
        assert (await desk.ask(LIST, filter={"unit": '{"$ne": null}'}, first=9))["nodes"] == []


async def test_what_an_editor_sees_next_is_numbered(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.save()
        second = await desk.ask(PUBLISH, id=first["id"])
        assert 0 < first["seq"] < second["seq"]


async def test_an_author_is_told_what_an_article_names_that_is_not_there(tmp_path: Path) -> None:
    told = "query ($id: ID!) { article(id: $id) { problems { code severity path } } }"
    async with open_desk(tmp_path) as desk:
        body = [{"body": "{{attributes.price}}", "flowKey": "nothing"}]
        article = await desk.publish(answers=body)
        assert (await desk.ask(told, id=article["id"]))["problems"] == [
            {"code": "ATTRIBUTE_MISSING", "severity": "WARNING", "path": "answers[0].body"},
            {"code": "FLOW_NOT_DEPLOYED", "severity": "WARNING", "path": "answers[0].flowKey"},
        ]
        assert (await desk.ask(told, USER, id=article["id"]))["problems"] == []
