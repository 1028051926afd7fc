"""The document store on MongoDB: what production and several gateways share.

<collection>   {_id, version, body}   readable, and indexed by the body's own fields; expires, where it may
_change        {_id: number, …}       the change feed
_counter       {_id: "change", last}  gives its numbers inside each transaction: their order is commit order
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from gateway.stores.codec import is_document_id, unpack
from gateway.stores.feed import end_of_pruning, read_on
from gateway.stores.indexing import Declared, check_query, page_of
from gateway.stores.mongo_driver import (
    MAJORITY,
    Client,
    Database,
    Driver,
    Raw,
    Tables,
    connect,
    deadline,
    settled,
)
from gateway.stores.mongo_queries import EXPIRY, filter_of, index_model, sort_of
from gateway.stores.mongo_writes import PreparedWrite, apply_write, commit_together, prepare, unique_conflict
from gateway.stores.news import News
from resolvers.ports import FEED_KEPT, MAX_PAGE, Change, Collection, Document, Index, Page, Query, Write
from resolvers.store_errors import DocumentNotFound, StoreUnavailable

NAMESPACE_EXISTS = 48  # MongoDB's code: another process created the collection first
INDEX_DIFFERS = (85, 86)  # IndexOptionsConflict, IndexKeySpecsConflict
REACHED_S = 2.0  # a server that is there answers long before; who starts the gateway waits for the message
REWATCH_S = 0.5  # when the change stream fails, readers look for themselves that often

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@asynccontextmanager
async def open_mongo(
    url: str,
    collections: Iterable[Collection],
    *,
    driver: Driver = "motor",
    timeout_s: float = 10.0,
    feed_kept: int = FEED_KEPT,
) -> AsyncGenerator["MongoStore"]:
    """The store in the database that the URL's path names; collections and indexes are made when missing.

    `timeout_s` bounds every call; a server that is not there is given up within `REACHED_S`. Raises
    `StoreUnavailable`; `UniqueConflict` when stored documents do not fit a unique index that was not declared
    before.
    """
    declared = Declared(collections)
    client, database = connect(url, driver)
    try:
        with deadline(min(timeout_s, REACHED_S)):
            await database.command("ping")
        with deadline(timeout_s):
            await _prepare_database(database, declared.collections)
        names = ("_change", "_counter", *(collection.name for collection in declared.collections))
        tables = {name: database[name] for name in names}  # to make one costs 10 µs
        store = MongoStore(client, tables, declared, timeout_s=timeout_s, feed_kept=feed_kept)
        try:
            yield store
        finally:
            await store.close()
    finally:
        await settled(client.close())


class MongoStore:
    """Implements `DocumentStore` and `ChangeFeed`."""

    def __init__(
        self, client: Client, tables: Tables, declared: Declared, *, timeout_s: float, feed_kept: int
    ) -> None:
        self._declared = declared
        self._client = client
        self._tables = tables
        self._timeout_s = timeout_s
        self._feed_kept = feed_kept
        self._turn = asyncio.Lock()  # the counter lets one transaction through: our own wait here, not there
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
        wanted = list({document_id for document_id in ids if is_document_id(document_id)})
        with deadline(self._timeout_s):
            cursor = self._tables[collection.name].find({"_id": {"$in": wanted}})
            rows = {row["_id"]: row for row in await cursor.to_list(len(wanted) or None)}
        return [_document_of(rows[key]) if key in rows else None for key in ids]

    async def select(self, query: Query) -> Page:
        self._declared.check(query.collection)
        lookup = check_query(query)
        with deadline(self._timeout_s):
            cursor = self._tables[query.collection.name].find(filter_of(lookup), sort=sort_of(lookup))
            rows = await cursor.limit(query.limit + 1).to_list(query.limit + 1)
        return page_of(lookup, [_document_of(row) for row in rows])

    async def write(self, *writes: Write) -> None:
        for write in writes:
            self._declared.check(write.collection)
        prepared = [prepare(write) for write in writes]
        if any(write.collection.feed for write in prepared):
            await self._write_fed(prepared)
            self._news.announce()
        elif len(prepared) == 1:
            with deadline(self._timeout_s, writing=True):
                await apply_write(self._tables, prepared[0])
        elif prepared:
            await self._commit_together(prepared)

    async def position(self) -> int:
        with deadline(self._timeout_s):
            last = await self._tables["_change"].find_one({}, sort=[("_id", -1)])
        return int(last["_id"]) if last else 0

    async def changes(self, *, after: int, limit: int = MAX_PAGE, wait_s: float = 0.0) -> list[Change]:
        return await read_on(
            lambda: self._changes(after, limit), self.position, self._news, after=after, wait_s=wait_s
        )

    @property
    def database(self) -> Database:
        """For what is kept beside documents."""
        return self._tables["_change"].database

    async def close(self) -> None:
        """The client is closed by whoever opened it."""
        await self._news.close()

    async def _write_fed(self, prepared: list[PreparedWrite]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable(reason="too many writes are waiting") from None
        try:
            last = await self._commit_together(prepared)
        finally:
            self._turn.release()
        await self._prune_feed(last, written=sum(write.collection.feed for write in prepared))

    async def _commit_together(self, prepared: list[PreparedWrite]) -> int:
        with deadline(self._timeout_s):
            until = time.monotonic() + self._timeout_s
            return await commit_together(self._client, self._tables, prepared, until=until)

    async def _prune_feed(self, last: int, *, written: int) -> None:
        """Whoever wrote has written: what is not forgotten now is forgotten next time."""
        if (end := end_of_pruning(last, written=written, kept=self._feed_kept)) is not None:
            with suppress(StoreUnavailable), deadline(self._timeout_s):
                await self._tables["_change"].delete_many({"_id": {"$lte": end}})

    async def _changes(self, after: int, limit: int) -> list[Change]:
        with deadline(self._timeout_s):
            cursor = self._tables["_change"].find({"_id": {"$gt": after}}, sort=[("_id", 1)])
            rows = await cursor.limit(limit).to_list(limit)
        return [
            Change(
                sequence=int(row["_id"]),
                collection=row["collection"],
                id=row["id"],
                version=int(row["version"]),
                deleted=row["deleted"],
            )
            for row in rows
        ]

    async def _watch(self, announce: Callable[[], None]) -> None:
        """A change stream only wakes: what it says is read from the feed, in the feed's order."""
        inserted = [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]
        feed = self._tables["_change"].with_options(read_concern=MAJORITY)
        while True:
            try:
                async with await settled(feed.watch(inserted)) as stream:
                    announce()
                    async for _ in stream:
                        announce()
            except PyMongoError as error:
                log.warning("change stream ended", error=type(error).__name__, again_in_s=REWATCH_S)
            announce()
            await asyncio.sleep(REWATCH_S)


