"""The document store on one SQLite file: the embedded default, shared by the workers of one machine."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson

from gateway.stores.codec import is_document_id
from gateway.stores.feed import read_on
from gateway.stores.indexing import Declared, Key, check_query, page_of
from gateway.stores.news import News
from gateway.stores.sqlite_entries import document_of
from gateway.stores.sqlite_queries import select_sql
from gateway.stores.sqlite_tables import apply_writes, create_tables, prepare, refused_whole
from gateway.stores.sqlite_writer import GroupCommitWriter, unavailable
from resolvers.ports import FEED_KEPT, MAX_PAGE, Change, Collection, Document, Page, Query, Write
from resolvers.store_errors import DocumentNotFound, StoreUnavailable

READERS = 4  # threads that wait for the disk; SQLite serves each from its own snapshot
POLL_S = 0.02  # how late a commit of another process may be noticed
CHECKPOINT_PAGES = 4_000  # 16 MB of log between two copies into the file: commits wait for the copy


@asynccontextmanager
async def open_sqlite(
    path: Path, collections: Iterable[Collection], *, timeout_s: float = 10.0, feed_kept: int = FEED_KEPT
) -> AsyncGenerator["SqliteStore"]:
    """The store in this file, made when missing; `timeout_s` bounds the wait for other processes' writes.

    Raises `StoreUnavailable`; `UniqueConflict` or `DocumentInvalid` when stored documents do not fit an index
    that was not declared before.
    """
    declared = Declared(collections)
    connections = await asyncio.to_thread(_open_file, path, declared.collections, timeout_s)
    store = SqliteStore(connections, declared, feed_kept)
    try:
        yield store
    finally:
        await store.close()


class SqliteStore:
    """Implements `DocumentStore` and `ChangeFeed` for the event loop it was opened in."""

    def __init__(self, connections: Sequence[sqlite3.Connection], declared: Declared, feed_kept: int) -> None:
        self._declared = declared
        self._feed_kept = feed_kept
        writer, self._watcher, *self._readers = connections
        self._writer = GroupCommitWriter(writer)
        self._threads = ThreadPoolExecutor(len(self._readers), thread_name_prefix="sqlite-reader")
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        for reader in self._readers:
            self._idle.put(reader)
        self._news = News(self._watch)

    async def find(self, collection: Collection, document_id: str) -> Document | None:
        (document,) = await self.load_many(collection, [document_id])
        return document

    async def get(self, collection: Collection, document_id: str) -> Document:
        if (document := await self.find(collection, document_id)) is None:
            raise DocumentNotFound(collection=collection.name, document_id=document_id)
        return document

    async def load_many(self, collection: Collection, ids: Sequence[str]) -> list[Document | None]:
        self._declared.check(collection)
        wanted = orjson.dumps([document_id for document_id in ids if is_document_id(document_id)]).decode()
        sql = (
            f'SELECT id, version, body FROM "{collection.name}" WHERE id IN (SELECT value FROM json_each(?))'
        )
        rows = {row[0]: row for row in await self._read(sql, [wanted])}
        return [document_of(*rows[key]) if key in rows else None for key in ids]

    async def select(self, query: Query) -> Page:
        self._declared.check(query.collection)
        lookup = check_query(query)
        rows = await self._read(*select_sql(lookup))
        return page_of(lookup, [document_of(*row) for row in rows])

    async def write(self, *writes: Write) -> None:
        for write in writes:
            self._declared.check(write.collection)
        prepared = [prepare(write) for write in writes]

        def work(connection: sqlite3.Connection) -> bool:
            return apply_writes(connection, prepared, feed_kept=self._feed_kept)

        if prepared and await self._writer.submit(work, whole=refused_whole(prepared)):
            self._news.announce()

    async def position(self) -> int:
        rows = await self._read("SELECT coalesce(max(seq), 0) FROM _change", ())
        return rows[0][0]

    async def changes(self, *, after: int, limit: int = MAX_PAGE, wait_s: float = 0.0) -> list[Change]:
        return await read_on(
            lambda: self._changes(after, limit), self.position, self._news, after=after, wait_s=wait_s
        )

    async def close(self) -> None:
        await self._news.close()
        await self._writer.close()
        await asyncio.to_thread(self._threads.shutdown)
        for reader in (*self._readers, self._watcher):
            reader.close()

    async def _changes(self, after: int, limit: int) -> list[Change]:
        rows = await self._read(
            "SELECT seq, collection, id, version, deleted FROM _change WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, limit),
        )
        return [
            Change(sequence=row[0], collection=row[1], id=row[2], version=row[3], deleted=bool(row[4]))
            for row in rows
        ]

    async def _watch(self, announce: Callable[[], None]) -> None:
        """SQLite tells that another process has committed only to those who ask; asking costs some 10 µs."""
        version = None
        while True:
            with suppress(StoreUnavailable):
                found = await self._in_thread(lambda: _rows(self._watcher, "PRAGMA data_version", ()))
                if found != version:
                    version = found
                    announce()
            await asyncio.sleep(POLL_S)

    async def _read(self, sql: str, arguments: Sequence[Key]) -> list[Any]:  # Any: rows as SQLite has them
        def read() -> list[Any]:
            reader = self._idle.get()
            try:
                return _rows(reader, sql, arguments)
            finally:
                self._idle.put(reader)

        return await self._in_thread(read)

    async def _in_thread(self, read: Callable[[], list[Any]]) -> list[Any]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)


def _rows(connection: sqlite3.Connection, sql: str, arguments: Sequence[Key]) -> list[Any]:
    try:
        return connection.execute(sql, arguments).fetchall()
    except sqlite3.Error as error:
        raise unavailable(error) from error


def _open_file(path: Path, collections: Sequence[Collection], timeout_s: float) -> list[sqlite3.Connection]:
    """Connections to a file whose tables are ready: the writer's, the watcher's and the readers'."""
    connections: list[sqlite3.Connection] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # what is stored is not for every account of the machine
        connections.extend(_connect(path, timeout_s) for _ in range(2 + READERS))
        create_tables(connections[0], collections)
    except BaseException as error:
        for connection in connections:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise unavailable(error) from error
        if isinstance(error, OSError):
            raise StoreUnavailable(reason=str(error)) from error
        raise
    return connections


def _connect(path: Path, timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit that returned survives a power cut
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection
