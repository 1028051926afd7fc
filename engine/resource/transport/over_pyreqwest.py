"""Calls over pyreqwest: HTTP in Rust, on threads of its own."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, DecodeError, RequestError, RequestTimeoutError
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from engine.resource.calls import Answer, Call, CallFailed
from engine.resource.egress import EgressGuard, Origin
from engine.resource.transport.answers import (
    TransportLimits,
    bad_answer,
    not_sent,
    timed_out,
    too_large,
    unpack,
    unreachable,
)
from engine.resource.transport.pins import PinnedTransport
from engine.resource.transport.trust import Identity
from engine.resource.works import in_task

_READ_BYTES = 262_144  # set aside for each answer of unknown length
_CERTIFICATE = "certificate"  # rustls: "invalid peer certificate: …"


class PyreqwestAdapter:
    """Timeouts run in Rust: `asyncio.timeout` would cost as much again as the call.

    A cancelled call is given up at once here, but pyreqwest 0.15 leaves it to its timer in Rust: the upstream
    socket is closed when the call's time is over, not before. Such calls count towards `connections`.
    """

    def __init__(self, limits: TransportLimits, identity: Identity, proxy: str | None) -> None:
        self._limits = limits
        self._proxy = proxy
        self._identity = identity

    async def open(self, origin: Origin, address: str) -> Client:
        builder = (
            ClientBuilder()
            .follow_redirects(False)
            .no_proxy()
            .referer(False)
            .gzip(False)  # unpacked in `unpack`, which sees both sizes
            .deflate(False)
            .brotli(False)
            .zstd(False)
            .user_agent(self._identity.user_agent)
            .default_headers(self._identity.default_headers())
            .max_connections(self._limits.connections)
        )
        if self._proxy is None:
            builder = builder.resolve(origin.host, address, origin.port)
        else:
            builder = builder.proxy(ProxyBuilder.all(self._proxy))
        if origin.scheme == "http":
            # Nothing to verify: this client is given URLs of its origin only and follows no redirect.
            # Saying so leaves the system's certificates unread: 0.1 instead of 14 ms, 11 instead of 113 kB.
            return builder.danger_accept_invalid_certs(True).build()
        if self._identity.trusted_ca_pem:
            builder = builder.add_root_certificate_pem(self._identity.trusted_ca_pem)
        return await asyncio.to_thread(builder.build)

    @in_task
    async def exchange(self, client: Client, call: Call, target: str, *, timeout_s: float) -> Answer:
        del target  # pyreqwest takes the whole URL, and leaves it as it is
        try:
            async with _request(client, call, timeout_s=timeout_s) as response:
                part = await response.body_reader.read(_READ_BYTES)
                body = b"" if part is None else part.to_bytes()
                if (
                    len(body) == _READ_BYTES
                ):  # a read waits for its whole amount or the end: there may be more
                    body = await _read_rest(response, body, self._limits)
            encoding = response.get_header("content-encoding")
            if encoding is not None:
                body = await unpack(body, encoding, self._limits)
            return Answer(response.status, _Headers(response), body)
        except (RequestError, ValueError) as error:
            raise _failure(error) from None

    async def close(self, client: Client) -> None:
        await client.close()  # the pool closes when the last reference goes


def open_with(
    guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
) -> PinnedTransport[Client]:
    """Return a transport over pyreqwest."""
    return PinnedTransport(guard, PyreqwestAdapter(limits, identity, proxy))


def _request(client: Client, call: Call, *, timeout_s: float) -> StreamRequest:
    request = client.request(call.method, call.url).timeout(timedelta(seconds=timeout_s))
    if call.headers:
        request = request.headers(call.headers)
    if call.body is not None:
        request = request.body_bytes(call.body)
    elif call.method != "GET":
        request = request.body_bytes(b"")  # says content-length: 0
    return request.build_streamed()


async def _read_rest(response: Response, first: bytes, limits: TransportLimits) -> bytes:
    parts = [first]
    size = len(first)
    while size <= limits.body_bytes and (part := await response.body_reader.read(_READ_BYTES)) is not None:
        size += len(part)
        parts.append(part.to_bytes())
    if size > limits.body_bytes:
        raise too_large(limits)
    return b"".join(parts)


def _failure(error: Exception) -> CallFailed:
    if isinstance(error, RequestTimeoutError):
        return timed_out()
    if isinstance(error, DecodeError):
        return bad_answer()
    if isinstance(error, ValueError | BuilderError):
        return not_sent("The request has a method or a header that HTTP does not allow.")
    return unreachable(retryable=_CERTIFICATE not in str(error))


class _Headers(Mapping[str, tuple[str, ...]]):
    """The answer's headers, read in Rust when asked for: most answers are used without."""

    __slots__ = ("_response",)

    def __init__(self, response: Response) -> None:
        self._response = response

    def __getitem__(self, name: str) -> tuple[str, ...]:
        try:
            values = self._response.get_header_all(name)
        except ValueError:  # a value outside ASCII, which HTTP gives no meaning
            values = None
        if not values or name != name.lower():
            raise KeyError(name)
        return tuple(values)

    def __iter__(self) -> Iterator[str]:
        return (name for name in dict.fromkeys(self._response.headers.keys()) if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