async def _prepare_database(database: Database, collections: Sequence[Collection]) -> None:
    there = set(await database.list_collection_names())
    for name in {"_change", "_counter", *(collection.name for collection in collections)} - there:
        await _create_collection(database, name)
    with suppress(DuplicateKeyError):  # two processes begin at once
        await database["_counter"].update_one({"_id": "change"}, {"$setOnInsert": {"last": 0}}, upsert=True)
    for collection in collections:
        if collection.expires:
            await database[collection.name].create_indexes([EXPIRY])
        for index in collection.indexes:
            await _ensure_index(database, collection, index)


async def _create_collection(database: Database, name: str) -> None:
    try:
        await database.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise


async def _ensure_index(database: Database, collection: Collection, index: Index) -> None:
    mongo = database[collection.name]
    try:
        await mongo.create_indexes([index_model(index)])
    except DuplicateKeyError as error:
        other = await mongo.find_one((error.details or {}).get("keyValue", {}), ["_id"])
        raise unique_conflict(collection, other["_id"] if other else "", error) from None
    except OperationFailure as error:
        if error.code not in INDEX_DIFFERS:
            raise
        await mongo.drop_index(index.name)
        await mongo.create_indexes([index_model(index)])


def _document_of(row: Raw) -> Document:
    return unpack(row["_id"], int(row["version"]), row["body"])
