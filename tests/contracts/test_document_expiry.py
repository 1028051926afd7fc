"""The contract of documents that expire: they go some time after nobody needs them, all others stay."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from resolvers.ports import Collection, Document, Index, Insert, Query, Replace
from resolvers.store_errors import DocumentInvalid
from tests.servers.document_stores import Store, StoreData

NOTES = Collection(
    name="notes", indexes=(Index(name="by_kind", fields=("kind",)),), feed=False, expires="until"
)
NOW = datetime.now(UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)
GONE_S = 90.0  # MongoDB looks once a minute, unless told otherwise
LOOK_S = 0.05


def note(key: str, version: int = 1, **more: object) -> Document:
    return {"id": key, "version": version, "kind": "k", **more}


async def until_gone(store: Store, *keys: str) -> None:
    """What expired goes by itself, or with the next writes of its kind."""
    number = 0
    async with asyncio.timeout(GONE_S):
        while any(await store.load_many(NOTES, keys)):
            number += 1
            await store.write(Insert(collection=NOTES, document=note(f"{keys[0]} {number}")))
            await asyncio.sleep(LOOK_S)


async def test_an_expired_document_goes_and_the_others_stay(store_data: StoreData) -> None:
    async with store_data.open(NOTES) as store:
        await store.write(
            Insert(collection=NOTES, document=note("old", until=PAST)),
            Insert(collection=NOTES, document=note("new", until=FUTURE)),
            Insert(collection=NOTES, document=note("for ever")),
            Insert(collection=NOTES, document=note("null", until=None)),
        )
        await until_gone(store, "old")
        kept = await store.load_many(NOTES, ["new", "for ever", "null"])
        assert kept == [note("new", until=FUTURE), note("for ever"), note("null", until=None)]
        found = await store.select(Query(collection=NOTES, index="by_kind", equal={"kind": "k"}))
        assert "old" not in {document["id"] for document in found.documents}


async def test_many_that_expire_at_one_time_all_go(store_data: StoreData) -> None:
    keys = [f"old{number}" for number in range(50)]
    async with store_data.open(NOTES) as store:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        await store.write(*(Insert(collection=NOTES, document=note(key, until=soon)) for key in keys))
        await until_gone(store, *keys)


async def test_a_document_may_be_kept_longer_or_for_ever(store_data: StoreData) -> None:
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document=note("a", until=FUTURE)))
        await store.write(Insert(collection=NOTES, document=note("b", until=FUTURE)))
        await store.write(Replace(collection=NOTES, document=note("a", 2)))
        await store.write(Replace(collection=NOTES, document=note("b", 2, until=PAST)))
        await until_gone(store, "b")
        assert await store.find(NOTES, "a") == note("a", 2)


async def test_the_id_of_an_expired_document_is_free_again(store_data: StoreData) -> None:
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document=note("a", until=PAST)))
        await until_gone(store, "a")
        await store.write(Insert(collection=NOTES, document=note("a", until=FUTURE)))
        assert await store.find(NOTES, "a") == note("a", until=FUTURE)


async def test_documents_stored_before_their_kind_expired_stay(store_data: StoreData) -> None:
    before = Collection(name=NOTES.name, indexes=NOTES.indexes, feed=False)
    async with store_data.open(before) as store:
        await store.write(Insert(collection=before, document=note("a", until=PAST)))
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document=note("b", until=PAST)))
        await until_gone(store, "b")
        assert await store.find(NOTES, "a") is not None


@pytest.mark.parametrize("until", ["2026-11-23", 1_800_000_000, [PAST]])
async def test_an_expiry_that_is_no_time_is_refused(store_data: StoreData, until: object) -> None:
    async with store_data.open(NOTES) as store:
        with pytest.raises(DocumentInvalid) as refusal:
            await store.write(Insert(collection=NOTES, document=note("a", until=until)))
        assert refusal.value.path == "until"


def test_what_is_in_the_feed_does_not_expire() -> None:
    with pytest.raises(ValueError, match="without a change in the feed"):
        Collection(name="notes", expires="until")
    with pytest.raises(ValueError, match="plain top-level field"):
        Collection(name="notes", feed=False, expires="a.b")
