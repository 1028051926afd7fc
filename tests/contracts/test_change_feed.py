"""The contract of the change feed: commit order, no gaps, waiting, positions that outlive the process."""

import asyncio
from uuid import uuid4

import pytest

from resolvers.ports import Change, Collection, Delete, Document, Insert, Replace
from resolvers.store_errors import FeedPositionLost, StoreError
from tests.servers.document_stores import Store, StoreData

ARTICLES = Collection(name="articles")
RULES = Collection(name="rules")
RUNS = Collection(name="runs", feed=False)
WRITERS = 32
WRITES = 6


def document(key: str, version: int = 1) -> Document:
    return {"id": key, "version": version}


def change(sequence: int, key: str, version: int = 1, *, deleted: bool = False) -> Change:
    return Change(sequence=sequence, collection="articles", id=key, version=version, deleted=deleted)


async def test_every_write_is_a_change_in_order(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        assert (await store.position(), await store.changes(after=0)) == (0, [])
        await store.write(Insert(collection=ARTICLES, document=document("a")))
        await store.write(
            Replace(collection=ARTICLES, document=document("a", 2)),
            Insert(collection=ARTICLES, document=document("b", 7)),
            Delete(collection=ARTICLES, id="a", version=2),
        )
        expected = [change(1, "a"), change(2, "a", 2), change(3, "b", 7), change(4, "a", 2, deleted=True)]
        assert await store.changes(after=0) == expected
        assert await store.changes(after=1, limit=2) == expected[1:3]
        assert await store.changes(after=4) == []
        assert await store.position() == 4


async def test_refused_writes_leave_no_number_out(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        for key in ("a", "b"):
            await store.write(Insert(collection=ARTICLES, document=document(key)))
            with pytest.raises(StoreError):
                await store.write(
                    Insert(collection=ARTICLES, document=document("x")),
                    Insert(collection=ARTICLES, document=document(key)),
                )
        assert await store.changes(after=0) == [change(1, "a"), change(2, "b")]


async def test_only_collections_with_a_feed_are_in_it(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES, RUNS) as store:
        await store.write(Insert(collection=RUNS, document=document("r")))
        await store.write(
            Insert(collection=RUNS, document=document("s")),
            Insert(collection=ARTICLES, document=document("a")),
        )
        assert await store.changes(after=0) == [change(1, "a")]


async def test_the_feed_goes_on_after_reopening(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        await store.write(Insert(collection=ARTICLES, document=document("a")))
    async with store_data.open(ARTICLES) as store:
        await store.write(Insert(collection=ARTICLES, document=document("b")))
        assert await store.changes(after=1) == [change(2, "b")]


async def test_a_position_the_feed_never_reached_is_refused(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        await store.write(Insert(collection=ARTICLES, document=document("a")))
        with pytest.raises(FeedPositionLost) as refusal:
            await store.changes(after=2, wait_s=60)
        assert (refusal.value.after, refusal.value.last) == (2, 1)


async def test_changes_of_long_ago_are_forgotten_and_whoever_needs_them_is_told(
    store_data: StoreData,
) -> None:
    kept, written = 200, 1_000
    async with store_data.open(ARTICLES, feed_kept=kept) as store:
        for _ in range(written // 100):
            writes = [Insert(collection=ARTICLES, document=document(uuid4().hex)) for _ in range(100)]
            await store.write(*writes)
        assert await store.position() == written
        latest = await store.changes(after=written - kept)
        assert [each.sequence for each in latest] == list(range(written - kept + 1, written + 1))
        with pytest.raises(FeedPositionLost) as refusal:
            await store.changes(after=written // 2, wait_s=60)
        assert (refusal.value.after, refusal.value.last) == (written // 2, written)
        with pytest.raises(FeedPositionLost):
            await store.changes(after=0, limit=1)


async def test_the_numbers_go_on_where_only_the_latest_change_is_kept(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES, feed_kept=1) as store:
        for key in "abc":
            await store.write(Insert(collection=ARTICLES, document=document(key)))
    async with store_data.open(ARTICLES, feed_kept=1) as store:
        assert (await store.position(), await store.changes(after=3)) == (3, [])
        await store.write(Insert(collection=ARTICLES, document=document("d")))
        assert await store.changes(after=3) == [change(4, "d")]


async def test_a_feed_of_which_more_was_kept_shrinks_to_what_is_kept_now(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        await store.write(*(Insert(collection=ARTICLES, document=document(f"old{n}")) for n in range(30)))
    async with store_data.open(ARTICLES, feed_kept=5) as store:
        for number in range(30):
            await store.write(Insert(collection=ARTICLES, document=document(f"new{number}")))
        assert len(await store.changes(after=55)) == 5
        with pytest.raises(FeedPositionLost):
            await store.changes(after=54)


async def test_waiting_ends_empty_when_nothing_happens(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        assert await store.changes(after=0, wait_s=0.05) == []


@pytest.mark.parametrize("writer", ["the same store", "another store"])
async def test_a_waiting_reader_is_woken(store_data: StoreData, writer: str) -> None:
    async with store_data.open(ARTICLES) as reader, store_data.open(ARTICLES) as other:
        writing = reader if writer == "the same store" else other
        for sequence, key in enumerate("abcde", start=1):
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(reader.changes(after=sequence - 1, wait_s=60))
                tasks.create_task(writing.write(Insert(collection=ARTICLES, document=document(key))))
            assert waiting.result() == [change(sequence, key)]


async def test_a_reader_that_gives_up_does_not_disturb_the_others(store_data: StoreData) -> None:
    async with store_data.open(ARTICLES) as store:
        staying = asyncio.create_task(store.changes(after=0, wait_s=60))
        leaving = asyncio.create_task(store.changes(after=0, wait_s=60))
        await asyncio.wait([staying, leaving], timeout=0.05)
        leaving.cancel()
        await store.write(Insert(collection=ARTICLES, document=document("a")))
        assert await staying == [change(1, "a")]
        assert leaving.cancelled()


async def test_32_writers_on_two_stores_make_one_feed_in_commit_order(store_data: StoreData) -> None:
    """Two readers follow while the writers run: no number is ever seen before the ones below it."""
    async with store_data.open(ARTICLES, RULES) as left, store_data.open(ARTICLES, RULES) as right:
        async with asyncio.TaskGroup() as tasks:
            readers = [tasks.create_task(follow(store, WRITERS * WRITES * 2)) for store in (left, right)]
            acknowledged = [
                tasks.create_task(write_both(left if number % 2 else right, f"w{number}"))
                for number in range(WRITERS)
            ]
        feeds = [reader.result() for reader in readers]
        assert feeds[0] == feeds[1] == await left.changes(after=0)
        assert [each.sequence for each in feeds[0]] == list(range(1, WRITERS * WRITES * 2 + 1))
        for number, writer in enumerate(acknowledged):
            own = [each for each in feeds[0] if each.id == f"w{number}"]
            pairs = list(zip(own[::2], own[1::2], strict=True))
            versions = range(1, WRITES + 1)
            assert [(one.version, two.version) for one, two in pairs] == [(v, v) for v in versions]
            assert {(one.collection, two.collection) for one, two in pairs} == {("articles", "rules")}
            assert all(two.sequence == one.sequence + 1 for one, two in pairs), "a transaction stays together"
            ends = zip(pairs, writer.result(), strict=True)
            assert all(two.sequence <= end for (_, two), end in ends), "in the feed when acknowledged"


async def write_both(store: Store, key: str) -> list[int]:
    """Write a document in both collections at once, again and again; the feed's end after each."""
    ends: list[int] = []
    for version in range(1, WRITES + 1):
        kind = Insert if version == 1 else Replace
        await store.write(
            kind(collection=ARTICLES, document=document(key, version)),
            kind(collection=RULES, document=document(key, version)),
        )
        ends.append(await store.position())
    return ends


async def follow(store: Store, until: int) -> list[Change]:
    """Read the feed to a number, checking that what it names can be read."""
    seen: list[Change] = []
    while len(seen) < until:
        news = await store.changes(after=len(seen), limit=10, wait_s=60)
        collection = ARTICLES if news[0].collection == "articles" else RULES
        assert (await store.get(collection, news[0].id))["version"] >= news[0].version
        seen += news
    return seen
