"""Take in the operations a client is built with, give them by hash, let go of those it no longer has."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from engine.problem import Problem
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.operations.errors import OperationsInvalid
from resolvers.operations.ports import Judge, OperationForm
from resolvers.operations.records import REGISTERED, Registered, registered_of, registered_to_document
from resolvers.ports import Delete, DocumentStore, Insert
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

MAX_AT_ONCE = 1_000  # operations; a large app has some hundred
MAX_CLIENT = 64  # characters of a client's name
BATCH = 100  # operations of one write


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`id`: the SHA-256 of the text in hex, as the client will send it; none: it is worked out."""

    text: str
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How many are new, and how many were registered before."""

    registered: int
    known: int


async def register_operations(context: Context, given: Sequence[Given], *, client: str) -> Registration:
    """All of them, or none: raises `OperationsInvalid` with what is wrong with which, and `InputInvalid`."""
    if len(given) > MAX_AT_ONCE:
        raise InputInvalid(argument="operations", reason=f"are at most {MAX_AT_ONCE} at once")
    if not client.strip() or len(client) > MAX_CLIENT or client.startswith("("):
        raise InputInvalid(argument="client", reason=f"is a name of up to {MAX_CLIENT} characters")
    services = context.resources.operations
    forms = await asyncio.to_thread(_read, given, services.judge())
    at, by = services.now(), context.principal.subject
    records = {
        hash_of(one.text): Registered(
            form=form, text=one.text, client=client, registered_at=at, registered_by=by
        )
        for one, form in zip(given, forms, strict=True)
    }
    registered = 0
    ids = list(records)
    for start in range(0, len(ids), BATCH):
        registered += await _insert(services.store, [records[one] for one in ids[start : start + BATCH]])
    return Registration(registered=registered, known=len(records) - registered)


async def unregister_operations(context: Context, ids: Sequence[str]) -> int:
    """How many of these were registered; other workers have forgotten them half a minute later."""
    store = context.resources.operations.store
    found = [one for one in await store.load_many(REGISTERED, list(dict.fromkeys(ids))) if one is not None]
    gone = 0
    for document in found:
        try:
            await store.write(Delete(collection=REGISTERED, id=document["id"], version=document["version"]))
        except (DocumentNotFound, VersionConflict):
            continue  # somebody else was faster
        gone += 1
    context.resources.operations.forget(ids)
    return gone


async def find_registered(store: DocumentStore, hash: str) -> str | None:  # noqa: A002  # what it is called everywhere
    """The text of a registered operation."""
    document = await store.find(REGISTERED, hash)
    return None if document is None else registered_of(document).text


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _read(given: Sequence[Given], judge: Judge) -> list[OperationForm]:
    problems = [problem for one in given for problem in _problems(one, judge)]
    if problems:
        raise OperationsInvalid(problems)
    return [judge.form(one.text) for one in given]


def _problems(given: Given, judge: Judge) -> list[Problem]:
    path = given.name or given.id or hash_of(given.text)
    if given.id is not None and given.id.lower() != hash_of(given.text):
        message = "the id is not the SHA-256 of the text: send the text exactly as it is sent in requests"
        return [Problem(code="HASH_DIFFERS", message=message, path=path)]
    return [
        Problem(code="OPERATION_REFUSED", message=message, path=path)
        for message in judge.refusals(given.text)
    ]


async def _insert(store: DocumentStore, records: Sequence[Registered]) -> int:
    """How many of them were not there."""
    while True:
        known = await store.load_many(REGISTERED, [record.id for record in records])
        fresh = [record for record, found in zip(records, known, strict=True) if found is None]
        if not fresh:
            return 0
        try:
            await store.write(
                *(Insert(collection=REGISTERED, document=registered_to_document(one)) for one in fresh)
            )
        except UniqueConflict:
            continue  # somebody registers the same
        return len(fresh)
