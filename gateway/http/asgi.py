"""GraphQL requests and files over ASGI, for servers that speak it."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, cast

from gateway.http.attachments import AttachmentEndpoint
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.messages import BodyIncomplete, BodyTooLarge, HeaderMap, HttpResponse
from gateway.http.metrics import MetricsEndpoint

Scope = MutableMapping[str, Any]  # ASGI's own untyped dictionary
Message = MutableMapping[str, Any]  # likewise
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATHS = ("/graphql", "/graphql/")


def is_graphql(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"] in PATHS


async def answer_graphql(endpoint: GraphQLEndpoint, scope: Scope, receive: Receive, send: Send) -> None:
    response = await endpoint.handle(AsgiRequest(scope, receive))
    if response is not None:
        await _send(send, response)


async def answer_attachment(endpoint: AttachmentEndpoint, scope: Scope, receive: Receive, send: Send) -> None:
    await _send(send, await endpoint.handle(scope["path"], AsgiRequest(scope, receive)))


async def answer_metrics(endpoint: MetricsEndpoint, scope: Scope, receive: Receive, send: Send) -> None:
    await _send(send, await endpoint.answer(AsgiRequest(scope, receive)))


async def run_lifespan(
    start: Callable[[], Awaitable[object]], stop: Callable[[], Awaitable[None]], receive: Receive, send: Send
) -> None:
    """ASGI's lifespan protocol: open at start-up, close at shutdown, tell the server how it went."""
    await receive()
    try:
        await start()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stop()
    await send({"type": "lifespan.shutdown.complete"})


class AsgiRequest:
    """An ASGI request."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method = cast("str", scope["method"])
        self._scope = scope
        self._receive = receive
        self._first: dict[bytes, bytes] | None = None

    @property
    def query_string(self) -> str:
        return self._scope["query_string"].decode("latin-1")

    def header(self, name: str) -> str | None:
        if self._first is None:
            self._first = {}
            for key, value in self._raw():
                self._first.setdefault(key, value)
        found = self._first.get(name.encode("latin-1"))
        return None if found is None else found.decode("latin-1")

    def headers(self) -> HeaderMap:
        headers: dict[str, list[str]] = {}
        for key, value in self._raw():
            headers.setdefault(key.decode("latin-1"), []).append(value.decode("latin-1"))
        return headers

    def _raw(self) -> Iterable[tuple[bytes, bytes]]:
        return self._scope["headers"]

    async def body(self, max_bytes: int) -> bytes:
        stated = self.header("content-length")
        if stated is not None and stated.isdigit() and int(stated) > max_bytes:
            raise BodyTooLarge(max_bytes)
        message = await self._next()
        chunk: bytes = message.get("body", b"")
        if not message.get("more_body", False) and len(chunk) <= max_bytes:
            return chunk
        chunks, size = [chunk], len(chunk)
        while message.get("more_body", False) and size <= max_bytes:
            message = await self._next()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
        if size > max_bytes:
            raise BodyTooLarge(max_bytes)
        return b"".join(chunks)

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise BodyIncomplete
        return message

    async def disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _send(send: Send, response: HttpResponse) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
