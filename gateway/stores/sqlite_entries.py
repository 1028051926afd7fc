"""The index tables of a SQLite store, one row for each entry of a document; a look-up is a range of the key.

Beside each document stands what it is found by, and the version this was written for: whoever changes the
document changes only what differs, and reads neither the old document nor the tables.
"""

import sqlite3
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, TypeAlias

import orjson

from gateway.stores.codec import unpack
from gateway.stores.indexing import Entry, Key, entries_of
from resolvers.ports import Collection, Document, Index
from resolvers.store_errors import UniqueConflict

Entries: TypeAlias = dict[str, list[Entry]]  # by the name of the index
Row: TypeAlias = list[Any]  # Any: an entry as JSON has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What finds a document, and the same as it is kept beside it; nothing where it is deleted."""

    collection: Collection
    document_id: str
    entries: Entries = field(default_factory=Entries)
    kept: bytes = b"[0,{}]"


def found_by(collection: Collection, document: Document) -> Found:
    """Raises `DocumentInvalid`."""
    entries = entries_of(collection, document)
    kept = orjson.dumps([document["version"], entries], default=_tagged)
    return Found(collection=collection, document_id=document["id"], entries=entries, kept=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A document as it lies in its table before a change; `entries` as JSON has them, see `_tagged`."""

    rowid: int
    version: int
    entries: dict[str, list[Row]]


def find_stored(connection: sqlite3.Connection, collection: Collection, document_id: str) -> Stored | None:
    sql = f'SELECT rowid, version, entries FROM "{collection.name}" WHERE id = ?'
    found = connection.execute(sql, (document_id,)).fetchone()
    if found is None:
        return None
    rowid, version, kept = found
    of_version, entries = (0, {}) if kept is None else orjson.loads(kept)
    if of_version != version and collection.indexes:  # a program that kept no entries wrote it last
        (body,) = connection.execute(
            f'SELECT body FROM "{collection.name}" WHERE rowid = ?', (rowid,)
        ).fetchone()
        _, entries = orjson.loads(found_by(collection, document_of(document_id, version, body)).kept)
    return Stored(rowid=rowid, version=version, entries=entries)


def move_entries(connection: sqlite3.Connection, *, old: Stored | None, new: Found) -> None:
    """From what found the stored document to what finds the new one. Raises `UniqueConflict`."""
    if not new.collection.indexes:
        return
    before = {} if old is None else old.entries
    _, after = orjson.loads(new.kept)
    for index in new.collection.indexes:
        if before.get(index.name) != after.get(index.name):
            gone = set(map(_entry, before.get(index.name, ())))
            _move(connection, index, old=gone, new=new)


def build_index(connection: sqlite3.Connection, collection: Collection, index: Index) -> None:
    columns = columns_of(index)
    key = columns if index.unique else [*columns, "id"]
    connection.execute(
        f"CREATE TABLE {table_of(collection, index)} ({', '.join(columns)}, id TEXT NOT NULL,"
        f" PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"
    )
    for row in connection.execute(f'SELECT id, version, body FROM "{collection.name}"'):
        _move(connection, index, old=set(), new=found_by(collection, document_of(*row)))


def document_of(document_id: str, version: int, body: bytes) -> Document:
    plain = orjson.loads(body)
    if b"%" in body:
        return unpack(document_id, version, plain)
    return {"id": document_id, "version": version, **plain}  # nothing in it is tagged or escaped


def table_of(collection: Collection, index: Index) -> str:
    return f'"{collection.name}.{index.name}"'


def columns_of(index: Index) -> list[str]:
    return [f"k{position}" for position in range(len(index.fields))] + (["o"] if index.order else [])


def definition_of(index: Index) -> str:
    return orjson.dumps(asdict(index)).decode()


def _move(connection: sqlite3.Connection, index: Index, *, old: set[Entry], new: Found) -> None:
    table, document_id = table_of(new.collection, index), new.document_id
    insert, delete = _statements(table, len(index.fields), index.order is not None)
    entries = new.entries.get(index.name, [])
    kept = old.intersection(entries)
    if gone := [(*entry, document_id) for entry in old - kept]:
        connection.executemany(delete, gone)
    if come := [(*entry, document_id) for entry in entries if entry not in kept]:
        try:
            connection.executemany(insert, come)
        except sqlite3.IntegrityError:
            name = new.collection.name
            raise UniqueConflict(collection=name, document_id=document_id, key=index.name) from None


@cache
def _statements(table: str, fields: int, ordered: bool) -> tuple[str, str]:
    """To add an entry, and to remove one."""
    columns = [*(f"k{position}" for position in range(fields)), *(["o"] if ordered else []), "id"]
    marks = ", ".join("?" * len(columns))
    match = " AND ".join(f"{column} = ?" for column in columns)
    return f"INSERT INTO {table} VALUES ({marks})", f"DELETE FROM {table} WHERE {match}"


def _tagged(key: object) -> list[str]:
    """JSON has no bytes: a key of a time or a bool is a list around its text."""
    if isinstance(key, bytes):
        return [key.decode()]
    raise TypeError(f"an entry holds a {type(key).__name__}")


def _entry(row: Row) -> Entry:
    return tuple(map(_key, row))


def _key(tagged: Any) -> Key:  # Any: as JSON has it
    return tagged[0].encode() if isinstance(tagged, list) else tagged
