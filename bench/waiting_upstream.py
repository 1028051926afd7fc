"""APIs that take their time: granian and a handler that answers after 10 ms, or with a thousand items."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.peers.bare import granian_command
from bench.processes import free_port, running

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol
    from granian.rsgi import Scope

WAIT_S = 0.01
ITEMS = 1_000


def detail_of(number: int) -> dict[str, object]:
    return {"id": number, "name": f"detail {number}", "size": number % 7}


def create_rsgi() -> "Callable[[Scope, RSGIHTTPProtocol], Awaitable[None]]":
    """The handler; `/calls` tells how many it has answered before."""
    headers = [("content-type", "application/json")]
    items = json.dumps([{"id": number, "detailId": number} for number in range(ITEMS)]).encode()
    calls = 0

    async def answer(path: str, protocol: "RSGIHTTPProtocol") -> bytes:
        if path == "/items":
            return items
        if path == "/details":
            ids: list[int] = json.loads(await protocol())["ids"]
            return json.dumps([detail_of(number) for number in ids]).encode()
        if not path.startswith("/slow/"):
            return b""
        await asyncio.sleep(WAIT_S)
        return json.dumps({"value": f"after-{path.rpartition('/')[2]}"}).encode()

    async def handle(scope: "Scope", protocol: "RSGIHTTPProtocol") -> None:
        nonlocal calls
        if scope.path == "/calls":
            protocol.response_str(200, headers, str(calls))
            return
        calls += 1
        body = await answer(scope.path, protocol)
        protocol.response_bytes(200 if body else 404, headers, body)

    return handle


@contextmanager
def serving_waiting_upstream(scratch: Path) -> Generator[int]:
    """Run it; gives its port."""
    port = free_port()
    command = granian_command("bench.waiting_upstream:create_rsgi", "rsgi", port)
    with running("the upstream", command, env={}, log=scratch / "upstream.log") as server:
        server.wait_until_answers(f"http://127.0.0.1:{port}/calls")
        yield port
