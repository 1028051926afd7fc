"""What finds a document is kept beside it in SQLite, and is right whoever wrote the document last."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.stores.sqlite import SqliteStore, open_sqlite
from resolvers.ports import Collection, Delete, Index, Insert, Query, Replace
from resolvers.store_errors import UniqueConflict, VersionConflict

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
BY_TAG = Index(name="by_tag", fields=("tags",), order="at")
BY_OPEN = Index(name="by_open", fields=("open", "weight"))
THINGS = Collection(name="things", indexes=(BY_TAG, BY_OPEN))
NAMED = Collection(name="named", indexes=(Index(name="by_name", fields=("name",), unique=True),))


def thing(version: int, *tags: str, weight: float = 1.5) -> dict[str, object]:
    return {
        "id": "one",
        "version": version,
        "tags": [*tags],
        "at": AT,
        "open": version % 2 == 0,
        "weight": weight,
    }


async def found(store: SqliteStore, things: Collection = THINGS) -> list[str]:
    """By which of the tags a to d, and whether as an open one."""
    tags = [
        tag
        for tag in "abcd"
        if (await store.select(Query(collection=things, index="by_tag", equal={"tags": tag}))).documents
    ]
    for weight in (1.5, 2.5):
        open_ones = Query(collection=things, index="by_open", equal={"open": True, "weight": weight})
        tags += [f"open {weight}"] if (await store.select(open_ones)).documents else []
    return tags


def rows(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        counts = [
            connection.execute(f'SELECT count(*) FROM "things.{index.name}"').fetchone()[0]
            for index in THINGS.indexes
        ]
    connection.close()
    return sum(counts)


async def test_a_replacement_moves_what_differs_and_a_deletion_all(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite(path, [THINGS]) as store:
        await store.write(Insert(collection=THINGS, document=thing(1, "a", "b")))
        assert await found(store) == ["a", "b"]
        await store.write(Replace(collection=THINGS, document=thing(2, "b", "c", weight=2.5)))
        assert await found(store) == ["b", "c", "open 2.5"]
        assert rows(path) == 3
        await store.write(Delete(collection=THINGS, id="one", version=2))
        assert (await found(store), rows(path)) == ([], 0)


async def test_a_file_from_before_entries_were_kept_is_written_on(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite(path, [THINGS]) as store:
        await store.write(Insert(collection=THINGS, document=thing(1, "a")))
    change(path, 'ALTER TABLE "things" DROP COLUMN entries')
    async with open_sqlite(path, [THINGS]) as store:
        await store.write(Replace(collection=THINGS, document=thing(2, "b")))
        assert (await found(store), rows(path)) == (["b", "open 1.5"], 2)


async def test_entries_an_older_program_left_behind_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite(path, [THINGS]) as store:
        await store.write(Insert(collection=THINGS, document=thing(1, "a")))
        kept = read(path, 'SELECT entries FROM "things"')
        await store.write(Replace(collection=THINGS, document=thing(2, "b")))
        change(path, 'UPDATE "things" SET entries = ?', kept)
        await store.write(Replace(collection=THINGS, document=thing(3, "c")))
        assert (await found(store), rows(path)) == (["c"], 2)


async def test_entries_of_another_declaration_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    less = Collection(name="things", indexes=(BY_OPEN,))
    async with open_sqlite(path, [THINGS]) as store:
        await store.write(Insert(collection=THINGS, document=thing(1, "a")))
    async with open_sqlite(path, [less]) as store:
        await store.write(Replace(collection=less, document=thing(2, "b")))
    async with open_sqlite(path, [THINGS]) as store:
        assert await found(store) == ["b", "open 1.5"]
        await store.write(Replace(collection=THINGS, document=thing(3, "c")))
        assert (await found(store), rows(path)) == (["c"], 2)


async def test_a_write_that_is_refused_leaves_its_neighbours_and_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite(path, [THINGS, NAMED]) as store:
        await store.write(Insert(collection=NAMED, document={"id": "x", "version": 1, "name": "n"}))
        await store.write(Insert(collection=THINGS, document=thing(1, "a")))
        with pytest.raises(VersionConflict):
            await store.write(Replace(collection=THINGS, document=thing(5, "b")))
        taken = Insert(collection=NAMED, document={"id": "y", "version": 1, "name": "n"})
        with pytest.raises(UniqueConflict):
            await store.write(taken)
        with pytest.raises(UniqueConflict):
            await store.write(Replace(collection=THINGS, document=thing(2, "b")), taken)
        assert await store.find(NAMED, "y") is None
        assert await found(store) == ["a"]


def change(path: Path, sql: str, *arguments: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql, arguments)
    connection.close()


def read(path: Path, sql: str) -> object:
    with sqlite3.connect(path) as connection:
        (row,) = connection.execute(sql).fetchall()
    connection.close()
    return row[0]
