"""The limit where there is nothing to share: the same calls, on the same event loop, and nothing else.

    python -m bench.peers.bare_calls PORT UPSTREAM_PORT

One process a core. A request's number is cut out of its body, the calls go over kept connections, one
callback a step, and what the upstream says is handed on. It understands no HTTP but this benchmark's.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any, cast

import orjson
import uvloop

from bench.model import Launch, Peer, Site

_Told = Callable[[dict[str, object]], None]
_BETWEEN = b"\r\n\r\n"


class _End(asyncio.Protocol):
    """One end of a connection on which one message follows another."""

    def __init__(self) -> None:
        self._begun = b""
        self._write: Callable[[bytes], None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast(asyncio.Transport, transport).write  # uvloop's own classes derive from neither

    def data_received(self, data: bytes) -> None:
        if self._begun:
            data, self._begun = self._begun + data, b""
        head, _, body = data.partition(_BETWEEN)
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:  # the rest of it is on its way
            self._begun = data
        else:
            self._take(head, told)

    def _take(self, head: bytes, body: dict[str, Any]) -> None:  # Any: JSON
        raise NotImplementedError


class _Upstream(_End):
    """A kept connection with at most one call on it."""

    def __init__(self, idle: "list[_Upstream]") -> None:
        super().__init__()
        self._idle = idle
        self._told: _Told

    def ask(self, request: bytes, told: _Told) -> None:
        self._told = told
        self._write(request)

    def _take(self, head: bytes, body: dict[str, Any]) -> None:  # Any: JSON
        self._idle.append(self)
        self._told(body)


class _Client(_End):
    def __init__(self, calls: "_Calls") -> None:
        super().__init__()
        self._call = calls.call

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET "):  # is it there?
            self._answer({})
        else:
            super().data_received(data)

    def _take(self, head: bytes, body: dict[str, Any]) -> None:  # Any: JSON
        number = body["variables"]["id"]
        if head.startswith(b"POST /like"):
            self._call(b"POST", f"/posts/{number}/like", self._liked)
        else:
            self._call(b"GET", f"/posts/{number}", self._post)

    def _liked(self, like: dict[str, object]) -> None:
        self._answer({"like": {"id": like["id"], "likes": like["likes"]}})

    def _post(self, post: dict[str, object]) -> None:
        def user(user: dict[str, object]) -> None:
            self._answer({"post": {"title": post["title"], "user": {"name": user["name"]}}})

        self._call(b"GET", f"/users/{post['userId']}", user)

    def _answer(self, data: dict[str, object]) -> None:
        body = orjson.dumps({"data": data})
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._write(head % len(body) + body)


class _Calls:
    """Calls to the upstream; connections are opened when none is idle."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Upstream] = []
        self._opening: set[asyncio.Task[None]] = set()

    def call(self, method: bytes, path: str, told: _Told) -> None:
        request = b"%b %b HTTP/1.1\r\nhost: upstream\r\ncontent-length: 0\r\n\r\n" % (method, path.encode())
        if self._idle:
            self._idle.pop().ask(request, told)
            return
        self._run(self._ask_anew(request, told))

    async def _ask_anew(self, request: bytes, told: _Told) -> None:
        loop = asyncio.get_running_loop()
        _, opened = await loop.create_connection(lambda: _Upstream(self._idle), "127.0.0.1", self._port)
        opened.ask(request, told)

    def _run(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)


async def _serve(listening: socket.socket, upstream_port: int) -> None:
    calls = _Calls(upstream_port)
    server = await asyncio.get_running_loop().create_server(lambda: _Client(calls), sock=listening)
    await server.serve_forever()


def main(port: int, upstream_port: int) -> None:
    """A process a core, each with a listening socket of its own."""
    listening = [_listen(port) for _ in range(os.cpu_count() or 1)]  # before any accepts: none is refused
    mine = listening.pop()
    for other in listening:
        if os.fork() == 0:
            mine.close()
            mine = other
            break
    uvloop.run(_serve(mine, upstream_port))


def _listen(port: int) -> socket.socket:
    listening = socket.create_server(("127.0.0.1", port), reuse_port=True, backlog=1024)
    listening.setblocking(False)
    return listening


def _launch(site: Site) -> Launch:
    upstream_port = site.upstream_url.rstrip("/").rpartition(":")[2]
    return Launch(command=[sys.executable, "-m", "bench.peers.bare_calls", str(site.port), upstream_port])


BARE_CALLS = Peer(
    name="bare-calls",
    title="limit: the calls alone, on the same event loop",
    launch=_launch,
    path="/{case}",
)

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
