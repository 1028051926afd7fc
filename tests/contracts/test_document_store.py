"""The contract of documents: find, insert, replace, delete, unique keys, several at once."""

from dataclasses import replace

import pytest

from resolvers.ports import Collection, Delete, Document, Index, Insert, Replace
from resolvers.store_errors import DocumentInvalid, DocumentNotFound, UniqueConflict, VersionConflict
from tests.servers.document_stores import StoreData

MODULES = Collection(name="modules", indexes=(Index(name="by_name", fields=("unit", "name"), unique=True),))
VERSIONS = Collection(name="versions", feed=False)


def module(document_id: str = "rides", version: int = 1, **fields: object) -> Document:
    return {"id": document_id, "version": version, **fields}


async def test_an_inserted_document_is_found_as_it_was(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=module(sdl="type Bike")))
        assert await store.find(MODULES, "rides") == module(sdl="type Bike")
        assert await store.get(MODULES, "rides") == module(sdl="type Bike")


async def test_a_missing_document_is_none_for_find_and_an_error_for_get(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        assert await store.find(MODULES, "rides") is None
        assert await store.find(MODULES, "") is None
        assert await store.find(MODULES, "\ud800") is None
        with pytest.raises(DocumentNotFound) as refusal:
            await store.get(MODULES, "rides")
    assert (refusal.value.collection, refusal.value.id) == ("modules", "rides")


async def test_load_many_keeps_order_and_length_of_its_keys(store_data: StoreData) -> None:
    async with store_data.open(VERSIONS) as store:
        await store.write(*(Insert(collection=VERSIONS, document=module(key)) for key in "abc"))
        found = await store.load_many(VERSIONS, ["c", "missing", "a", "c"])
        assert found == [module("c"), None, module("a"), module("c")]
        assert await store.load_many(VERSIONS, []) == []


async def test_what_the_caller_does_to_a_document_later_is_not_stored(store_data: StoreData) -> None:
    document = module(tags=["a"])
    async with store_data.open(VERSIONS) as store:
        await store.write(Insert(collection=VERSIONS, document=document))
        document["tags"].append("b")
        found = await store.get(VERSIONS, "rides")
        found["tags"].append("c")
        assert await store.get(VERSIONS, "rides") == module(tags=["a"])


@pytest.mark.parametrize("collection", [MODULES, VERSIONS], ids=["fed", "not fed"])
async def test_an_id_that_is_taken_is_refused(store_data: StoreData, collection: Collection) -> None:
    async with store_data.open(collection) as store:
        await store.write(Insert(collection=collection, document=module(sdl="first")))
        with pytest.raises(UniqueConflict) as refusal:
            await store.write(Insert(collection=collection, document=module(sdl="second")))
        assert (refusal.value.key, refusal.value.id) == ("id", "rides")
        assert await store.get(collection, "rides") == module(sdl="first")


@pytest.mark.parametrize("collection", [MODULES, VERSIONS], ids=["fed", "not fed"])
async def test_replace_wins_only_over_the_version_before_it(
    store_data: StoreData, collection: Collection
) -> None:
    async with store_data.open(collection) as store:
        await store.write(Insert(collection=collection, document=module(sdl="1")))
        await store.write(Replace(collection=collection, document=module(version=2, sdl="2")))
        for stale in (2, 4):
            with pytest.raises(VersionConflict) as refusal:
                await store.write(Replace(collection=collection, document=module(version=stale, sdl="x")))
            assert (refusal.value.expected, refusal.value.actual) == (stale - 1, 2)
        with pytest.raises(DocumentNotFound):
            await store.write(Replace(collection=collection, document=module("bikes", version=2)))
        assert await store.get(collection, "rides") == module(version=2, sdl="2")


@pytest.mark.parametrize("collection", [MODULES, VERSIONS], ids=["fed", "not fed"])
async def test_delete_removes_only_the_version_it_names(
    store_data: StoreData, collection: Collection
) -> None:
    async with store_data.open(collection) as store:
        await store.write(Insert(collection=collection, document=module()))
        with pytest.raises(VersionConflict):
            await store.write(Delete(collection=collection, id="rides", version=2))
        assert await store.find(collection, "rides") == module()
        await store.write(Delete(collection=collection, id="rides", version=1))
        assert await store.find(collection, "rides") is None
        with pytest.raises(DocumentNotFound):
            await store.write(Delete(collection=collection, id="rides", version=1))


async def test_a_unique_key_that_is_taken_is_refused_by_name(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=module("a", unit="rides", name="bikes")))
        await store.write(Insert(collection=MODULES, document=module("b", unit="rides", name="orders")))
        await store.write(Insert(collection=MODULES, document=module("c", unit="pay", name="bikes")))
        with pytest.raises(UniqueConflict) as refusal:
            await store.write(Insert(collection=MODULES, document=module("d", unit="rides", name="bikes")))
        assert (refusal.value.key, refusal.value.id) == ("by_name", "d")
        with pytest.raises(UniqueConflict):
            await store.write(
                Replace(collection=MODULES, document=module("b", 2, unit="rides", name="bikes"))
            )
        assert await store.find(MODULES, "d") is None
        assert await store.get(MODULES, "b") == module("b", unit="rides", name="orders")


