"""kill -9 while files come in: what was acknowledged is there, and whole."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.flow_site import Site, client, kill, life
from tests.faults.form import times
from tests.servers.gateway import Environment
from tests.servers.gateway_fixtures import empty_store

KILLS = times(2, 20)
AT_ONCE = 8  # senders, some of whom are amid sending when the gateway is killed
ACKNOWLEDGED = times(6, 40)  # files before that, in each life


@pytest.fixture(params=["sqlite", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """The store that the gateway's lives share."""
    with empty_store(request.param, request) as environment:
        yield environment


async def test_a_file_that_was_acknowledged_is_there_whole_after_kill_9(
    tmp_path: Path, kept: Environment
) -> None:
    acknowledged: dict[str, bytes] = {}
    async with client() as http:
        site = Site(http)
        for number in range(KILLS):
            with life(site, tmp_path, kept) as gateway:
                enough = asyncio.Event()
                senders = [
                    asyncio.create_task(send(site, acknowledged, enough, (number + 1) * ACKNOWLEDGED))
                    for _ in range(AT_ONCE)
                ]
                await enough.wait()
                kill(gateway)
                await asyncio.gather(*senders)
        with life(site, tmp_path, kept):
            assert len(acknowledged) >= KILLS * ACKNOWLEDGED
            for file, content in acknowledged.items():
                assert (await http.get(f"{site.url}/attachments/{file}")).content == content


async def send(site: Site, acknowledged: dict[str, bytes], enough: asyncio.Event, wanted: int) -> None:
    """One file after the other until the gateway is gone."""
    while True:
        content = f"{len(acknowledged)} words ".encode() * 10_000
        target = f"{site.url}/attachments?unit=rides&name=a.txt"
        try:
            sent = await site.http.post(
                target, content=content, headers={"content-type": "application/octet-stream"}
            )
        except httpx.TransportError:
            return
        acknowledged[sent.json()["id"]] = content
        if len(acknowledged) >= wanted:
            enough.set()
