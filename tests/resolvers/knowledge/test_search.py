"""Published articles are found: by whom, when, with which answer; gaps, synonyms, suggestions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import parse

from engine.access import Principal
from resolvers.knowledge.gaps import GapKind
from resolvers.loaders import Loaders
from resolvers.ports import Collection, Document
from tests.platform.callers import CARE, RIDES_AGENT
from tests.platform.opened import SCHEMA, START, OpenPlatform, open_platform
from tests.resolvers.knowledge.desk import (
    ARCHIVE,
    CARE_EDITOR,
    EDITOR,
    GAPS,
    PUBLISH,
    SAVE,
    SEARCH,
    SUGGEST,
    SYNONYMS,
    USER,
    Desk,
    draft,
    open_desk,
)
from tests.schema.answers import answer_of
from tests.servers.document_stores import StoreData

TOMORROW = START + timedelta(days=1)
RIDER = Principal(subject="ria", roles=frozenset({"user"}), channel="app")


async def test_what_is_published_is_found_and_what_is_archived_is_not(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        assert (await desk.search("lock"))["total"] == 0
        await desk.save("A draft on locks")
        published = await desk.publish("车锁打不开怎么办", similar=["lock does not open"])
        found = await desk.search("锁打不开")
        assert [hit["article"]["id"] for hit in found["hits"]] == [published["id"]]
        assert "<mark>" in found["hits"][0]["highlight"]
        similar = await desk.search("lock does not open")
        assert similar["hits"][0]["matchedQuestion"] == "lock does not open"
        assert similar["hits"][0]["score"] == 1
        await desk.ask(ARCHIVE, id=published["id"])
        assert (await desk.search("锁打不开"))["total"] == 0


async def test_search_serves_the_published_revision_until_the_next(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        first = await desk.publish("Refund of a ride")
        await desk.ask(SAVE, input=draft("Refund of a trip", id=first["id"]))
        assert await desk.questions("refund", EDITOR) == ["Refund of a ride"]
        await desk.ask(PUBLISH, id=first["id"], begins=TOMORROW.isoformat())
        assert await desk.questions("refund") == ["Refund of a ride"]
        later = {"at": (TOMORROW + timedelta(hours=1)).isoformat()}
        assert await desk.questions("refund", scope=later) == ["Refund of a trip"]


async def test_time_passes_without_the_index_being_written(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.publish("Refund of a ride")
        await desk.ask(SAVE, input=draft("Refund of a trip", id=first["id"]))
        await desk.ask(PUBLISH, id=first["id"], begins=TOMORROW.isoformat())
        assert await desk.questions("refund") == ["Refund of a ride"]
    async with open_platform(tmp_path, store_data, start=START + timedelta(days=2)) as later:
        assert await Desk(platform=later).questions("refund") == ["Refund of a trip"]


@pytest.mark.parametrize(
    ("caller", "scope", "seen"),
    [
        (USER, {}, {"for all"}),
        (USER, {"dimensions": {"city": "BJ"}}, {"for all", "BJ"}),
        (USER, {"dimensions": {"city": ["SH"]}}, {"for all"}),
        (USER, {"dimensions": {"city": []}}, {"for all"}),
        (USER, {"channel": "app"}, {"for all", "app"}),
        (RIDER, {}, {"for all", "app"}),
        (RIDER, {"channel": "hotline"}, {"for all"}),
        (USER, {"audience": "agent"}, {"for all"}),
        (RIDES_AGENT, {}, {"for all", "BJ", "app", "agents"}),
        (RIDES_AGENT, {"dimensions": {"city": "SH"}}, {"for all", "app", "agents"}),
        (RIDES_AGENT, {"channel": "hotline"}, {"for all", "BJ", "agents"}),
        (RIDES_AGENT, {"audience": "vip"}, {"for all", "BJ", "app"}),
        (RIDES_AGENT, {"unit": "care"}, set[str]()),
        (CARE, {}, set[str]()),
        (CARE, {"unit": "rides"}, set[str]()),
    ],
)
async def test_a_scope_narrows_what_the_caller_may_see(
    tmp_path: Path, caller: Principal, scope: dict[str, object], seen: set[str]
) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("refund for all", dimensions={"city": ["*"]}, channels=[])
        await desk.publish("refund BJ", dimensions={"city": ["BJ", "TJ"]})
        await desk.publish("refund app", channels=["app"])
        await desk.publish("refund agents", audiences=["agent"])
        found = await desk.questions("refund", caller, scope=scope)
        assert {one.removeprefix("refund ") for one in found} == seen
        suggested = await desk.ask(SUGGEST, caller, prefix="ref", scope=scope)
        assert {one.removeprefix("refund ") for one in suggested} == seen


async def test_the_answer_is_for_the_askers_channel_and_language(tmp_path: Path) -> None:
    answers = [
        {"body": "for all"},
        {"body": "in the app", "channel": "app"},
        {"body": "在应用里", "channel": "app", "language": "zh"},
        {"body": "by phone", "channel": "hotline"},
    ]
    async with open_desk(tmp_path) as desk:
        await desk.publish("refund 退款", answers=answers)
        told = {}
        for caller, query, scope in (
            (USER, "refund", {}),
            (RIDER, "refund", {}),
            (RIDER, "退款", {}),
            (RIDES_AGENT, "refund", {"channel": "hotline"}),
        ):
            (hit,) = (await desk.search(query, caller, scope=scope))["hits"]
            told[caller.subject, query] = hit["answer"]["body"]
        assert list(told.values()) == ["for all", "in the app", "在应用里", "by phone"]


async def test_a_question_in_english_is_answered_in_english_where_nothing_else_is_read(
    tmp_path: Path,
) -> None:
    answers = [{"body": "退款", "language": "zh"}, {"body": "a refund", "language": "en"}]
    async with open_desk(tmp_path) as desk:
        await desk.publish("refund 退款", answers=answers)
        for query, body in (("refund", "a refund"), ("退款", "退款")):
            (hit,) = (await desk.search(query))["hits"]
            assert hit["answer"]["body"] == body


async def test_found_articles_come_in_pages_and_are_counted(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for n in range(5):
            await desk.publish(f"refund number {n}", tags=["even" if n % 2 == 0 else "odd"], category=["x"])
        first = await desk.search("refund", first=3)
        assert (len(first["hits"]), first["total"], first["pageInfo"]["hasNextPage"]) == (3, 5, True)
        assert first["facets"]["tags"] == {"even": 3, "odd": 2}
        rest = await desk.search("refund", first=3, after=first["pageInfo"]["endCursor"])
        assert (len(rest["hits"]), rest["pageInfo"]["hasNextPage"]) == (2, False)
        ids = [hit["article"]["id"] for page in (first, rest) for hit in page["hits"]]
        assert len(set(ids)) == 5
        wrong = {"query": "other", "after": first["pageInfo"]["endCursor"]}
        assert await desk.refused(SEARCH, input=wrong) == "BAD_USER_INPUT"
        assert await desk.refused(SEARCH, input={"query": "a", "first": 1_000}) == "BAD_USER_INPUT"
        assert len(await desk.questions("refund", tags=["odd"])) == 2
        assert await desk.questions("refund", category=["y"]) == []


async def test_attributes_are_filtered_by(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for price in (1, 2.5):
            await desk.publish(f"fee {price}", category=["fees"], attributes={"price": price, "l": [1]})
        assert await desk.questions("fee", attributes={"price": 2.5}) == ["fee 2.5"]
        refused = await desk.refused(SEARCH, input={"query": "fee", "attributes": {"price": {"gt": 1}}})
        assert refused == "BAD_USER_INPUT"


async def test_a_pinned_article_comes_first(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("How do I get a refund?")
        await desk.publish("Fees", pinnedFor=["how do I get a refund"])
        assert (await desk.questions("How do I get a refund?"))[0] == "Fees"


async def test_what_is_asked_in_vain_is_counted(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        await desk.publish("refund of a ride")
        for query in ("umbrella", " Umbrella ", "umbrella"):
            await desk.search(query)
        await desk.search("secret of care", CARE)
        await desk.search("refund of my lovely purple umbrella")
        desk.platform.knowledge.gaps.note(GapKind.UNHELPFUL, "refund of a ride")
        (told,) = await desk.ask(GAPS, RIDES_AGENT, kind="ZERO_RESULTS")
        assert (told["query"], told["count"], told["nearest"]) == ("umbrella", 3, [])
        assert len(await desk.ask(GAPS, CARE, kind="ZERO_RESULTS")) == 2
        (low,) = await desk.ask(GAPS, kind="LOW_CONFIDENCE")
        assert low["nearest"] == [{"article": {"question": "refund of a ride"}}]
        assert len(await desk.ask(GAPS, kind="UNHELPFUL")) == 1
        later = (START + timedelta(days=1)).isoformat()
        assert await desk.ask(GAPS, kind="ZERO_RESULTS", since=later) == []
        assert await desk.refused(GAPS, USER, kind="ZERO_RESULTS") == "ACCESS_DENIED"


async def test_sums_of_several_workers_are_added_up(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        async with open_platform(tmp_path / "other", store_data) as other:
            logs = [desk.platform.knowledge.gaps, other.knowledge.gaps]
            for _ in range(5):
                for log in logs:
                    log.note(GapKind.ZERO_RESULTS, "umbrella")
                await asyncio.gather(*(log.store_noted() for log in logs))
        (told,) = await desk.ask(GAPS, kind="ZERO_RESULTS")
        assert told["count"] == 10


async def test_synonyms_of_a_unit_are_looked_up_too(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        await desk.publish("refund of a ride")
        assert await desk.questions("money back") == []
        await desk.ask(SYNONYMS, unit="rides", groups=[["money back", "refund"]])
        assert await desk.questions("money back") == ["refund of a ride"]
        assert await desk.refused(SYNONYMS, CARE_EDITOR, unit="rides", groups=[]) == "ACCESS_DENIED"
        assert await desk.refused(SYNONYMS, unit="rides", groups=[["one"]]) == "SYNONYMS_INVALID"
        await desk.ask(SYNONYMS, unit="rides", groups=[])
        assert await desk.questions("money back") == []


@dataclass(slots=True)
class CountingStore:
    """The platform's store as loaders use it, telling what they ask."""

    platform: OpenPlatform
    calls: list[str] = field(default_factory=list[str])

    async def load_many(self, collection: Collection, ids: Sequence[str]) -> list[Document | None]:
        self.calls.append(collection.name)
        return await self.platform.store.load_many(collection, ids)

    async def position(self) -> int:
        self.calls.append("position")
        return await self.platform.store.position()


async def test_lists_are_read_at_once(tmp_path: Path) -> None:
    """However many articles are found, and whatever is asked of each."""
    async with open_desk(tmp_path) as desk:
        related = await desk.publish("umbrella")
        for n in range(12):
            await desk.publish(f"refund {n}", related=[related["id"]])
        text = """{ searchKnowledge(input: { query: "refund", first: 12 }) { hits { article {
            helpful unhelpful related { question versions { revision } } versions { revision } seq } } } }"""
        await desk.questions("refund")
        store = CountingStore(desk.platform)
        loaders = Loaders(store, store)  # pyright: ignore[reportArgumentType]  # the part that loaders use
        context = replace(desk.platform.context(USER), loaders=loaders)
        result = await SCHEMA.execute(parse(text), {}, context)
        assert len(answer_of(result)["searchKnowledge"]["hits"]) == 12
        assert sorted(store.calls) == [
            "article_versions",  # their versions
            "article_versions",  # of what is related
            "article_votes",
            "articles",  # what is found
            "articles",  # what is related
            "position",
        ]
