"""One SQLite file under several processes: they share it, they are killed, the disk is full."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gateway.stores.sqlite import open_sqlite
from resolvers.ports import Insert, Query, Replace
from resolvers.store_errors import StoreUnavailable
from tests.servers.store_process import CLIENTS, STEPS

TOP = Path(__file__).resolve().parents[3]
KILLS = 6


@contextmanager
def store_process(*arguments: str) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.servers.store_process", *arguments]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_acknowledged(process: subprocess.Popen[str], *, at_least: int = 0) -> list[tuple[str, int]]:
    """What was acknowledged until the process ended, or until that many were."""
    assert process.stdout
    lines: list[tuple[str, int]] = []
    for line in process.stdout:
        if line.endswith("]\n"):
            key, version = json.loads(line)
            lines.append((key, version))
        if at_least and len(lines) >= at_least:
            break
    return lines


async def test_r1_what_was_acknowledged_survives_kill_9_once(tmp_path: Path) -> None:
    path = tmp_path / "paifang.sqlite"
    acknowledged: dict[str, int] = defaultdict(int)
    for number in range(KILLS):
        with store_process("write", str(path), f"p{number}", "1000000") as process:
            lines = read_acknowledged(process, at_least=200 + 100 * number)
            process.send_signal(signal.SIGKILL)
            lines += read_acknowledged(process)
        for key, version in lines:
            assert version == acknowledged[key] + 1
            acknowledged[key] = version
    await check_history(path, acknowledged)


async def test_several_processes_share_the_file(tmp_path: Path) -> None:
    path = tmp_path / "paifang.sqlite"
    acknowledged: dict[str, int] = {}
    with ExitStack() as stack:
        started = [stack.enter_context(store_process("write", str(path), f"p{n}", "25")) for n in range(3)]
        for process in started:
            acknowledged |= dict(read_acknowledged(process))
    assert acknowledged == {f"p{number}-{client}": 25 for number in range(3) for client in range(CLIENTS)}
    await check_history(path, acknowledged)


async def check_history(path: Path, acknowledged: dict[str, int]) -> None:
    """Each document is at its acknowledged version or one further, in a feed that tells each version once."""
    async with open_sqlite(path, [STEPS]) as store:
        history: dict[str, list[int]] = defaultdict(list)
        position = 0
        while page := await store.changes(after=position):
            assert [change.sequence for change in page] == list(range(position + 1, position + 1 + len(page)))
            for change in page:
                history[change.id].append(change.version)
            position = page[-1].sequence
        for key, version in acknowledged.items():
            last = (await store.get(STEPS, key))["version"]
            assert last in (version, version + 1), "nothing acknowledged is lost, at most one step is unheard"
            assert history[key] == list(range(1, last + 1))
            entry = Query(collection=STEPS, index="by_run", equal={"runs": f"{key}-{last}"})
            assert [document["id"] for document in (await store.select(entry)).documents] == [key]
            old = Query(collection=STEPS, index="by_run", equal={"runs": f"{key}-{last - 1}"})
            assert (await store.select(old)).documents == ()


async def test_a_feed_reader_hears_of_another_process(tmp_path: Path) -> None:
    path = tmp_path / "paifang.sqlite"
    async with open_sqlite(path, [STEPS]) as store:
        waiting = asyncio.create_task(store.changes(after=0, wait_s=60))
        with store_process("write", str(path), "other", "1") as process:
            assert (await waiting)[0].id.startswith("other-")
            assert len(read_acknowledged(process)) == CLIENTS


async def test_r11_a_full_disk_refuses_writes_and_goes_on_reading(tmp_path: Path) -> None:
    path = tmp_path / "paifang.sqlite"
    with store_process("fill", str(path)) as process:
        output, _ = process.communicate()
        assert process.returncode == 0
    assert output == "refused STORE_UNAVAILABLE\n" * 3
    async with open_sqlite(path, [STEPS]) as store:
        assert [change.id for change in await store.changes(after=0)] == ["kept", "big"]
        await store.write(Replace(collection=STEPS, document={"id": "big", "version": 2}))


async def test_a_place_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    for path in (tmp_path / "file" / "x.sqlite", tmp_path):
        with pytest.raises(StoreUnavailable):
            async with open_sqlite(path, [STEPS]):
                pass
    (tmp_path / "other").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        async with open_sqlite(tmp_path / "other", [STEPS]):
            pass


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "paifang.sqlite"
    async with open_sqlite(path, [STEPS]) as store:
        await store.write(Insert(collection=STEPS, document={"id": "a", "version": 1}))
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            assert os.stat(file).st_mode & 0o777 == 0o600
