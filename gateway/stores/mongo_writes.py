"""Writes to MongoDB: one alone is one conditional command; several, or fed ones, are one transaction."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, cast

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from gateway.stores.codec import Packed, pack
from gateway.stores.indexing import check_indexed, expiry_of
from gateway.stores.mongo_driver import DURABLE, Client, Raw, Session, Tables, settled, unavailable
from resolvers.ports import Collection, Delete, Replace, Write
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

MAX_PAUSE_S = 0.05  # between two attempts; the counter is held for a few milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A document ready to be written; `expected` is the version it replaces, None for a new one."""

    collection: Collection
    packed: Packed
    expires: datetime | None
    expected: int | None


PreparedWrite: TypeAlias = Put | Delete


def prepare(write: Write) -> PreparedWrite:
    """All that can be refused before anything is sent. Raises `DocumentInvalid`."""
    if isinstance(write, Delete):
        return write
    check_indexed(write.collection, write.document)  # both stores refuse the same documents
    packed = pack(write.collection, write.document)
    expected = packed.version - 1 if isinstance(write, Replace) else None
    expires = expiry_of(write.collection, write.document)
    return Put(collection=write.collection, packed=packed, expires=expires, expected=expected)


async def apply_write(tables: Tables, write: PreparedWrite, session: Session | None = None) -> None:
    """One command; outside a transaction the driver repeats it after a failover without doing it twice."""
    if isinstance(write, Delete):
        mongo = tables[write.collection.name]
        deleted = await mongo.delete_one(_at(write.id, write.version), session=session)
        if not deleted.deleted_count:
            await _refuse(tables, write.collection, write.id, write.version, session)
        return
    try:
        await _put(tables, write, session)
    except DuplicateKeyError as error:
        raise unique_conflict(write.collection, write.packed.id, error) from None


async def commit_together(
    client: Client, tables: Tables, writes: Sequence[PreparedWrite], *, until: float
) -> int:
    """One transaction, tried again until then (monotonic seconds) while others are in its way.

    Returns the number of its last change in the feed, 0 where none is. Raises what `apply_write` raises and
    `StoreUnavailable`.
    """
    async with await settled(client.start_session()) as session:
        while True:
            try:
                return await _attempt(tables, session, writes, until)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError") or time.monotonic() > until:
                    raise unavailable(error) from error
            await asyncio.sleep(random.uniform(0, MAX_PAUSE_S))


def unique_conflict(collection: Collection, document_id: str, error: DuplicateKeyError) -> UniqueConflict:
    fields = tuple((error.details or {}).get("keyPattern", {}))
    names = {tuple(f"body.{name}" for name in index.fields): index.name for index in collection.indexes}
    key = "id" if fields == ("_id",) else names.get(fields, ", ".join(fields))
    return UniqueConflict(collection=collection.name, document_id=document_id, key=key)


async def _attempt(tables: Tables, session: Session, writes: Sequence[PreparedWrite], until: float) -> int:
    await settled(session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=DURABLE))
    try:
        fed = [write for write in writes if write.collection.feed]
        # The counter first: whoever comes second learns it before doing anything else.
        last = await _take_numbers(tables, session, len(fed)) if fed else 0
        for write in writes:
            await apply_write(tables, write, session)
        if fed:
            changes = [_change(last - len(fed) + place, write) for place, write in enumerate(fed, start=1)]
            await tables["_change"].insert_many(changes, session=session)
    except BaseException:
        with suppress(PyMongoError):  # a transaction nobody commits ends by itself
            await session.abort_transaction()
        raise
    await _commit(session, until)
    return last


async def _commit(session: Session, until: float) -> None:
    """A commit may be asked for again: the server answers what became of the first one."""
    while True:
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            if error.has_error_label("TransientTransactionError"):
                raise  # the server is certain that nothing was written
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() > until:
                raise unavailable(error, outcome_unknown=True) from error


async def _take_numbers(tables: Tables, session: Session, count: int) -> int:
    """The last of that many numbers, which no other transaction gets unless this one is given up."""
    counter = await tables["_counter"].find_one_and_update(
        {"_id": "change"}, {"$inc": {"last": count}}, return_document=ReturnDocument.AFTER, session=session
    )
    return int(cast(Raw, counter)["last"])  # made when the store was opened


def _change(number: int, write: PreparedWrite) -> dict[str, object]:
    deleted = isinstance(write, Delete)
    document_id, version = (write.id, write.version) if deleted else (write.packed.id, write.packed.version)
    return {
        "_id": number,
        "collection": write.collection.name,
        "id": document_id,
        "version": version,
        "deleted": deleted,
    }


async def _put(tables: Tables, put: Put, session: Session | None) -> None:
    mongo, packed = tables[put.collection.name], put.packed
    stored: Raw = {"_id": packed.id, "version": packed.version, "body": packed.body}
    if put.expires is not None:
        stored["expires"] = put.expires
    if put.expected is None:
        await mongo.insert_one(stored, session=session)
        return
    replaced = await mongo.replace_one(_at(packed.id, put.expected), stored, session=session)
    if not replaced.matched_count:
        await _refuse(tables, put.collection, packed.id, put.expected, session)


async def _refuse(
    tables: Tables, collection: Collection, document_id: str, expected: int, session: Session | None
) -> None:
    stored = await tables[collection.name].find_one({"_id": document_id}, ["version"], session=session)
    if stored is None:
        raise DocumentNotFound(collection=collection.name, document_id=document_id)
    raise VersionConflict(
        collection=collection.name, document_id=document_id, expected=expected, actual=int(stored["version"])
    )


def _at(document_id: str, version: int) -> dict[str, object]:
    return {"_id": {"$eq": document_id}, "version": {"$eq": version}}
