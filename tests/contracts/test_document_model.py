"""Random writes and look-ups: a store answers as a plain dict would, whatever the order of things."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from resolvers.ports import Collection, Delete, Document, Index, Insert, Query, Replace, Scalar, Write
from resolvers.store_errors import DocumentNotFound, StoreError, UniqueConflict, VersionConflict
from tests.servers.document_stores import (
    Store,
    StoreData,
    mongo_data,
    sockets_forgotten_by,
    sqlite_data,
    with_database,
)

ITEMS = Collection(
    name="items",
    indexes=(
        Index(name="by_tag", fields=("tag",), order="rank"),
        Index(name="by_code", fields=("code",), unique=True),
    ),
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = st.sampled_from(["a", "b", "c", "é"])
SCALARS = st.sampled_from(
    ["x", "", "é", 1, 1.0, True, False, -2.5, 2**53 + 1, NOON, NOON.replace(microsecond=1)]
)
ORDERED = SCALARS.filter(lambda value: not isinstance(value, bool))
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.none() | SCALARS | st.lists(st.none() | SCALARS, max_size=3),
        "rank": st.none() | ORDERED,
        "code": st.none() | SCALARS,
        "note": st.recursive(
            st.none() | st.text(max_size=5) | st.binary(max_size=5) | st.datetimes(timezones=st.just(UTC)),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
            ),
            max_leaves=4,
        ),
    },
)
Step: TypeAlias = tuple[str, str, int, Document]
STEPS = st.tuples(st.sampled_from(["insert", "replace", "delete"]), IDS, st.integers(-1, 1), BODIES)
TRANSACTIONS = st.lists(st.lists(STEPS, min_size=1, max_size=3), max_size=12)


@dataclass(kw_only=True)
class Model:
    """The contract in a dict: what each write does, refuses, and leaves in the feed."""

    documents: dict[str, Document] = field(default_factory=dict[str, Document])
    feed: list[tuple[str, int, bool]] = field(default_factory=list[tuple[str, int, bool]])

    def write_of(self, step: Step) -> Write:
        kind, key, skew, body = step
        stored = self.documents.get(key)
        version = stored["version"] if stored else 1
        if kind == "delete":
            return Delete(collection=ITEMS, id=key, version=max(1, version + skew))
        if kind == "insert":
            return Insert(collection=ITEMS, document={**body, "id": key, "version": 1 + abs(skew)})
        return Replace(collection=ITEMS, document={**body, "id": key, "version": max(1, version + 1 + skew)})

    def outcome_of(self, writes: list[Write]) -> object:
        try:
            self.apply(writes)
        except StoreError as refusal:
            return type(refusal), vars(refusal)
        return None

    def apply(self, writes: list[Write]) -> None:
        documents, feed = dict(self.documents), list(self.feed)
        for write in writes:
            if isinstance(write, Delete):
                self._expect(documents, write.id, write.version)
                del documents[write.id]
                feed.append((write.id, write.version, True))
                continue
            document = write.document
            if isinstance(write, Replace):
                self._expect(documents, document["id"], document["version"] - 1)
            elif document["id"] in documents:
                raise UniqueConflict(collection="items", document_id=document["id"], key="id")
            code = document.get("code")
            others = (other for key, other in documents.items() if key != document["id"])
            if code is not None and any(same(other.get("code"), code) for other in others):
                raise UniqueConflict(collection="items", document_id=document["id"], key="by_code")
            documents[document["id"]] = document
            feed.append((document["id"], document["version"], False))
        self.documents, self.feed = documents, feed

    def find_by_tag(self, tag: Scalar) -> list[Document]:
        found = [
            document
            for document in self.documents.values()
            if document.get("rank") is not None
            and any(same(member, tag) for member in members(document.get("tag")))
        ]
        return sorted(found, key=lambda document: (*order_of(document["rank"]), document["id"]))

    def _expect(self, documents: dict[str, Document], key: str, version: int) -> None:
        if key not in documents:
            raise DocumentNotFound(collection="items", document_id=key)
        if (actual := documents[key]["version"]) != version:
            raise VersionConflict(collection="items", document_id=key, expected=version, actual=actual)


def members(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]  # pyright: ignore  # a JSON list


def same(left: object, right: object) -> bool:
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def order_of(value: Scalar) -> tuple[int, Scalar]:
    return (0 if isinstance(value, int | float) else 1 if isinstance(value, str) else 2, value)


async def outcome_of(store: Store, writes: list[Write]) -> object:
    """The refusal's class and facts, or None."""
    try:
        await store.write(*writes)
    except StoreError as refusal:
        return type(refusal), vars(refusal)
    return None


async def check_transactions(data: StoreData, transactions: list[list[Step]]) -> None:
    model = Model()
    async with data.open(ITEMS) as store:
        for steps in transactions:
            writes = [model.write_of(step) for step in steps]
            assert await outcome_of(store, writes) == model.outcome_of(writes)
        assert await store.load_many(ITEMS, ["a", "b", "c", "é"]) == [
            model.documents.get(key) for key in ("a", "b", "c", "é")
        ]
        changes = await store.changes(after=0)
        assert [(change.id, change.version, change.deleted) for change in changes] == model.feed
        for tag in ("x", "", "é", 1, True, False, -2.5, 2**53 + 1, NOON):
            query = Query(collection=ITEMS, index="by_tag", equal={"tag": tag})
            expected_documents = model.find_by_tag(tag)
            assert list((await store.select(query)).documents) == expected_documents
            backwards = await store.select(replace(query, descending=True))
            assert list(backwards.documents) == expected_documents[::-1]


@settings(max_examples=200, deadline=None)
@given(TRANSACTIONS)
def test_sqlite_answers_as_a_dict_would(transactions: list[list[Step]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(check_transactions(sqlite_data(Path(folder) / "x.sqlite"), transactions))


@settings(max_examples=25, deadline=None)
@given(TRANSACTIONS)
def test_mongodb_answers_as_a_dict_would(mongo_url: str, transactions: list[list[Step]]) -> None:
    name = f"test_{uuid4().hex}"
    with sockets_forgotten_by("pymongo"):
        asyncio.run(check_transactions(mongo_data(with_database(mongo_url, name), "pymongo"), transactions))
    with MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)
