"""Connections of the event loop to one address: HTTP/1.1 parsed in C, an exchange at a time, in a pool."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Protocol, cast

import httptools

from engine.resource.alarm import Alarm
from engine.resource.transport.answers import TransportLimits, bad_answer, timed_out, too_large, unreachable
from engine.resource.transport.heads import AnswerHead, Headers, KnownHeads, RawHeaders

_HEAD_BYTES = 65_536  # of an answer's head; one read more is looked at before it is refused
_KEEP_S = 60.0  # how long a connection is kept for the next call
_FRAMED = (b"content-length", b"transfer-encoding")


class Exchange(Protocol):
    """A request, and who is told of its answer; the connection is another's by then, or closed."""

    def answered(self, head: AnswerHead, body: bytes) -> None: ...

    def failed(self, error: Exception) -> None:
        """Told CallFailed, or Stale."""
        ...


class Stale(Exception):
    """The connection ended before a byte of answer: perhaps the API closed it just before its next use."""


class Connection(asyncio.Protocol):
    """Carries one exchange at a time; whatever is odd about an answer closes it."""

    __slots__ = (
        "_body", "_done", "_exchange", "_head_bytes", "_head_done", "_headers", "_heard", "_keep", "_limits",
        "_parser", "_pool", "_size", "_status", "_transport", "idle_since",
    )  # fmt: skip

    def __init__(self, pool: "Pool", limits: TransportLimits) -> None:
        self._pool = pool
        self._limits = limits
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self.idle_since = 0.0
        self._clear()

    def ask(self, exchange: Exchange, request: bytes, deadline_at: float) -> None:
        """Send a request; the connection then goes back to its pool, or closes, and the exchange is told."""
        assert self._exchange is None, "one exchange at a time"
        assert self._transport is not None, "the pool gave a connection that is open"
        self._exchange = exchange
        self._transport.write(request)
        self._pool.alarm.set(self, deadline_at)

    def give_up(self, exchange: Exchange) -> None:
        """Nobody waits for the answer any more: close, unless it came just before."""
        if self._exchange is exchange:
            self._end_exchange()
            self.abort()

    def time_out(self) -> None:
        self._fail(timed_out())

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    # ------------------------------------------------------------------ the event loop's side
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        self._pool.made(self)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:  # an answer to nothing: it must not be taken for the next call's
            self.abort()
            return
        first = not self._heard
        if first:
            known = self._pool.heads.find(data)
            if known is not None:
                self._give(known[0], known[1], keep=True)
                return
            self._heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(bad_answer())
            return
        if self._done:
            self._finish(data if first else None)
        elif not self._head_done:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._fail(bad_answer(f"The head of the API's answer has more than {_HEAD_BYTES} bytes."))

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.lost(self)
        if self._exchange is None:
            return
        if not self._heard:
            self._fail(Stale())
        elif exc is not None:
            self._fail(unreachable())
        elif self._head_done and not any(name in _FRAMED for name, _ in self._headers):
            self._finish(None)  # such a body ends where the connection does
        else:
            self._fail(bad_answer("The API's answer ends in the middle."))

    # ------------------------------------------------------------------ the parser's side
    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._done:
            return  # a second answer to one request; the connection is closed below
        if len(self._headers) > self._limits.header_count:
            self._fail(bad_answer(f"The API's answer has more than {self._limits.header_count} headers."))
            return
        self._status = self._parser.get_status_code()
        self._head_done = self._status >= 200  # before it may come others, which say to wait

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._size += len(body)
        if self._size > self._limits.body_bytes:
            self._fail(too_large(self._limits))

    def on_message_complete(self) -> None:
        if self._done:
            self._keep = False
        elif self._head_done:
            self._done = True
            self._keep = self._parser.should_keep_alive()
        else:
            self._headers = []

    # ------------------------------------------------------------------ outcomes
    def _finish(self, whole: bytes | None) -> None:
        """The answer is complete; `whole`: all of it, where it came in one piece."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        head = AnswerHead(self._status, Headers(self._headers))
        keep = self._keep
        if keep and whole is not None:
            self._pool.heads.keep(whole, head, self._size)
        self._clear()
        self._give(head, body, keep=keep)

    def _give(self, head: AnswerHead, body: bytes, *, keep: bool) -> None:
        """Whoever is told may ask again at once: the connection is free before."""
        exchange, self._exchange = self._exchange, None
        self._pool.alarm.forget(self)
        transport = self._transport
        assert transport is not None, "it has just received"
        if keep and not transport.get_write_buffer_size():
            self._pool.put(self)
        else:
            transport.close()
        if exchange is not None:
            exchange.answered(head, body)

    def _fail(self, error: Exception) -> None:
        self.abort()
        exchange = self._end_exchange()
        if exchange is not None:
            exchange.failed(error)

    def _end_exchange(self) -> Exchange | None:
        exchange, self._exchange = self._exchange, None
        self._pool.alarm.forget(self)
        self._clear()
        return exchange

    def _clear(self) -> None:
        self._headers: RawHeaders = []
        self._body: list[bytes] = []
        self._status = self._size = self._head_bytes = 0
        self._heard = self._head_done = self._done = self._keep = False


class Pool:
    """The connections to one address. Past `limits.connections` callers wait for one to come free."""

    def __init__(
        self,
        limits: TransportLimits,
        connect: Callable[[Callable[[], Connection]], Coroutine[object, object, Connection]],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.alarm = Alarm(self.loop)
        self.heads = KnownHeads()
        self._limits = limits
        self._connect = connect
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pruning: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    def find_idle(self) -> Connection | None:
        """A connection that was used before, the latest first; none while others wait for one."""
        return self._pop_idle() if self._idle and not self._waiting else None

    async def take(self) -> Connection:
        """An idle or a new connection. Raises OSError."""
        while True:
            connection = self._pop_idle()
            if connection is not None:
                return connection
            if self._opening + len(self._open) < self._limits.connections:
                return await self.open_new()
            await self._turn()

    async def open_new(self) -> Connection:
        """A connection that nobody used before, if need be past the limit. Raises OSError."""
        self._opening += 1
        try:
            return await self._connect(lambda: Connection(self, self._limits))
        finally:
            self._opening -= 1
            self._freed()

    async def close(self) -> None:
        """Close all; none is in use."""
        self.alarm.close()
        if self._pruning is not None:
            self._pruning.cancel()
        for connection in tuple(self._open):
            connection.abort()
        if self._open:
            await self._empty.wait()

    # ------------------------------------------------------------------ told by connections
    def made(self, connection: Connection) -> None:
        self._open.add(connection)

    def put(self, connection: Connection) -> None:
        connection.idle_since = self.loop.time()
        self._idle.append(connection)
        if self._waiting:
            self._wake()
        if self._pruning is None:
            self._pruning = self.loop.call_later(_KEEP_S, self._prune)

    def lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._freed()

    # ------------------------------------------------------------------ inside
    def _pop_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def _turn(self) -> None:
        turn = self.loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # woken and cancelled at once: it is another's turn
                self._wake()
            raise

    def _freed(self) -> None:
        self._wake()
        if not self._open:
            self._empty.set()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _prune(self) -> None:
        too_old = self.loop.time() - _KEEP_S
        for connection in self._idle:
            if connection.idle_since <= too_old:
                connection.abort()
        self._idle = [it for it in self._idle if it.idle_since > too_old]
        self._pruning = self.loop.call_later(_KEEP_S, self._prune) if self._idle else None
