"""Let an ASGI application answer a request of our own server; its answer is sent whole."""

import asyncio
from typing import Any
from urllib.parse import unquote

import structlog

from gateway.http.arriving import ArrivingRequest
from gateway.http.asgi import App, Message
from gateway.http.messages import BodyIncomplete, BodyLate, BodyTooLarge, HttpResponse

log = structlog.get_logger("paifang")


async def answer_behind(app: App, request: ArrivingRequest, max_body_bytes: int) -> HttpResponse:
    """The application's answer; 500 where it raises."""
    try:
        body = await request.body(max_body_bytes)
    except BodyTooLarge:
        return HttpResponse(413, (), b"")
    except BodyLate:
        return HttpResponse(408, (), b"")
    except BodyIncomplete:
        return HttpResponse(400, (), b"")
    try:
        return await _ask(app, asgi_scope(request), body)
    except Exception as error:  # the application answers its own failures: this is one it did not foresee
        log.error("failed", path=request.path, exc_info=error)
        return HttpResponse(500, (), b"")


async def _ask(app: App, scope: dict[str, Any], body: bytes) -> HttpResponse:
    unread = [body]
    status = 500
    headers: list[tuple[str, str]] = []
    chunks: list[bytes] = []

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await asyncio.get_running_loop().create_future()  # a client that leaves ends all of this
        return {"type": "http.disconnect"}

    async def collect(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend((k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(scope, receive, collect)
    return HttpResponse(status, tuple(headers), b"".join(chunks))


def asgi_scope(request: ArrivingRequest) -> dict[str, Any]:  # Any: ASGI's own untyped dictionary
    host, _, port = request.client.rpartition(":")
    path, _, query = request.target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.version,
        "method": request.method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.head.raw,
        "client": (host, int(port)) if port.isdigit() else None,
        "server": None,
        "state": {},
    }
