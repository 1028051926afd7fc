"""The gateway on granian's raw protocol: GraphQL directly, everything else through a bridge to ASGI."""

import contextlib
from typing import Any

from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

from gateway.http.asgi import PATHS, App, Message
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.messages import BodyIncomplete, BodyTooLarge, HeaderMap, HttpResponse


class RsgiRequest:
    """A request of the raw protocol."""

    __slots__ = ("_first", "_protocol", "_scope", "method")

    def __init__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        self.method = scope.method
        self._scope = scope
        # Read once: each look into the server's headers costs as much as a dozen into a dictionary.
        self._first = dict(reversed(scope.headers.items()))
        self._protocol = protocol

    @property
    def query_string(self) -> str:
        return self._scope.query_string

    def header(self, name: str) -> str | None:
        if name == "host":
            return self._scope.authority or self._first.get("host")
        return self._first.get(name)

    def headers(self) -> HeaderMap:
        headers: dict[str, list[str]] = {}
        for name, value in self._scope.headers.items():
            headers.setdefault(name, []).append(value)
        return headers

    async def body(self, max_bytes: int) -> bytes:
        stated = self._first.get("content-length")
        try:
            if stated is not None and stated.isdigit():
                if int(stated) > max_bytes:
                    raise BodyTooLarge(max_bytes)
                return await self._protocol()
            return await self._chunked(max_bytes)
        except ProtocolClosed as error:
            raise BodyIncomplete from error

    async def _chunked(self, max_bytes: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in self._protocol:
            size += len(chunk)
            if size > max_bytes:
                raise BodyTooLarge(max_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    async def disconnected(self) -> None:
        await self._protocol.client_disconnect()


async def answer_graphql(endpoint: GraphQLEndpoint, scope: Scope, protocol: HTTPProtocol) -> None:
    response = await endpoint.handle(RsgiRequest(scope, protocol))
    if response is not None:
        send(protocol, response)


def send(protocol: HTTPProtocol, response: HttpResponse) -> None:
    with contextlib.suppress(ProtocolClosed):
        protocol.response_bytes(response.status, list(response.headers), response.body)


def is_graphql(scope: Scope) -> bool:
    return scope.proto == "http" and scope.path in PATHS


async def bridge(app: App, scope: Scope, protocol: HTTPProtocol) -> None:
    """Let an ASGI application answer one HTTP request; its answer is sent whole."""
    body_read = False
    status = 500
    headers: list[tuple[str, str]] = []
    chunks: list[bytes] = []

    async def receive() -> Message:
        nonlocal body_read
        if body_read:
            await protocol.client_disconnect()
            return {"type": "http.disconnect"}
        body_read = True
        return {"type": "http.request", "body": await protocol(), "more_body": False}

    async def collect(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend((k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(asgi_scope(scope), receive, collect)
    send(protocol, HttpResponse(status, tuple(headers), b"".join(chunks)))


def asgi_scope(scope: Scope) -> dict[str, Any]:  # Any: ASGI's own untyped dictionary
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in scope.headers.items()]
    if scope.authority and not any(name == b"host" for name, _ in pairs):
        pairs.append((b"host", scope.authority.encode("latin-1")))
    host, _, port = scope.client.rpartition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "raw_path": scope.path.encode(),
        "query_string": scope.query_string.encode("latin-1"),
        "root_path": "",
        "headers": pairs,
        "client": (host, int(port)) if port.isdigit() else None,
        "server": None,
        "state": {},
    }
