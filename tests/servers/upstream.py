"""A real HTTP/1.1 server on a local port that answers well, badly, slowly or never, and keeps what it got.

async with serve_upstream({"/users": answer(b"[]"), "/stuck": hang()}) as upstream:
    ...                                   # call upstream.url("/users")
    assert upstream.requests[0].target == "/users"
"""

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field

from tests.servers.wire import (
    Behaviour,
    Hangup,
    Headers,
    Received,
    WatchedReader,
    Wire,
    head_of,
    read_request,
    sockets_closed,
)

JSON_TYPE = ("content-type", "application/json")


@dataclass(slots=True, kw_only=True)
class Upstream:
    """A server under test; `requests` holds what arrived, `open_connections` the sockets still open."""

    routes: Mapping[str, Behaviour]
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    requests: list[Received] = field(default_factory=list[Received])
    accepted: int = 0
    open_connections: int = 0
    most_at_once: int = 0
    _at_once: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, target: str = "/", *, host: str | None = None) -> str:
        own = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host or own}:{self.port}{target}"

    def received(self, path: str) -> list[Received]:
        """Return the requests for one path, the query left aside."""
        return [request for request in self.requests if request.target.partition("?")[0] == path]

    async def until(self, holds: Callable[["Upstream"], bool], *, timeout_s: float = 5) -> None:
        """Wait until something is true of this server; looked at again at each request and connection."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: holds(self))

    async def until_all_closed(self, *, timeout_s: float = 5) -> None:
        """Wait until the client has closed every connection."""
        await self.until(lambda it: it.open_connections == 0, timeout_s=timeout_s)

    async def _note(self, **deltas: int) -> None:
        async with self._changed:
            for name, delta in deltas.items():
                setattr(self, name, getattr(self, name) + delta)
            self.most_at_once = max(self.most_at_once, self._at_once)
            self._changed.notify_all()

    async def serve(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        await self._note(accepted=1, open_connections=1)
        try:
            while (request := await read_request(reader)) is not None:
                self.requests.append(request)
                await self._note(_at_once=1)
                try:
                    await self._behave(request, reader, Wire(writer=writer))
                finally:
                    await self._note(_at_once=-1)
        except (Hangup, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            await self._note(open_connections=-1)

    async def _behave(self, request: Received, reader: WatchedReader, wire: Wire) -> None:
        """Run the route's behaviour, given up as soon as the client goes away."""
        path = request.target.partition("?")[0]
        behaviour = self.routes.get(path) or self.routes.get("*") or answer(b"{}", status=404)
        work = asyncio.ensure_future(behaviour(request, wire))
        gone = asyncio.ensure_future(reader.ended.wait())
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Hangup
            work.result()
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)


@contextlib.asynccontextmanager
async def serve_upstream(
    routes: Mapping[str, Behaviour] | Behaviour,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[Upstream]:
    """Serve, on a free port unless one is given; a behaviour for all, or one a path with "*" as the rest."""
    upstream = Upstream(routes={"*": routes} if callable(routes) else routes, host=host)
    tasks: set[asyncio.Task[None]] = set()
    closing: list[bool] = []

    def connect() -> asyncio.StreamReaderProtocol:
        reader = WatchedReader()

        def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if closing:
                writer.transport.abort()  # accepted by the kernel before the server closed
                return
            task = asyncio.ensure_future(upstream.serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: writer.transport.abort())  # whatever is left unsent at the end

        return asyncio.StreamReaderProtocol(reader, accept)

    server = await asyncio.get_running_loop().create_server(connect, host, port, ssl=tls, backlog=1024)
    upstream.port = server.sockets[0].getsockname()[1]
    upstream.scheme = "https" if tls else "http"
    try:
        yield upstream
    finally:
        closing.append(True)
        await sockets_closed()  # asyncio loses a connection whose acceptance a closing server overtakes
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await sockets_closed()


def answer(body: bytes = b"{}", *, status: int = 200, headers: Headers = (JSON_TYPE,)) -> Behaviour:
    """Answer properly, with a content-length, and keep the connection."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(head_of(status, [*headers, ("content-length", str(len(body)))]), body)

    return behave


def answer_with(make: Callable[[Received], bytes], *, headers: Headers = (JSON_TYPE,)) -> Behaviour:
    """Answer with a body made from the request."""

    async def behave(request: Received, wire: Wire) -> None:
        await answer(make(request), headers=headers)(request, wire)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave differently at each request; the last behaviour stays."""
    waiting = list(behaviours)

    async def behave(request: Received, wire: Wire) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request, wire)

    return behave


