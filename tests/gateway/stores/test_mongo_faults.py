"""MongoDB dies, hangs, is absent: what was acknowledged stays, callers hear the truth."""

import asyncio
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.stores.mongo import open_mongo
from gateway.stores.mongo_driver import Driver
from resolvers.ports import Collection, Document, Index, Insert, Replace
from resolvers.store_errors import StoreUnavailable, VersionConflict
from tests.servers.document_stores import Store, sockets_forgotten_by
from tests.servers.mongod import MongodProcess, skip_or_fail_without_mongod

FED = Collection(name="fed")
UNFED = Collection(name="unfed", indexes=(Index(name="by_run", fields=("run",)),), feed=False)
WRITERS = 8
STEPS = 60


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """Each of the two clients in turn."""
    with sockets_forgotten_by(request.param):
        yield request.param


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MongodProcess]:
    """A server of one's own, to be killed."""
    with skip_or_fail_without_mongod(), MongodProcess(tmp_path) as server:
        yield server


async def test_r2_kill_9_of_the_server_loses_and_doubles_nothing_acknowledged(
    server: MongodProcess, driver: Driver
) -> None:
    acknowledged: dict[str, int] = defaultdict(int)
    halfway = asyncio.Event()

    async def write_steps(store: Store, collection: Collection, key: str) -> None:
        for version in range(1, STEPS + 1):
            await write_one(store, collection, {"id": key, "version": version, "run": [f"{key}-{version}"]})
            acknowledged[key] = version
            if sum(acknowledged.values()) >= WRITERS * STEPS // 3:
                halfway.set()

    async with open_mongo(server.url("faults"), [FED, UNFED], driver=driver, timeout_s=60) as store:
        async with asyncio.TaskGroup() as tasks:
            for number in range(WRITERS):
                tasks.create_task(write_steps(store, FED if number % 4 == 0 else UNFED, f"w{number}"))
            await halfway.wait()
            await asyncio.to_thread(server.kill_and_restart)
        for number in range(WRITERS):
            key = f"w{number}"
            assert (await store.get(FED if number % 4 == 0 else UNFED, key))["version"] == STEPS
        feed = await store.changes(after=0)
        assert [change.sequence for change in feed] == list(range(1, len(feed) + 1))
        for key in ("w0", "w4"):
            assert [change.version for change in feed if change.id == key] == list(range(1, STEPS + 1))


async def write_one(store: Store, collection: Collection, document: Document) -> None:
    """Until it is written; after an unknown outcome a conflict with our own version means that it was."""
    write = (Insert if document["version"] == 1 else Replace)(collection=collection, document=document)
    written = False
    try:
        await store.write(write)
        written = True
    except StoreUnavailable as error:
        written = error.outcome_unknown and await store.find(collection, document["id"]) == document
    if not written:
        await store.write(write)


async def test_a_hanging_server_is_unavailable_and_then_back(server: MongodProcess, driver: Driver) -> None:
    async with open_mongo(server.url("hang"), [FED, UNFED], driver=driver, timeout_s=1) as store:
        for collection in (FED, UNFED):
            await store.write(Insert(collection=collection, document={"id": "a", "version": 1}))
        hang(server)
        try:
            for attempt in (
                store.find(UNFED, "a"),
                store.write(Replace(collection=UNFED, document={"id": "a", "version": 2})),
                store.write(Replace(collection=FED, document={"id": "a", "version": 2})),
            ):
                with pytest.raises(StoreUnavailable):
                    await attempt
        finally:
            server.process.send_signal(signal.SIGCONT)
        await bring_to_version_two(store, UNFED)
        await bring_to_version_two(store, FED)


def hang(server: MongodProcess) -> None:
    """It answers nothing more when this returns: threads stop one after the other."""
    server.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, server.process.pid, os.WSTOPPED | os.WNOWAIT)


async def bring_to_version_two(store: Store, collection: Collection) -> None:
    """What was sent before the server hung may arrive now, once."""
    with suppress(VersionConflict):
        await store.write(Replace(collection=collection, document={"id": "a", "version": 2}))
    assert await store.get(collection, "a") == {"id": "a", "version": 2}


async def test_a_waiting_reader_survives_a_restart(server: MongodProcess, driver: Driver) -> None:
    url = server.url("feed")
    async with (
        open_mongo(url, [FED], driver=driver, timeout_s=60) as reader,
        open_mongo(url, [FED], driver=driver, timeout_s=60) as writer,
    ):
        waiting = asyncio.create_task(reader.changes(after=0, wait_s=120))
        await asyncio.wait([waiting], timeout=0.1)
        await asyncio.to_thread(server.kill_and_restart)
        await writer.write(Insert(collection=FED, document={"id": "a", "version": 1}))
        assert [change.id for change in await waiting] == ["a"]


async def test_readers_are_woken_by_the_change_stream_and_not_by_luck(mongo_url: str, driver: Driver) -> None:
    url = mongo_url.replace("/?", f"/test_stream_{driver}?")
    with capture_logs() as logs:
        async with (
            open_mongo(url, [FED], driver=driver) as reader,
            open_mongo(url, [FED], driver=driver) as writer,
        ):
            start = await reader.position()
            for number in range(3):
                waiting = asyncio.create_task(reader.changes(after=start + number, wait_s=60))
                await asyncio.wait([waiting], timeout=0.05)
                await writer.write(Insert(collection=FED, document={"id": f"{start}-{number}", "version": 1}))
                assert len(await waiting) == 1
    assert logs == []


async def test_an_absent_server_is_unavailable_without_its_password(driver: Driver) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        async with open_mongo("mongodb://me:s3cret@127.0.0.1:1/x", [FED], driver=driver, timeout_s=0.5):
            pass
    assert "s3cret" not in str(refusal.value)
    assert not refusal.value.outcome_unknown


@pytest.mark.parametrize(
    "address", ["mongodb://localhost", "http://me:s3cret@x/", "mongodb://me:s3cret@/", "x"]
)
async def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        async with open_mongo(address, [FED]):
            pass
    assert "s3cret" not in f"{refusal.value!r} {refusal.value.__cause__!r}"
