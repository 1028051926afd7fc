"""Calls over httpx: pure Python, at its transport level, where nothing is added to a request."""

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import cast

import httpx

from engine.resource.calls import Answer, Call, CallFailed
from engine.resource.egress import EgressGuard, Origin
from engine.resource.transport.answers import (
    TransportLimits,
    bad_answer,
    gather_headers,
    outgoing_headers,
    read_all,
    timed_out,
    unpack,
    unreachable,
)
from engine.resource.transport.pins import PinnedTransport
from engine.resource.transport.trust import Identity
from engine.resource.works import in_task

_KEEP_S = 60  # how long a connection is kept for the next call


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpxClient:
    """A pool of connections to one address, or to the proxy, and the host name it goes by."""

    pool: httpx.AsyncHTTPTransport
    url: httpx.URL  # of the address; of the origin where a proxy looks it up
    host: str  # as the Host header says it
    server_name: str  # as the certificate says it


class HttpxAdapter:
    def __init__(self, limits: TransportLimits, identity: Identity, proxy: str | None) -> None:
        self._limits = limits
        self._proxy = proxy
        self._defaults = identity.default_headers()
        self._tls = identity.tls_context()
        self._closing: set[asyncio.Task[Answer]] = set()

    async def open(self, origin: Origin, address: str) -> HttpxClient:
        pool = httpx.Limits(max_connections=self._limits.connections, keepalive_expiry=_KEEP_S)
        return HttpxClient(
            pool=httpx.AsyncHTTPTransport(verify=self._tls, limits=pool, trust_env=False, proxy=self._proxy),
            url=httpx.URL(scheme=origin.scheme, host=address, port=origin.port, path="/"),
            host=origin.authority,
            server_name=origin.host,
        )

    @in_task
    async def exchange(self, client: HttpxClient, call: Call, target: str, *, timeout_s: float) -> Answer:
        """In a task of its own, cancelled once: a second time would interrupt the closing of its socket."""
        exchanging = asyncio.create_task(self._exchange(client, self._request(client, call, target)))
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(exchanging)
        except TimeoutError:
            raise timed_out() from None
        except httpx.TransportError as error:
            raise _failure(error) from None
        finally:
            if not exchanging.done():
                self._closing.add(exchanging)
                exchanging.add_done_callback(self._closed)
                exchanging.cancel()

    def _closed(self, exchanging: asyncio.Task[Answer]) -> None:
        self._closing.discard(exchanging)
        if not exchanging.cancelled():
            exchanging.exception()  # nobody waits for it any more

    async def _exchange(self, client: HttpxClient, request: httpx.Request) -> Answer:
        response = await client.pool.handle_async_request(request)
        try:
            return await self._read(response)
        finally:
            await response.aclose()

    async def close(self, client: HttpxClient) -> None:
        await client.pool.aclose()

    def _request(self, client: HttpxClient, call: Call, target: str) -> httpx.Request:
        headers = outgoing_headers(call.headers, (("host", client.host), *self._defaults))
        raw_target = target.encode("ascii")
        request = httpx.Request(
            call.method,
            client.url,
            headers=[(name.encode("ascii"), value.encode()) for name, value in headers],
            content=call.body,
        )
        if self._proxy is None:
            request.extensions = {"target": raw_target, "sni_hostname": client.server_name}
        elif client.url.scheme == "http":
            request.extensions = {"target": f"http://{client.host}".encode("ascii") + raw_target}
        else:
            # No "target" here: httpcore would put it into its CONNECT request as well.
            request.url = _ExactUrl(client.url, raw_target)
        return request

    async def _read(self, response: httpx.Response) -> Answer:
        headers = gather_headers(response.headers.raw, self._limits)
        stream = cast(AsyncIterable[bytes], response.stream)  # httpx types it for both of its worlds
        packed = await read_all(stream, self._limits)
        body = await unpack(packed, ", ".join(headers.get("content-encoding", ())), self._limits)
        return Answer(response.status_code, headers, body)


def open_with(
    guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
) -> PinnedTransport[HttpxClient]:
    """Return a transport over httpx."""
    return PinnedTransport(guard, HttpxAdapter(limits, identity, proxy))


class _ExactUrl(httpx.URL):
    """A URL whose path and query go out as they are written: httpx would encode some of it again."""

    def __init__(self, url: httpx.URL, target: bytes) -> None:
        super().__init__(url)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        return self._target


def _failure(error: httpx.TransportError) -> CallFailed:
    text = str(error)
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in text:
        return bad_answer()
    return unreachable(retryable="CERTIFICATE_VERIFY_FAILED" not in text)
