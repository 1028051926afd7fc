"""The contract of look-ups: equality, members of lists, order, ranges, pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from resolvers.ports import Collection, Delete, Document, Index, Insert, Query, Replace
from resolvers.store_errors import CursorInvalid, QueryInvalid
from tests.servers.document_stores import Store, StoreData

TASKS = Collection(
    name="tasks",
    indexes=(
        Index(name="by_role", fields=("roles",)),
        Index(name="by_unit", fields=("unit", "status"), order="due"),
        Index(name="by_due", order="due"),
        Index(name="by_number", fields=("number",), unique=True),
    ),
    feed=False,
)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BY_DUE = Query(collection=TASKS, index="by_due")


async def insert(store: Store, *documents: Document) -> None:
    await store.write(*(Insert(collection=TASKS, document={"version": 1, **each}) for each in documents))


async def ids(store: Store, query: Query) -> str:
    return "".join([str(document["id"]) for document in (await store.select(query)).documents])


async def ids_of_all_pages(store: Store, query: Query) -> list[str]:
    found: list[str] = []
    while True:
        page = await store.select(query)
        assert len(page.documents) <= query.limit
        found += [str(document["id"]) for document in page.documents]
        if page.next is None:
            return found
        query = replace(query, after=page.next)


async def test_documents_are_found_by_each_member_of_a_list(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(
            store,
            {"id": "a", "roles": ["agent", "lead", "agent", None]},
            {"id": "b", "roles": "agent"},
            {"id": "c", "roles": []},
            {"id": "d", "roles": None},
            {"id": "e"},
            {"id": "f", "roles": ["agents"]},
        )
        assert await ids(store, by_role("agent")) == "ab"
        assert await ids(store, by_role("lead")) == "a"
        assert await ids(store, by_role("nobody")) == ""


async def test_a_look_up_follows_replacements_and_deletions(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, {"id": "a", "roles": ["agent", "lead"]}, {"id": "b", "roles": ["agent"]})
        moved: Document = {"id": "a", "version": 2, "roles": ["lead", "boss"]}
        await store.write(Replace(collection=TASKS, document=moved))
        assert [await ids(store, by_role(role)) for role in ("agent", "lead", "boss")] == ["b", "a", "a"]
        await store.write(Delete(collection=TASKS, id="a", version=2))
        assert [await ids(store, by_role(role)) for role in ("agent", "lead", "boss")] == ["b", "", ""]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1, "ab"),
        (1.0, "ab"),
        (True, "c"),
        ("1", "d"),
        (0, ""),
        (NOON, "e"),
        (NOON.isoformat(), ""),
        (2**63 - 1, "g"),
    ],
    ids=repr,
)
async def test_equality_compares_numbers_by_value_and_kinds_apart(
    store_data: StoreData, value: str | int | float, found: str
) -> None:
    values = [1, 1.0, True, "1", NOON, False, 2**63 - 1, 2**63 - 2]
    async with store_data.open(TASKS) as store:
        await insert(
            store, *({"id": key, "roles": each} for key, each in zip("abcdefgh", values, strict=True))
        )
        assert await ids(store, by_role(value)) == found


async def test_a_unique_index_finds_its_document(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, {"id": "a", "number": 7}, {"id": "b", "number": 8}, {"id": "c"})
        found = await store.select(Query(collection=TASKS, index="by_number", equal={"number": 8}))
        assert [document["id"] for document in found.documents] == ["b"]


async def test_equality_on_several_fields_with_order_and_range(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        for hour, key in enumerate("abcdef"):
            due = NOON + timedelta(hours=hour % 3, microseconds=hour)
            await insert(store, {"id": key, "unit": "rides", "status": "open", "due": due})
        await insert(store, {"id": "g", "unit": "rides", "status": "closed", "due": NOON})
        await insert(store, {"id": "h", "unit": "rides", "status": "open", "due": None})
        query = Query(collection=TASKS, index="by_unit", equal={"unit": "rides", "status": "open"})
        assert await ids(store, query) == "adbecf"
        assert await ids(store, replace(query, descending=True)) == "fcebda"
        later = replace(query, at_least=NOON + timedelta(microseconds=3))
        assert await ids(store, later) == "dbecf"
        assert await ids(store, replace(later, below=NOON + timedelta(hours=2))) == "dbe"
        assert await ids(store, replace(later, below=NOON + timedelta(hours=2), descending=True)) == "ebd"


MIXED: Sequence[tuple[str, object]] = [
    ("a", 2), ("b", -1.5), ("c", 2.0), ("d", "z"), ("e", ""), ("f", "中"), ("g", NOON), ("h", "Z"),
    ("i", NOON - timedelta(days=1)), ("j", None), ("k", 2**53 + 1), ("l", 2**53), ("m", "é"),
]  # fmt: skip


async def test_order_is_numbers_then_texts_by_code_point_then_times(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": key, "due": value} for key, value in MIXED))
        assert await ids(store, BY_DUE) == "baclkehdmfig"
        assert await ids(store, replace(BY_DUE, descending=True)) == "gifmdheklcab"
        assert await ids(store, replace(BY_DUE, at_least=2)) == "aclk"
        assert await ids(store, replace(BY_DUE, below=2)) == "b"
        assert await ids(store, replace(BY_DUE, at_least="Z")) == "hdmf"
        assert await ids(store, replace(BY_DUE, below="Z")) == "e"
        assert await ids(store, replace(BY_DUE, at_least=NOON)) == "g"
        assert await ids(store, replace(BY_DUE, below=NOON)) == "i"


@pytest.mark.parametrize("limit", [1, 2, 5, 12, 13])
@pytest.mark.parametrize("descending", [False, True])
async def test_pages_join_to_the_whole_over_all_kinds(
    store_data: StoreData, limit: int, descending: bool
) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": key, "due": value} for key, value in MIXED))
        whole = replace(BY_DUE, descending=descending)
        for query in (
            whole,
            replace(whole, at_least=2),
            replace(whole, below="f"),
            replace(whole, below=NOON),
        ):
            paged = await ids_of_all_pages(store, replace(query, limit=limit))
            assert "".join(paged) == await ids(store, query)


async def test_without_an_index_documents_come_by_id(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": key} for key in ("b", "B", "中", "a", "aa", "é", "🚲", "~")))
        in_order = ["B", "a", "aa", "b", "~", "é", "中", "🚲"]
        query = Query(collection=TASKS, limit=3)
        assert await ids_of_all_pages(store, query) == in_order
        assert await ids_of_all_pages(store, replace(query, descending=True)) == in_order[::-1]


async def test_equal_order_values_are_paged_by_id(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": f"{number:02}", "due": number // 10} for number in range(40)))
        assert await ids_of_all_pages(store, replace(BY_DUE, limit=7)) == [f"{n:02}" for n in range(40)]


async def test_a_page_goes_on_after_a_cursor_whose_document_is_gone(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": key, "due": 1} for key in "abcd"))
        page = await store.select(replace(BY_DUE, limit=2))
        await store.write(Delete(collection=TASKS, id="b", version=1))
        assert await ids(store, replace(BY_DUE, after=page.next)) == "cd"


@pytest.mark.parametrize(
    "wrong",
    [
        Query(collection=TASKS, index="by_colour"),
        Query(collection=TASKS, index="by_unit", equal={"unit": "rides"}),
        Query(collection=TASKS, index="by_role", equal={"roles": "a", "unit": "b"}),
        Query(collection=TASKS, equal={"roles": "a"}),
        Query(collection=TASKS, index="by_role", equal={"roles": "a"}, at_least=1),
        Query(collection=TASKS, index="by_due", at_least=1, below="z"),
        Query(collection=TASKS, index="by_due", at_least=True),
        Query(collection=TASKS, index="by_due", at_least=datetime(2026, 1, 1)),  # the point
        Query(collection=TASKS, limit=0),
        Query(collection=TASKS, limit=1_001),
        Query(collection=TASKS, index="by_role", equal={"roles": {"$ne": None}}),  # pyright: ignore  # the attack
        Query(collection=TASKS, index="by_role", equal={"roles": None}),  # pyright: ignore  # as a caller may
        Query(collection=TASKS, index="by_due", below=float("nan")),
    ],
    ids=lambda query: repr(query)[35:] if isinstance(query, Query) else None,
)
async def test_a_query_outside_the_declaration_is_refused(store_data: StoreData, wrong: Query) -> None:
    async with store_data.open(TASKS) as store:
        with pytest.raises(QueryInvalid):
            await store.select(wrong)


async def test_a_cursor_of_another_query_or_none_at_all_is_refused(store_data: StoreData) -> None:
    async with store_data.open(TASKS) as store:
        await insert(store, *({"id": key, "due": 1, "roles": "agent"} for key in "abc"))
        cursor = (await store.select(replace(BY_DUE, limit=1))).next
        assert cursor is not None
        for wrong in ("", "x", "bm9uZQ==", "W10=", cursor[:-4], '{"$ne": null}', "中"):
            with pytest.raises(CursorInvalid):
                await store.select(replace(BY_DUE, after=wrong))
        for other in (replace(BY_DUE, descending=True), replace(BY_DUE, at_least=0), Query(collection=TASKS)):
            with pytest.raises(CursorInvalid):
                await store.select(replace(other, after=cursor))


def by_role(role: str | int | float | datetime) -> Query:
    return Query(collection=TASKS, index="by_role", equal={"roles": role})
