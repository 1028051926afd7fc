"""The tables of a SQLite store and what is written to them.

    <collection>           (id, version, body)   body is the packed document as JSON; expires, where it may
    <collection>.<index>   (k0, k1, …, o, id)    one row per entry; a look-up is a range of its primary key
    _change                (seq, …)              the change feed
    _index                 (name, definition)    what the index tables were built for

Index tables are changed in the transaction that changes the document, and only by what differs.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson

from gateway.stores.codec import Packed, pack, time_text, unpack
from gateway.stores.feed import end_of_pruning, piece_of
from gateway.stores.indexing import Entry, entries_of, expiry_of
from resolvers.ports import Collection, Delete, Document, Index, Replace, Write
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
    entries: dict[Index, list[Entry]]
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
        entries=entries_of(write.collection, write.document),
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
            if collection.expires:
                _create_expiry(connection, collection)
            _create_indexes(connection, collection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def document_of(document_id: str, version: int, body: bytes) -> Document:
    plain = orjson.loads(body)
    if b"%" in body:
        return unpack(document_id, version, plain)
    return {"id": document_id, "version": version, **plain}  # nothing in it is tagged or escaped


def table_of(collection: Collection, index: Index) -> str:
    return f'"{collection.name}.{index.name}"'


def columns_of(index: Index) -> list[str]:
    return [f"k{position}" for position in range(len(index.fields))] + (["o"] if index.order else [])


def _put(connection: sqlite3.Connection, put: Put) -> None:
    name, packed = put.collection.name, put.packed
    old_entries: dict[Index, list[Entry]] = {}
    if put.expected is None:
        try:
            connection.execute(
                f'INSERT INTO "{name}" (id, version, body) VALUES (?, ?, ?)',
                (packed.id, packed.version, put.body),
            )
        except sqlite3.IntegrityError:
            raise UniqueConflict(collection=name, document_id=packed.id, key="id") from None
    else:
        old_entries = _expect(connection, put.collection, packed.id, put.expected)
        connection.execute(
            f'UPDATE "{name}" SET version = ?, body = ? WHERE id = ?', (packed.version, put.body, packed.id)
        )
    if put.collection.expires:
        expires = time_text(put.expires) if put.expires else None
        connection.execute(f'UPDATE "{name}" SET expires = ? WHERE id = ?', (expires, packed.id))
    for index in put.collection.indexes:
        _move_entries(connection, put, index, old_entries.get(index, []))


def _delete(connection: sqlite3.Connection, delete: Delete) -> None:
    old_entries = _expect(connection, delete.collection, delete.id, delete.version)
    for index, entries in old_entries.items():
        _remove_entries(connection, delete.collection, index, delete.id, entries)
    connection.execute(f'DELETE FROM "{delete.collection.name}" WHERE id = ?', (delete.id,))


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
) -> dict[Index, list[Entry]]:
    """The entries of the stored document, which must be at the expected version."""
    row = connection.execute(
        f'SELECT version, body FROM "{collection.name}" WHERE id = ?', (document_id,)
    ).fetchone()
    if row is None:
        raise DocumentNotFound(collection=collection.name, document_id=document_id)
    if row[0] != expected:
        raise VersionConflict(
            collection=collection.name, document_id=document_id, expected=expected, actual=row[0]
        )
    return entries_of(collection, document_of(document_id, *row)) if collection.indexes else {}


def _move_entries(connection: sqlite3.Connection, put: Put, index: Index, old: list[Entry]) -> None:
    new = put.entries[index]
    _remove_entries(connection, put.collection, index, put.packed.id, [e for e in old if e not in new])
    try:
        _add_entries(connection, put.collection, index, put.packed.id, [e for e in new if e not in old])
    except sqlite3.IntegrityError:
        raise UniqueConflict(
            collection=put.collection.name, document_id=put.packed.id, key=index.name
        ) from None


def _add_entries(
    connection: sqlite3.Connection,
    collection: Collection,
    index: Index,
    document_id: str,
    entries: list[Entry],
) -> None:
    if entries:
        marks = ", ".join("?" * (len(columns_of(index)) + 1))
        rows = [(*entry, document_id) for entry in entries]
        connection.executemany(f"INSERT INTO {table_of(collection, index)} VALUES ({marks})", rows)


def _remove_entries(
    connection: sqlite3.Connection,
    collection: Collection,
    index: Index,
    document_id: str,
    entries: list[Entry],
) -> None:
    if entries:
        match = " AND ".join(f"{column} = ?" for column in [*columns_of(index), "id"])
        rows = [(*entry, document_id) for entry in entries]
        connection.executemany(f"DELETE FROM {table_of(collection, index)} WHERE {match}", rows)


def _create_expiry(connection: sqlite3.Connection, collection: Collection) -> None:
    columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{collection.name}")')}
    if "expires" not in columns:
        connection.execute(f'ALTER TABLE "{collection.name}" ADD COLUMN expires TEXT')
    connection.execute(
        f'CREATE INDEX IF NOT EXISTS "{collection.name}._expires" ON "{collection.name}" (expires)'
        " WHERE expires IS NOT NULL"
    )


def _create_indexes(connection: sqlite3.Connection, collection: Collection) -> None:
    wanted = {f"{collection.name}.{index.name}": index for index in collection.indexes}
    built: dict[str, str] = dict(
        connection.execute("SELECT name, definition FROM _index WHERE name GLOB ?", (f"{collection.name}.*",))
    )
    for name, definition in built.items():
        if name not in wanted or definition != _definition(wanted[name]):
            connection.execute(f'DROP TABLE "{name}"')
            connection.execute("DELETE FROM _index WHERE name = ?", (name,))
    for name, index in wanted.items():
        if built.get(name) != _definition(index):
            _build_index(connection, collection, index)
            connection.execute("INSERT INTO _index VALUES (?, ?)", (name, _definition(index)))


def _build_index(connection: sqlite3.Connection, collection: Collection, index: Index) -> None:
    columns = columns_of(index)
    key = columns if index.unique else [*columns, "id"]
    connection.execute(
        f"CREATE TABLE {table_of(collection, index)} ({', '.join(columns)}, id TEXT NOT NULL,"
        f" PRIMARY KEY ({', '.join(key)})) WITHOUT ROWID"
    )
    for row in connection.execute(f'SELECT id, version, body FROM "{collection.name}"'):
        entries = entries_of(collection, document_of(*row))[index]
        try:
            _add_entries(connection, collection, index, row[0], entries)
        except sqlite3.IntegrityError:
            raise UniqueConflict(collection=collection.name, document_id=row[0], key=index.name) from None


def _definition(index: Index) -> str:
    return orjson.dumps(asdict(index)).decode()


def _check_format(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise StoreUnavailable(reason=f"its file has format {found}, this program reads up to {FORMAT}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
