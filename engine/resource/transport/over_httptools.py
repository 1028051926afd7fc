"""Calls on the event loop itself, the default: HTTP/1.1 parsed in C (llhttp), no other thread takes part."""

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.resource.calls import Answer, Call, Transport
from engine.resource.egress import EgressGuard, Origin
from engine.resource.transport import over_pyreqwest
from engine.resource.transport.answers import (
    TransportLimits,
    gather_headers,
    not_sent,
    outgoing_headers,
    timed_out,
    unpack,
    unreachable,
)
from engine.resource.transport.connections import Connection, Exchanged, Pool, RawHeaders, Stale
from engine.resource.transport.pins import PinnedTransport
from engine.resource.transport.trust import Identity
from engine.resource.works import in_task

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

    async def exchange(self, client: HttptoolsClient, call: Call, target: str, *, timeout_s: float) -> Answer:
        request = self._request(client, call, target)
        pool = client.pool
        deadline_at = pool.loop.time() + timeout_s
        connection = pool.find_idle()
        if connection is None:
            exchanged = await self._on_other(pool.take, request, deadline_at)
        else:
            try:
                exchanged = await connection.ask(request, deadline_at)
            except Stale:
                if call.method != "GET":
                    raise unreachable() from None
                exchanged = await self._on_other(pool.open_new, request, deadline_at)
        headers = _Headers(exchanged.headers)
        body = exchanged.body
        if headers.encoded:
            body = await unpack(body, ", ".join(headers.get("content-encoding", ())), self._limits)
        return Answer(exchanged.status, headers, body)

    @in_task
    async def _on_other(self, take: "_Take", request: bytes, deadline_at: float) -> Exchanged:
        try:
            async with asyncio.timeout_at(deadline_at):
                connection = await take()
            return await connection.ask(request, deadline_at)
        except TimeoutError:
            raise timed_out() from None
        except ssl.SSLCertVerificationError:
            raise unreachable(retryable=False) from None
        except (OSError, Stale):
            raise unreachable() from None

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


_Take = Callable[[], Coroutine[object, object, Connection]]


class _Headers(Mapping[str, tuple[str, ...]]):
    """An answer's headers, decoded when asked for: of most answers, one is."""

    __slots__ = ("_last", "_raw", "encoded")

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw
        self._last = dict(raw)
        self.encoded = b"content-encoding" in self._last

    def __getitem__(self, name: str) -> tuple[str, ...]:
        wanted = name.encode("utf-8")
        last = self._last.get(wanted)
        if last is not None and len(self._last) == len(self._raw) and last.isascii():  # it came once
            return (last.decode("ascii"),)
        found = [value for key, value in self._raw if key == wanted and value.isascii()]
        if not found:
            raise KeyError(name)
        return tuple([value.decode("ascii") for value in found])

    def __iter__(self) -> Iterator[str]:
        return iter(gather_headers(self._raw, _COUNTED))

    def __len__(self) -> int:
        return len(gather_headers(self._raw, _COUNTED))


_COUNTED = TransportLimits(header_count=1_000_000)  # they were counted as they came


def _lines(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("utf-8")


def open_with(
    guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
) -> Transport:
    """Return a transport on the event loop's own sockets; through a proxy, pyreqwest's."""
    if proxy is not None:
        return over_pyreqwest.open_with(guard, limits, identity, proxy)
    return PinnedTransport(guard, HttptoolsAdapter(limits, identity))
