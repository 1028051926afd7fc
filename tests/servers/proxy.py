"""A forward proxy on a local port: absolute URLs and CONNECT, every host name of its own at this machine.

async with serve_proxy() as proxy:
    ...                                   # give proxy.url to what is to be carried
    assert proxy.requests[0].target == "api.test:443"
"""

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.servers.wire import Received, WatchedReader, head_of, read_request, sockets_closed

_HOP_BY_HOP = ("connection", "proxy-authorization", "proxy-connection")
_REFUSED = 502
_WHO_ARE_YOU = 407


@dataclass(slots=True, kw_only=True)
class Proxy:
    """`requests` holds what it was asked for; names ending in .test are hosts that it knows."""

    credentials: str | None
    port: int = 0
    requests: list[Received] = field(default_factory=list[Received])

    @property
    def url(self) -> str:
        who = f"{self.credentials}@" if self.credentials else ""
        return f"http://{who}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry the requests of one connection."""
        async with _closing(writer):
            while (request := await read_request(reader)) is not None:
                self.requests.append(request)
                status = await self._carry(request, reader, writer)
                if status is not None:
                    writer.write(head_of(status, [("content-length", "0")]))

    async def _carry(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int | None:
        """Carry an exchange, or what goes through a tunnel until its end; a status instead says why not."""
        if not self._admits(request):
            return _WHO_ARE_YOU
        connect = request.method == "CONNECT"
        parts = urlsplit(f"//{request.target}" if connect else request.target)
        if parts.hostname is None or not parts.hostname.endswith(".test"):
            return _REFUSED
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", parts.port or 80)
        except OSError:
            return _REFUSED
        async with _closing(far_writer):
            if connect:
                writer.write(head_of(200, []))
                await _relay((reader, far_writer), (far_reader, writer))
            else:
                far_writer.write(_as_for_the_origin(request))
                writer.write(await _read_answer(far_reader))
        return None

    def _admits(self, request: Received) -> bool:
        if self.credentials is None:
            return True
        return request.header("proxy-authorization") == [
            f"Basic {b64encode(self.credentials.encode()).decode()}"
        ]


@contextlib.asynccontextmanager
async def serve_proxy(*, credentials: str | None = None) -> AsyncGenerator[Proxy]:
    """Serve on a free port; with credentials (user:password), only who shows them is carried."""
    proxy = Proxy(credentials=credentials)
    tasks: set[asyncio.Task[None]] = set()

    def connect() -> asyncio.StreamReaderProtocol:
        reader = WatchedReader()

        def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(proxy.serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: writer.transport.abort())  # one cancelled before it began

        return asyncio.StreamReaderProtocol(reader, accept)

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        await sockets_closed()  # asyncio loses a connection whose acceptance a closing server overtakes
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await sockets_closed()


def _as_for_the_origin(request: Received) -> bytes:
    """The request with its path alone, the bytes after the host unchanged, and nothing for the proxy."""
    parts = urlsplit(request.target)
    target = request.target.removeprefix(f"{parts.scheme}://{parts.netloc}")
    kept = [(name, value) for name, value in request.headers if name.lower() not in _HOP_BY_HOP]
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in kept), "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


async def _read_answer(reader: asyncio.StreamReader) -> bytes:
    """One answer with a content-length, as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    """Close the connection in the end; that the other side did so first is an end like any other."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        try:
            yield
        finally:
            writer.close()
            await writer.wait_closed()


async def _relay(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Carry bytes both ways until either side ends."""
    tasks = [asyncio.ensure_future(_pump(*way)) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, writer in ways:
            writer.close()  # a tunnel that one side left is over for both


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()
