"""What bounds W5: the disk and the stores by themselves: `python -m bench.flow_limits CASE SECONDS PLACE`.

As many writers as there are clients, documents of the size of an instance in the middle of its run, and
nothing of the gateway's around them.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

import uvloop

from bench.flow_driver import ASKING, CLIENTS, COLLECTIONS, TASKS, InMemory, runtime_of
from bench.flow_measured import Stopwatch
from engine.flow.instance import DeploymentId, task_id
from engine.flow.runtime import Commit, Start
from gateway.stores.codec import Plain, pack
from gateway.stores.mongo import open_mongo
from gateway.stores.mongo_driver import Client, Database, Driver, connect, settled
from resolvers.flows.instances import INSTANCES, instance_document

SIZE = 2_000  # bytes of a stored instance in the middle of its run
ENTRIES = 5  # rows of its indexes that a commit moves


async def disk(seconds: float, place: str) -> str:
    """One wait for the disk keeps what all clients wrote: more commits than these no log can acknowledge."""
    return await asyncio.to_thread(_append, seconds, place)


def _append(seconds: float, place: str) -> str:
    made, watch, batch = 0, Stopwatch(), os.urandom(CLIENTS * SIZE)
    file = os.open(place, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    while watch.spent_s < seconds:
        with watch:
            os.write(file, batch)
            os.fdatasync(file)
        made += CLIENTS
    os.close(file)
    return watch.told(made)


async def sqlite(seconds: float, place: str) -> str:
    """The writes of a commit by themselves, as many together as there are clients."""
    return await asyncio.to_thread(_replace_rows, seconds, place)


def _replace_rows(seconds: float, place: str) -> str:
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE d (id INTEGER PRIMARY KEY, version INTEGER, body BLOB)")
    connection.execute(
        "CREATE TABLE e (k INTEGER, o INTEGER, id INTEGER, PRIMARY KEY (k, o, id)) WITHOUT ROWID"
    )
    connection.executemany("INSERT INTO d VALUES (?, 0, ?)", [(at, b"x" * SIZE) for at in range(CLIENTS)])
    connection.executemany(
        "INSERT INTO e VALUES (?, 0, ?)", [(k, at) for k in range(ENTRIES) for at in range(CLIENTS)]
    )
    version, watch = 0, Stopwatch()
    while watch.spent_s < seconds:
        with watch:
            connection.execute("BEGIN IMMEDIATE")
            for at in range(CLIENTS):
                _replace_row(connection, at, version)
            connection.execute("COMMIT")
        version += 1
    connection.close()
    return watch.told(version * CLIENTS)


def _replace_row(connection: sqlite3.Connection, at: int, version: int) -> None:
    body = b"x" * (SIZE - 8) + version.to_bytes(8)
    replaced = connection.execute(
        "UPDATE d SET version = ?, body = ? WHERE id = ? AND version = ?", (version + 1, body, at, version)
    )
    assert replaced.rowcount == 1
    entries = [(k, version, at) for k in range(ENTRIES)]
    connection.executemany("DELETE FROM e WHERE k = ? AND o = ? AND id = ?", entries)
    connection.executemany("INSERT INTO e VALUES (?, ? + 1, ?)", entries)


async def mongo(seconds: float, place: str, *, driver: Driver) -> str:
    """The driver's own conditional replace, of a text."""
    return await _replace_documents(connect(place, driver), seconds, {"text": "x" * SIZE})


async def mongo_indexed(seconds: float, place: str, *, driver: Driver) -> str:
    """The same of a stored instance, with the indexes that instances are found by."""
    async with open_mongo(place, COLLECTIONS):
        return await _replace_documents(
            connect(place, driver), seconds, await _stored_instance(), moving="tasksCreated"
        )


async def _replace_documents(
    connected: tuple[Client, Database], seconds: float, body: Plain, *, moving: str = "at"
) -> str:
    client, database = connected
    documents = database[INSTANCES.name]
    await documents.insert_many([{"_id": str(at), "version": 0, "body": body} for at in range(CLIENTS)])
    watch, until = Stopwatch(), perf_counter() + seconds

    async def work(at: int) -> int:
        version = 0
        while perf_counter() < until:
            changed = {**body, moving: {"%at": datetime.now(UTC).isoformat()}}
            new: dict[str, object] = {"_id": str(at), "version": version + 1, "body": changed}
            replaced = await documents.replace_one({"_id": str(at), "version": version}, new)
            assert replaced.matched_count == 1
            version += 1
        return version

    with watch:
        made = sum(await asyncio.gather(*map(work, range(CLIENTS))))
    await settled(client.close())
    return watch.told(made)


async def _stored_instance() -> Plain:
    """In the middle of its run."""
    runtime = runtime_of(InMemory())
    taken = await runtime.start(Start(asking=ASKING, deployment=DeploymentId("linear:1")))
    for name in TASKS[:2]:
        [(where, task)] = taken.tasks
        named = task_id(where.id, task.node)
        taken = await runtime.commit(Commit(asking=ASKING, task=named, variables={name: 1}))
    return pack(INSTANCES, instance_document(taken.instance)).body


CASES: dict[str, Callable[[float, str], Awaitable[str]]] = {
    "disk": disk,
    "sqlite": sqlite,
    "motor": partial(mongo, driver="motor"),
    "pymongo": partial(mongo, driver="pymongo"),
    "motor-indexed": partial(mongo_indexed, driver="motor"),
    "pymongo-indexed": partial(mongo_indexed, driver="pymongo"),
}


async def _run(case: str, seconds: float, place: str) -> str:
    return await CASES[case](seconds, place)


if __name__ == "__main__":
    print(uvloop.run(_run(sys.argv[1], float(sys.argv[2]), sys.argv[3])))
