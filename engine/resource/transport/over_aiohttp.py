"""Calls over aiohttp: HTTP parsed in C, sockets of the event loop."""

import asyncio
import socket
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from engine.resource.calls import Answer, Call, CallFailed
from engine.resource.egress import EgressGuard, Origin
from engine.resource.transport.answers import (
    TransportLimits,
    bad_answer,
    gather_headers,
    not_sent,
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
_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class _Pinned(AbstractResolver):
    """Resolves every name to the one address that was checked."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=self._address,
                port=port,
                family=found,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AiohttpClient:
    """A session that reaches one address only."""

    session: aiohttp.ClientSession
    origin: Origin


class AiohttpAdapter:
    def __init__(self, limits: TransportLimits, identity: Identity, proxy: str | None) -> None:
        self._limits = limits
        self._proxy = proxy
        self._defaults = identity.default_headers()
        self._tls = identity.tls_context()

    async def open(self, origin: Origin, address: str) -> AiohttpClient:
        connector = aiohttp.TCPConnector(
            resolver=None if self._proxy else _Pinned(address),  # of the proxy: the system says
            use_dns_cache=False,
            ssl=self._tls,
            limit=self._limits.connections,
            keepalive_timeout=_KEEP_S,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # unpacked in `unpack`, which sees both sizes
            trust_env=False,
            skip_auto_headers=_AUTOMATIC,
            max_field_size=65_536,
            max_headers=self._limits.header_count,
        )
        return AiohttpClient(session=session, origin=origin)

    @in_task
    async def exchange(self, client: AiohttpClient, call: Call, target: str, *, timeout_s: float) -> Answer:
        headers = outgoing_headers(call.headers, self._defaults)
        try:
            async with (
                asyncio.timeout(timeout_s),
                client.session.request(
                    call.method,
                    _url(client.origin, target),
                    headers=headers,
                    data=call.body,
                    proxy=self._proxy,
                    allow_redirects=False,
                    timeout=_NO_TIMEOUT,
                ) as response,
            ):
                return await self._read(response)
        except TimeoutError:
            raise timed_out() from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise _failure(error) from None
        except ValueError:
            raise not_sent("The request has a method or a header that HTTP does not allow.") from None

    async def close(self, client: AiohttpClient) -> None:
        await client.session.close()

    async def _read(self, response: aiohttp.ClientResponse) -> Answer:
        try:
            headers = gather_headers(response.raw_headers, self._limits)
            packed = await read_all(response.content.iter_any(), self._limits)
        except CallFailed:
            response.close()  # else the rest would be read to save the connection
            raise
        body = await unpack(packed, ", ".join(headers.get("content-encoding", ())), self._limits)
        return Answer(response.status, headers, body)


_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


def open_with(
    guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
) -> PinnedTransport[AiohttpClient]:
    """Return a transport over aiohttp."""
    return PinnedTransport(guard, AiohttpAdapter(limits, identity, proxy))


def _url(origin: Origin, target: str) -> URL:
    """Give yarl path and query as one: it keeps what is encoded, but would drop the ? of an empty query."""
    return URL.build(scheme=origin.scheme, authority=origin.authority, path=target, encoded=True)


def _failure(error: Exception) -> CallFailed:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return unreachable()
    if isinstance(error, aiohttp.ClientResponseError):
        return bad_answer()
    if isinstance(error, aiohttp.ClientPayloadError):
        return unreachable() if ConnectionResetError.__name__ in str(error) else bad_answer()
    return unreachable(retryable=not isinstance(error, aiohttp.ClientConnectorCertificateError))