async def test_a_unique_key_is_free_again_after_a_change_and_a_deletion(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=module("a", unit="rides", name="bikes")))
        await store.write(Replace(collection=MODULES, document=module("a", 2, unit="rides", name="old")))
        await store.write(Insert(collection=MODULES, document=module("b", unit="rides", name="bikes")))
        await store.write(Delete(collection=MODULES, id="b", version=1))
        await store.write(Insert(collection=MODULES, document=module("c", unit="rides", name="bikes")))


async def test_documents_without_all_fields_of_a_unique_key_do_not_conflict(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        for key in "ab":
            await store.write(Insert(collection=MODULES, document=module(key, unit="rides", name=None)))
        for key in "cd":
            await store.write(Insert(collection=MODULES, document=module(key, unit="rides")))


@pytest.mark.parametrize(("first", "second"), [(1, True), (1, "1"), (0, False)])
async def test_unique_keys_of_different_kinds_do_not_conflict(
    store_data: StoreData, first: object, second: object
) -> None:
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=module("a", unit="rides", name=first)))
        await store.write(Insert(collection=MODULES, document=module("b", unit="rides", name=second)))
        with pytest.raises(UniqueConflict):
            await store.write(Insert(collection=MODULES, document=module("c", unit="rides", name=first)))


async def test_several_writes_happen_together_across_collections(store_data: StoreData) -> None:
    async with store_data.open(MODULES, VERSIONS) as store:
        await store.write(
            Insert(collection=MODULES, document=module(latest=1)),
            Insert(collection=VERSIONS, document=module("rides@1", sdl="type Bike")),
        )
        await store.write(
            Replace(collection=MODULES, document=module(version=2, latest=2)),
            Insert(collection=VERSIONS, document=module("rides@2", sdl="type Bike { id: ID! }")),
            Delete(collection=VERSIONS, id="rides@1", version=1),
        )
        assert (await store.get(MODULES, "rides"))["latest"] == 2
        assert [bool(found) for found in await store.load_many(VERSIONS, ["rides@1", "rides@2"])] == [
            False,
            True,
        ]


@pytest.mark.parametrize("collection", [MODULES, VERSIONS], ids=["fed", "not fed"])
async def test_one_refusal_undoes_all_of_a_write(store_data: StoreData, collection: Collection) -> None:
    async with store_data.open(collection) as store:
        await store.write(Insert(collection=collection, document=module("a")))
        refused = (
            Replace(collection=collection, document=module("a", version=7)),
            Insert(collection=collection, document=module("a")),
            Delete(collection=collection, id="missing", version=1),
        )
        for last in refused:
            with pytest.raises((VersionConflict, UniqueConflict, DocumentNotFound)):
                await store.write(
                    Insert(collection=collection, document=module("b")),
                    Replace(collection=collection, document=module("a", version=2)),
                    last,
                )
        assert await store.load_many(collection, ["a", "b"]) == [module("a"), None]
        await store.write(Replace(collection=collection, document=module("a", version=2)))


async def test_writes_of_one_transaction_see_each_other(store_data: StoreData) -> None:
    first = module("a", unit="rides", name="bikes")
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=first))
        await store.write(
            Replace(collection=MODULES, document={**first, "version": 2, "name": "old"}),
            Insert(collection=MODULES, document=module("b", unit="rides", name="bikes")),
            Replace(collection=MODULES, document={**first, "version": 3, "name": "older"}),
        )
        assert (await store.get(MODULES, "a"))["name"] == "older"


async def test_an_invalid_document_stops_the_whole_write(store_data: StoreData) -> None:
    async with store_data.open(VERSIONS) as store:
        good = Insert(collection=VERSIONS, document=module("a"))
        with pytest.raises(DocumentInvalid):
            await store.write(good, replace(good, document=module("b", value={1, 2})))
        assert await store.find(VERSIONS, "a") is None
        await store.write()


async def test_everything_is_there_after_closing_and_opening_again(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as store:
        await store.write(Insert(collection=MODULES, document=module(unit="rides", name="bikes")))
    async with store_data.open(MODULES) as store:
        assert await store.get(MODULES, "rides") == module(unit="rides", name="bikes")
        with pytest.raises(UniqueConflict):
            await store.write(Insert(collection=MODULES, document=module("b", unit="rides", name="bikes")))
        assert await store.position() == 1


async def test_two_stores_on_the_same_data_see_each_others_writes(store_data: StoreData) -> None:
    async with store_data.open(MODULES) as left, store_data.open(MODULES) as right:
        await left.write(Insert(collection=MODULES, document=module(sdl="left")))
        assert (await right.get(MODULES, "rides"))["sdl"] == "left"
        await right.write(Replace(collection=MODULES, document=module(version=2, sdl="right")))
        with pytest.raises(VersionConflict):
            await left.write(Replace(collection=MODULES, document=module(version=2, sdl="left again")))
        assert (await left.get(MODULES, "rides"))["sdl"] == "right"
