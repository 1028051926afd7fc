"""The tables of a SQLite store and what is written to them.

    <collection>           (id, version, body)   body is the packed document as JSON; expires, where it may;
                                                 entries: what it is found by (`sqlite_entries.py`)
    <collection>.<index>   (k0, k1, …, o, id)    one row per entry; a look-up is a range of its primary key
    _change                (seq, …)              the change feed
    _index                 (name, definition)    what the index tables were built for

Index tables are changed in the transaction that changes the document, and only by what differs.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from gateway.stores.codec import Packed, pack, time_text
from gateway.stores.feed import end_of_pruning, piece_of
from gateway.stores.indexing import expiry_of
from gateway.stores.sqlite_entries import (
    Found,
    Stored,
    build_index,
    definition_of,
    find_stored,
    found_by,
    move_entries,
)
from resolvers.ports import Collection, Delete, Replace, Write
from resolvers.store_errors import DocumentNotFound, StoreUnavailable, UniqueConflict, VersionConflict

EXPIRED_AT_ONCE = 10  # removed by each write to their collection: more than it adds, and not felt
FORMAT = 1  # of this file's tables: raised when an older program could not read them

_SHARED_TABLES = """
CREATE TABLE IF NOT EXISTS _change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, id TEXT NOT NULL,
  version INTEGER NOT NULL, deleted INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS _index (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A document ready to be written; `expected` is the version it replaces, None for a new one."""

    collection: Collection
    packed: Packed
    body: bytes
    found: Found
    expires: datetime | None
    expected: int | None


PreparedWrite = Put | Delete


def prepare(write: Write) -> PreparedWrite:
    """All that can be done and refused before the writer's thread. Raises `DocumentInvalid`."""
    if isinstance(write, Delete):
        return write
    packed = pack(write.collection, write.document)
    return Put(
        collection=write.collection,
        packed=packed,
        body=orjson.dumps(packed.body),
        found=found_by(write.collection, write.document),
        expires=expiry_of(write.collection, write.document),
        expected=packed.version - 1 if isinstance(write, Replace) else None,
    )


def apply_writes(connection: sqlite3.Connection, writes: Iterable[PreparedWrite], *, feed_kept: int) -> bool:
    """Write inside the running transaction; whether the change feed grew.

    What is no longer needed goes with writes of its kind: without them nothing grows.
    """
    grew = False
    for write in writes:
        if isinstance(write, Delete):
            _delete(connection, write)
            version, document_id = write.version, write.id
        else:
            _put(connection, write)
            version, document_id = write.packed.version, write.packed.id
            _remove_expired(connection, write.collection)
        if write.collection.feed:
            grew = True
            added = connection.execute(
                "INSERT INTO _change (collection, id, version, deleted) VALUES (?, ?, ?, ?)",
                (write.collection.name, document_id, version, isinstance(write, Delete)),
            )
            _prune_feed(connection, added.lastrowid or 0, kept=feed_kept)
    return grew


def refused_whole(writes: Sequence[PreparedWrite]) -> bool:
    """Whether they can be refused only before anything is written: one document, and no index that may be
    taken.
    """
    return len(writes) == 1 and not any(index.unique for index in writes[0].collection.indexes)


def create_tables(connection: sqlite3.Connection, collections: Iterable[Collection]) -> None:
    """Make what is missing, in one transaction; an index declared differently than before is built anew."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _check_format(connection)
        for statement in _SHARED_TABLES.split(";"):
            connection.execute(statement)
        for collection in collections:
            connection.execute(
                f'CREATE TABLE IF NOT EXISTS "{collection.name}"'
                " (id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, body BLOB NOT NULL)"
            )
            _add_column(connection, collection, "entries BLOB")
            if collection.expires:
                _create_expiry(connection, collection)
            _create_indexes(connection, collection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _put(connection: sqlite3.Connection, put: Put) -> None:
    name, packed = put.collection.name, put.packed
    stored = None
    if put.expected is not None:
        stored = _expect(connection, put.collection, packed.id, put.expected)
    columns: dict[str, object] = {"version": packed.version, "body": put.body, "entries": put.found.kept}
    if put.collection.expires:
        columns["expires"] = time_text(put.expires) if put.expires else None
    if stored is not None:
        values = ", ".join(f"{column} = ?" for column in columns)
        connection.execute(f'UPDATE "{name}" SET {values} WHERE rowid = ?', (*columns.values(), stored.rowid))
    else:
        marks = ", ".join("?" * len(columns))
        try:
            connection.execute(
                f'INSERT INTO "{name}" (id, {", ".join(columns)}) VALUES (?, {marks})',
                (packed.id, *columns.values()),
            )
        except sqlite3.IntegrityError:
            raise UniqueConflict(collection=name, document_id=packed.id, key="id") from None
    move_entries(connection, old=stored, new=put.found)


def _delete(connection: sqlite3.Connection, delete: Delete) -> None:
    stored = _expect(connection, delete.collection, delete.id, delete.version)
    nothing = Found(collection=delete.collection, document_id=delete.id)
    move_entries(connection, old=stored, new=nothing)
    connection.execute(f'DELETE FROM "{delete.collection.name}" WHERE rowid = ?', (stored.rowid,))


def _remove_expired(connection: sqlite3.Connection, collection: Collection) -> None:
    if collection.expires:
        expired = connection.execute(
            f'SELECT id, version FROM "{collection.name}" WHERE expires < ? ORDER BY expires LIMIT ?',
            (time_text(datetime.now(UTC)), EXPIRED_AT_ONCE),
        ).fetchall()
        for document_id, version in expired:
            _delete(connection, Delete(collection=collection, id=document_id, version=version))


def _prune_feed(connection: sqlite3.Connection, last: int, *, kept: int) -> None:
    """In pieces, should a file come from a time when more was kept."""
    if (end := end_of_pruning(last, written=1, kept=kept)) is not None:
        connection.execute(
            "DELETE FROM _change WHERE seq <= ? AND seq < (SELECT min(seq) FROM _change) + ?",
            (end, 2 * piece_of(kept)),
        )


def _expect(
    connection: sqlite3.Connection, collection: Collection, document_id: str, expected: int
) -> Stored:
    """The stored document, which must be at the expected version."""
    stored = find_stored(connection, collection, document_id)
    if stored is None:
        raise DocumentNotFound(collection=collection.name, document_id=document_id)
    if stored.version != expected:
        raise VersionConflict(
            collection=collection.name, document_id=document_id, expected=expected, actual=stored.version
        )
    return stored


def _create_expiry(connection: sqlite3.Connection, collection: Collection) -> None:
    _add_column(connection, collection, "expires TEXT")
    connection.execute(
        f'CREATE INDEX IF NOT EXISTS "{collection.name}._expires" ON "{collection.name}" (expires)'
        " WHERE expires IS NOT NULL"
    )


def _create_indexes(connection: sqlite3.Connection, collection: Collection) -> None:
    wanted = {f"{collection.name}.{index.name}": index for index in collection.indexes}
    built: dict[str, str] = dict(
        connection.execute("SELECT name, definition FROM _index WHERE name GLOB ?", (f"{collection.name}.*",))
    )
    definitions = {name: definition_of(index) for name, index in wanted.items()}
    if built == definitions:
        return
    connection.execute(f'UPDATE "{collection.name}" SET entries = NULL')  # they name what was declared before
    for name, definition in built.items():
        if definitions.get(name) != definition:
            connection.execute(f'DROP TABLE "{name}"')
            connection.execute("DELETE FROM _index WHERE name = ?", (name,))
    for name, index in wanted.items():
        if built.get(name) != definitions[name]:
            build_index(connection, collection, index)
            connection.execute("INSERT INTO _index VALUES (?, ?)", (name, definitions[name]))


def _add_column(connection: sqlite3.Connection, collection: Collection, declaration: str) -> None:
    columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{collection.name}")')}
    if declaration.split()[0] not in columns:
        connection.execute(f'ALTER TABLE "{collection.name}" ADD COLUMN {declaration}')


def _check_format(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise StoreUnavailable(reason=f"its file has format {found}, this program reads up to {FORMAT}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