def after(delay_s: float, behaviour: Behaviour) -> Behaviour:
    """Think for a while first."""

    async def behave(request: Received, wire: Wire) -> None:
        await asyncio.sleep(delay_s)
        await behaviour(request, wire)

    return behave


def when_set(gate: asyncio.Event, behaviour: Behaviour) -> Behaviour:
    """Hold the answer back until the test opens the gate."""

    async def behave(request: Received, wire: Wire) -> None:
        await gate.wait()
        await behaviour(request, wire)

    return behave


def send_raw(*parts: bytes, then_close: bool = True) -> Behaviour:
    """Send bytes that need not be HTTP."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(*parts)
        if then_close:
            raise Hangup

    return behave


def hang() -> Behaviour:
    """Take the request and never answer."""

    async def behave(_request: Received, _wire: Wire) -> None:
        await asyncio.Event().wait()

    return behave


def hang_in_body(sent: bytes = b'{"id":', *, promised: int = 100) -> Behaviour:
    """Send the head and a part of the body, then nothing more."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(head_of(200, [JSON_TYPE, ("content-length", str(promised))]), sent)
        await asyncio.Event().wait()

    return behave


def reset(*before: bytes) -> Behaviour:
    """Reset the connection, after some bytes if given."""

    async def behave(_request: Received, wire: Wire) -> None:
        if before:
            await wire.send(*before)
        wire.reset()
        raise Hangup

    return behave


def close_early() -> Behaviour:
    """Close without a byte of answer."""
    return send_raw()


def drip(body: bytes, *, every_s: float) -> Behaviour:
    """Send the body byte by byte, promising all of it."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(head_of(200, [JSON_TYPE, ("content-length", str(len(body)))]))
        for at in range(len(body)):
            await asyncio.sleep(every_s)
            await wire.send(body[at : at + 1])

    return behave


def endless(piece: bytes = b" " * 65536) -> Behaviour:
    """A chunked body that never ends."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(head_of(200, [JSON_TYPE, ("transfer-encoding", "chunked")]))
        while True:
            await wire.send(b"%x\r\n" % len(piece), piece, b"\r\n")

    return behave


def chunked(*pieces: bytes, headers: Headers = (JSON_TYPE,)) -> Behaviour:
    """A body in chunks, ended properly."""

    async def behave(_request: Received, wire: Wire) -> None:
        await wire.send(head_of(200, [*headers, ("transfer-encoding", "chunked")]))
        for piece in pieces:
            await wire.send(b"%x\r\n" % len(piece), piece, b"\r\n")
        await wire.send(b"0\r\n\r\n")

    return behave


def gzipped(body: bytes, *, headers: Headers = (JSON_TYPE,)) -> Behaviour:
    """A gzip-encoded answer."""
    return answer(gzip.compress(body), headers=[*headers, ("content-encoding", "gzip")])


def gzip_bomb(*, size_bytes: int = 100_000_000) -> Behaviour:
    """A small compressed body that unpacks to a great many zeros."""
    return gzipped(bytes(size_bytes))


def many_headers(count: int = 100_000) -> Behaviour:
    """A head of very many header fields."""
    return answer(headers=[JSON_TYPE, *((f"x-{at}", "v") for at in range(count))])


def redirect(to: str, *, status: int = 302) -> Behaviour:
    """Send the client elsewhere."""
    return answer(b"", status=status, headers=[("location", to)])


def wrong_length(body: bytes = b"{}", *, promised: int = 1000) -> Behaviour:
    """Promise more than is sent, then close."""
    return send_raw(head_of(200, [JSON_TYPE, ("content-length", str(promised))]), body)
