"""The contract of values: what goes in comes out equal, or is refused before anything is stored."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest

from gateway.stores.codec import MAX_DEPTH, MAX_KEY_BYTES, MAX_SIZE_BYTES
from resolvers.ports import Collection, Document, Index, Insert, Query
from resolvers.store_errors import DocumentInvalid
from tests.servers.document_stores import StoreData

NOTES = Collection(name="notes", feed=False)
INDEXED = Collection(
    name="indexed",
    indexes=(
        Index(name="by_pair", fields=("left", "right"), order="at"),
        Index(name="by_key", fields=("key",), unique=True),
    ),
    feed=False,
)
DEEPEST = MAX_DEPTH - 1  # the field's own list is a level


class Colour(StrEnum):
    RED = "red"


def nested(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


ROUND_TRIPS: dict[str, object] = {
    "none": None,
    "booleans": [True, False],
    "small integers": [0, 1, -1, 2**31, -(2**31) - 1],
    "64-bit integers": [2**63 - 1, -(2**63), 2**53 + 1],
    "floats": [0.1, -0.0, 1e308, 5e-324, 1.0, 1e22],
    "texts": ["", "中文 · naïve · 🚲", "a\0b", "\u2028", "%24", "%at"],
    "bytes": [b"", b"\0\xff stamp"],
    "lists": [[], [[]], [None, [1, ["a"]]]],
    "objects": {"": {"": {}}, "a": {"b": [{"c": None}]}},
    "dotted and dollar keys": {"a.b": 1, "$set": {"$x": 1}, ".": 2, "$": 3, "%": 4, "%2E": 5, "a\0b": 6},
    "operators": {"$ne": None, "nested": [{"$where": "sleep(1000)"}, {"$gt": ""}, {"$ref": "x", "$id": 1}]},
    "look-alikes of our tags": [
        {"%at": "soon"},
        {"%bytes": "x"},
        {"$date": 1},
        {"$oid": "x"},
        {"%25at": "x"},
    ],
    "microseconds": [datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)],
    "first and last times": [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)],
    "times of other zones": datetime(2026, 3, 1, 7, 30, tzinfo=timezone(timedelta(hours=8))),
    "texts of a subclass": [Colour.RED],
    "deepest nesting": nested(DEEPEST),
    "names of the store's own": {"_id": 1, "id": 2, "version": "x", "body": {"body": 1}, "k0": 1, "o": 2},
}


async def test_every_value_comes_out_equal(store_data: StoreData) -> None:
    async with store_data.open(NOTES) as store:
        await store.write(
            *(Insert(collection=NOTES, document=note(key, value)) for key, value in ROUND_TRIPS.items())
        )
        for name, value in ROUND_TRIPS.items():
            found = await store.get(NOTES, name)
            assert found == note(name, value)
            assert repr(kinds_of(found["value"])) == repr(kinds_of(value)), name


async def test_top_level_fields_may_have_any_name(store_data: StoreData) -> None:
    fields = {"_id": 1, "body": 2, "$set": {"version": 9}, "a.b": 3, "%": 4, "": 5, "collection": 6}
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document={"id": "x", "version": 3, **fields}))
        assert await store.get(NOTES, "x") == {"id": "x", "version": 3, **fields}


async def test_times_come_out_in_utc(store_data: StoreData) -> None:
    local = datetime(2026, 3, 1, 7, 30, tzinfo=timezone(timedelta(hours=8)))
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document=note("x", local)))
        assert (await store.get(NOTES, "x"))["value"].tzinfo is UTC


REFUSED: dict[str, tuple[object, str, str]] = {
    "integer beyond 64 bits": ({"a": [1, 2**63]}, "value.a[1]", "64 bits"),
    "negative integer beyond 64 bits": (-(2**63) - 1, "value", "64 bits"),
    "not a number": ([float("nan")], "value[0]", "finite"),
    "infinity": (float("-inf"), "value", "finite"),
    "naive time": ({"at": datetime(2026, 1, 1)}, "value.at", "time zone"),  # the point
    "lone surrogate": ({"name": "\ud800"}, "value.name", "Unicode"),
    "key that is no text": ({"a": {1: 2}}, "value.a", "key"),
    "tuple": ({"a": (1, 2)}, "value.a", "tuple"),
    "set": ([{1}], "value[0]", "set"),
    "object": (object(), "value", "object"),
    "one level too deep": (nested(DEEPEST + 1), "value" + "[0]" * (DEEPEST + 1), "nested deeper"),
    "bottomless": (nested(900), "value" + "[0]" * (DEEPEST + 1), "nested deeper"),
    "huge text": ("x" * MAX_SIZE_BYTES, "value", "MiB"),
    "huge list": ([0] * (MAX_SIZE_BYTES // 16), "value", "MiB"),
    "huge bytes": (b"x" * MAX_SIZE_BYTES, "value", "MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_come_out_equal_is_refused(store_data: StoreData, name: str) -> None:
    value, path, reason = REFUSED[name]
    async with store_data.open(NOTES) as store:
        with pytest.raises(DocumentInvalid, match=reason) as refusal:
            await store.write(Insert(collection=NOTES, document=note("x", value)))
        assert refusal.value.path.startswith(path)
        assert await store.find(NOTES, "x") is None


async def test_a_document_of_the_greatest_size_is_stored(store_data: StoreData) -> None:
    document = note("x", ["$" * 100] * ((MAX_SIZE_BYTES - 1_000) // 117))
    async with store_data.open(NOTES) as store:
        await store.write(Insert(collection=NOTES, document=document))
        assert await store.get(NOTES, "x") == document


@pytest.mark.parametrize(
    "identity",
    [{}, {"id": 1}, {"id": ""}, {"id": {"$ne": None}}, {"id": "a\0b"}, {"id": "\ud800"}, {"id": "x" * 1_025}],
    ids=repr,
)
async def test_an_id_is_a_short_text(store_data: StoreData, identity: Document) -> None:
    async with store_data.open(NOTES) as store:
        with pytest.raises(DocumentInvalid) as refusal:
            await store.write(Insert(collection=NOTES, document={**identity, "version": 1}))
        assert refusal.value.path == "id"


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.0, True, 2**63, {"$gt": 0}], ids=repr)
async def test_a_version_is_an_integer_from_one(store_data: StoreData, version: object) -> None:
    async with store_data.open(NOTES) as store:
        with pytest.raises(DocumentInvalid) as refusal:
            await store.write(Insert(collection=NOTES, document={"id": "x", "version": version}))
        assert refusal.value.path == "version"


UNFIT: dict[str, Document] = {
    "object in an indexed field": {"left": {"$ne": None}},
    "bytes in an indexed field": {"left": b"x"},
    "list in a list": {"left": [["x"]]},
    "two lists in one index": {"left": ["a"], "right": ["b"]},
    "list in a unique key": {"key": ["a"]},
    "list in an order field": {"at": [1]},
    "boolean in an order field": {"at": True},
    "text too long for an index": {"left": "x" * (MAX_KEY_BYTES + 1)},
}


@pytest.mark.parametrize("name", UNFIT)
async def test_what_an_index_cannot_hold_is_refused(store_data: StoreData, name: str) -> None:
    async with store_data.open(INDEXED) as store:
        with pytest.raises(DocumentInvalid) as refusal:
            await store.write(Insert(collection=INDEXED, document={"id": "x", "version": 1, **UNFIT[name]}))
        assert refusal.value.path in UNFIT[name]
        assert await store.find(INDEXED, "x") is None


async def test_s10_operators_are_data_in_documents_and_refused_in_queries(store_data: StoreData) -> None:
    attack: Document = {
        "id": "$where",
        "version": 1,
        "left": "$ne",
        "right": "a",
        "at": 1,
        "x": {"$ne": None},
    }
    async with store_data.open(INDEXED) as store:
        await store.write(Insert(collection=INDEXED, document=attack))
        query = Query(collection=INDEXED, index="by_pair", equal={"left": "$ne", "right": "a"})
        assert (await store.select(query)).documents == (attack,)
        assert await store.get(INDEXED, "$where") == attack
        with pytest.raises(TypeError):
            await store.find(INDEXED, {"$ne": None})  # pyright: ignore[reportArgumentType]  # the attack


def note(key: str, value: object) -> Document:
    return {"id": key, "version": 1, "value": value}


def kinds_of(value: object) -> object:
    """The types in the tree: 1, 1.0 and True are equal but not the same; texts of a subclass become texts."""
    match value:
        case list():
            return [kinds_of(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case dict():
            return {key: kinds_of(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case str():
            return str
        case _:
            return type(value)
