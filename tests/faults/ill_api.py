"""An API that is well at one path and ill at another, and callers who ask a gateway for it at a steady rate.

As a process of its own (`python -m tests.faults.ill_api FAULT GATEWAY`) it prints its port; then each line it
reads, a field's name, has callers ask for that field until the next, empty line, and it prints how many asked
and how many were refused the field.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.servers.client import Client, connect
from tests.servers.upstream import answer, answer_with, drip, hang, reset, serve_upstream
from tests.servers.wire import Behaviour, Received

SDL = """
extend schema @owner(unit: "demo")
  @source(name: "good", http: {{ baseURL: "{good}" }})
  @source(name: "ill", http: {{ baseURL: "{ill}" }}, policy: {{ timeoutMs: 500 }})
type Query {{
  fine(n: Int): String @connect(source: "good", http: {{ GET: "/fine?n={{$args.n}}" }}, selection: "$.name")
  well(n: Int): String @connect(source: "ill", http: {{ GET: "/well?n={{$args.n}}" }}, selection: "$.name")
  ill(n: Int): String @connect(source: "ill", http: {{ GET: "/ill?n={{$args.n}}" }}, selection: "$.name")
}}
"""
FAULTS: dict[str, tuple[Behaviour, str]] = {
    "all errors": (answer(status=503), "UPSTREAM_STATUS"),
    "hang": (hang(), "UPSTREAM_TIMEOUT"),
    "reset": (reset(), "UPSTREAM_UNREACHABLE"),
    "drip": (drip(b'{"name": "at last"}', every_s=0.2), "UPSTREAM_TIMEOUT"),
    "garbage": (answer(b"<html>"), "UPSTREAM_BODY"),
    "wrong type": (answer(b'{"name": {"a": 1}}'), "MAPPING_ERROR"),
}
EVERY_S = 1 / 160  # between two callers, however long the one before waits


def named(request: Received) -> bytes:
    return b'{"name": "n%s"}' % request.target.rpartition("=")[2].encode()


NAMED = answer_with(named)


async def press(client: Client, field: str, until: asyncio.Event) -> tuple[int, int]:
    """Ask for the field steadily: how many asked, and how many were refused it."""
    asking: list[asyncio.Task[bool]] = []
    loop = asyncio.get_running_loop()
    next_s = loop.time()
    while not until.is_set():
        asking.append(asyncio.create_task(is_refused(client, field, len(asking))))
        next_s += EVERY_S
        await asyncio.sleep(next_s - loop.time())
    return len(asking), sum(await asyncio.gather(*asking))


async def is_refused(client: Client, field: str, n: int) -> bool:
    query = f"query Both($n: Int) {{ fine(n: $n) {field}(n: $n) }}"
    reply = await client.ask(query, {"n": n})  # another n each time: no call is shared
    assert reply.data["fine"] == f"n{n}", reply.text
    return reply.data[field] is None


@asynccontextmanager
async def read_lines() -> AsyncGenerator[asyncio.StreamReader]:
    """Standard input as a stream."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        yield reader
    finally:
        transport.close()


async def serve_and_press(fault: str, gateway: str) -> None:
    routes = {"/well": NAMED, "/ill": FAULTS[fault][0]}
    async with serve_upstream(routes) as upstream, connect(gateway) as client, read_lines() as lines:
        print(upstream.port, flush=True)
        while field := (await lines.readline()).decode().strip():
            ended = asyncio.Event()
            pressing = asyncio.create_task(press(client, field, ended))
            await lines.readline()
            ended.set()
            asked, refused = await pressing
            print(asked, refused, flush=True)


if __name__ == "__main__":
    asyncio.run(serve_and_press(sys.argv[1], sys.argv[2]))
