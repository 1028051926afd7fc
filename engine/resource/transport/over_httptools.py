"""Calls on the event loop itself, the default: HTTP/1.1 parsed in C (llhttp), no other thread takes part."""

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from engine.resource.calls import Answer, Call, CallFailed, Transport
from engine.resource.egress import EgressGuard, Origin
from engine.resource.transport import over_pyreqwest
from engine.resource.transport.answers import (
    TransportLimits,
    not_sent,
    outgoing_headers,
    timed_out,
    unpack,
    unreachable,
)
from engine.resource.transport.connections import Connection, Pool, Stale
from engine.resource.transport.heads import AnswerHead
from engine.resource.transport.pins import PinnedTransport
from engine.resource.transport.trust import Identity
from engine.resource.works import Later, Waiting

_Take = Callable[[], Coroutine[object, object, Connection]]
_METHOD = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttptoolsClient:
    """The connections to one address, and what every request to it says after its first line."""

    pool: Pool
    host_line: bytes
    default_lines: bytes


class HttptoolsAdapter:
    """A call that is cancelled or runs out of time closes its socket at once.

    A GET whose connection had been used before and ended without a byte of answer is sent once more, on a new
    one: APIs close idle connections, and may do so just then.
    """

    def __init__(self, limits: TransportLimits, identity: Identity) -> None:
        self._limits = limits
        self._identity = identity
        self._defaults = identity.default_headers()
        self._tls: ssl.SSLContext | None = None

    async def open(self, origin: Origin, address: str) -> HttptoolsClient:
        tls = None
        if origin.scheme == "https":
            tls = self._tls = self._tls or await asyncio.to_thread(self._identity.tls_context)
        loop = asyncio.get_running_loop()

        async def connect(make: Callable[[], Connection]) -> Connection:
            name = origin.host if tls else None
            _, connection = await loop.create_connection(
                make, address, origin.port, ssl=tls, server_hostname=name
            )
            return connection

        return HttptoolsClient(
            pool=Pool(self._limits, connect),
            host_line=b" HTTP/1.1\r\nhost: %b\r\n" % origin.authority.encode("ascii"),
            default_lines=_lines(self._defaults),
        )

    def exchange(self, client: HttptoolsClient, call: Call, target: str, *, timeout_s: float) -> "_Exchange":
        pool = client.pool
        exchange = _Exchange(
            pool, self._request(client, call, target), pool.loop.time() + timeout_s, self._limits
        )
        connection = pool.find_idle()
        if connection is None:
            exchange.open(pool.take)
        else:
            exchange.repeatable = call.method == "GET"
            exchange.ask(connection)
        return exchange

    async def close(self, client: HttptoolsClient) -> None:
        await client.pool.close()

    def _request(self, client: HttptoolsClient, call: Call, target: str) -> bytes:
        if call.method != "GET" and _METHOD.fullmatch(call.method) is None:
            raise not_sent("The request has a method that HTTP does not allow.")
        lines = client.default_lines
        if call.headers:
            lines = _lines(outgoing_headers(call.headers, self._defaults))
        start = f"{call.method} {target}".encode("ascii")
        if call.body is None and call.method == "GET":
            return b"%b%b%b\r\n" % (start, client.host_line, lines)
        body = call.body or b""
        return b"%b%b%bcontent-length: %d\r\n\r\n%b" % (start, client.host_line, lines, len(body), body)


class _Exchange(Later[Answer]):
    """A request on its way; who waits for the answer is alone, and by leaving gives it up.

    No coroutine of its own: on a connection that is open there is nothing to wait for but the answer.
    """

    __slots__ = ("_carrier", "_deadline_at", "_limits", "_pool", "_request", "repeatable")

    def __init__(self, pool: Pool, request: bytes, deadline_at: float, limits: TransportLimits) -> None:
        super().__init__()
        self._pool = pool
        self._request = request
        self._deadline_at = deadline_at
        self._limits = limits
        self._carrier: Connection | asyncio.Task[None] | None = None
        self.repeatable = False  # sent again where the connection had ended before it

    def ask(self, connection: Connection) -> None:
        self._carrier = connection
        connection.ask(self, self._request, self._deadline_at)

    def open(self, take: _Take) -> None:
        """Ask on a connection that has to be waited for."""
        self._carrier = self._pool.loop.create_task(self._ask_on_other(take))

    async def _ask_on_other(self, take: _Take) -> None:
        try:
            async with asyncio.timeout_at(self._deadline_at):
                connection = await take()
        except TimeoutError:
            self.fail(timed_out())
        except ssl.SSLCertVerificationError:
            self.fail(unreachable(retryable=False))
        except OSError:
            self.fail(unreachable())
        else:
            self.ask(connection)

    def forget(self, waiting: Waiting) -> None:
        super().forget(waiting)
        if isinstance(self._carrier, Connection):
            self._carrier.give_up(self)
        elif self._carrier is not None:
            self._carrier.cancel()

    # ------------------------------------------------------------------ told by the connection
    def answered(self, head: AnswerHead, body: bytes) -> None:
        if head.headers.encoded:
            self._carrier = self._pool.loop.create_task(self._unpack(head, body))
        else:
            self.give(Answer(head.status, head.headers, body))

    async def _unpack(self, head: AnswerHead, body: bytes) -> None:
        encoding = ", ".join(head.headers.get("content-encoding", ()))
        try:
            unpacked = await unpack(body, encoding, self._limits)
        except CallFailed as failed:
            self.fail(failed)
        else:
            self.give(Answer(head.status, head.headers, unpacked))

    def failed(self, error: Exception) -> None:
        if not isinstance(error, Stale):
            self.fail(error)
        elif self.repeatable:
            self.repeatable = False
            self.open(self._pool.open_new)
        else:
            self.fail(unreachable())


def _lines(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("utf-8")


def open_with(
    guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
) -> Transport:
    """Return a transport on the event loop's own sockets; through a proxy, pyreqwest's."""
    if proxy is not None:
        return over_pyreqwest.open_with(guard, limits, identity, proxy)
    return PinnedTransport(guard, HttptoolsAdapter(limits, identity))
