"""The contract of declarations that change between two releases."""

import pytest

from resolvers.ports import Collection, Document, Index, Insert, Query, Replace
from resolvers.store_errors import UniqueConflict
from tests.servers.document_stores import Store, StoreData

BEFORE = Collection(name="modules")
BY_UNIT = Index(name="by_unit", fields=("unit",))
BY_UNIT_NEWEST = Index(name="by_unit", fields=("unit",), order="at")
BY_NAME = Index(name="by_name", fields=("name",), unique=True)


async def fill(store: Store, collection: Collection, *names: str) -> None:
    for at, name in enumerate(names):
        document: Document = {"id": f"m{at}", "version": 1, "unit": "rides", "name": name, "at": -at}
        await store.write(Insert(collection=collection, document=document))


async def found(store: Store, collection: Collection) -> list[str]:
    page = await store.select(Query(collection=collection, index="by_unit", equal={"unit": "rides"}))
    return [document["id"] for document in page.documents]


async def test_an_index_declared_later_finds_what_was_stored_before(store_data: StoreData) -> None:
    after = Collection(name="modules", indexes=(BY_UNIT, BY_NAME))
    async with store_data.open(BEFORE) as store:
        await fill(store, BEFORE, "a", "b")
    async with store_data.open(after) as store:
        assert await found(store, after) == ["m0", "m1"]
        with pytest.raises(UniqueConflict):
            await store.write(Insert(collection=after, document={"id": "x", "version": 1, "name": "a"}))


async def test_an_index_declared_differently_is_built_anew(store_data: StoreData) -> None:
    first = Collection(name="modules", indexes=(BY_UNIT,))
    second = Collection(name="modules", indexes=(BY_UNIT_NEWEST,))
    async with store_data.open(first) as store:
        await fill(store, first, "a", "b")
        assert await found(store, first) == ["m0", "m1"]
    async with store_data.open(second) as store:
        assert await found(store, second) == ["m1", "m0"]
        moved: Document = {"id": "m1", "version": 2, "unit": "rides", "at": 5}
        await store.write(Replace(collection=second, document=moved))
        assert await found(store, second) == ["m0", "m1"]


async def test_a_unique_index_that_stored_documents_break_is_refused_at_opening(
    store_data: StoreData,
) -> None:
    async with store_data.open(BEFORE) as store:
        await fill(store, BEFORE, "same", "same")
    with pytest.raises(UniqueConflict) as refusal:
        async with store_data.open(Collection(name="modules", indexes=(BY_NAME,))):
            pass
    assert (refusal.value.key, refusal.value.id in ("m0", "m1")) == ("by_name", True)
    async with store_data.open(BEFORE) as store:
        assert await store.load_many(BEFORE, ["m0"]) != [None], "the refusal harmed nothing"


async def test_a_collection_the_store_was_not_opened_with_is_refused(store_data: StoreData) -> None:
    for other in (Collection(name="modules", indexes=(BY_UNIT,)), Collection(name="others")):
        async with store_data.open(BEFORE) as store:
            for attempt in (
                store.find(other, "m0"),
                store.select(Query(collection=other)),
                store.write(Insert(collection=other, document={"id": "m0", "version": 1})),
            ):
                with pytest.raises(ValueError, match="was not opened with"):
                    await attempt


@pytest.mark.parametrize(
    "declare",
    [
        lambda: Collection(name="Modules"),
        lambda: Collection(name="modules; DROP TABLE x"),
        lambda: Collection(name="_change"),
        lambda: Collection(name="modules", indexes=(BY_UNIT, BY_UNIT_NEWEST)),
        lambda: Index(name="by_unit"),
        lambda: Index(name="id", fields=("unit",)),
        lambda: Index(name="by_unit", fields=("unit", "unit")),
        lambda: Index(name="by_unit", fields=("a.b",)),
        lambda: Index(name="by_unit", fields=("$where",)),
        lambda: Index(name="by_version", fields=("version",)),
        lambda: Index(name="by_unit", fields=("unit",), order="at", unique=True),
    ],
)  # fmt: skip
def test_a_declaration_no_store_could_keep_is_refused(declare: object) -> None:
    assert callable(declare)
    with pytest.raises(ValueError, match=r"name|field|unique|twice"):
        declare()
