"""Server-sent events: the responses of one operation, in the distinct mode of GraphQL over SSE."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from gateway.http.takeover import Takeover
from schema.response import Response

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_S = 15.0  # proxies close connections on which nothing comes for longer
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-store\r\n"
    b"x-accel-buffering: no\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
)
_COMPLETE = b"event: complete\ndata:\n\n"
_STILL_THERE = b":\n\n"

Describe = Callable[[Exception], bytes]


class EventStream(Takeover):
    """One event for each response, then `complete`; a client that leaves ends the operation."""

    def __init__(self, responses: AsyncGenerator[Response], describe: Describe) -> None:
        self._responses = responses
        self._describe = describe
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._ticking: asyncio.TimerHandle | None = None

    def began(self, transport: asyncio.Transport, unread: bytes) -> None:
        del unread  # a client of events has nothing more to say
        self._transport = transport
        transport.write(_HEAD)
        self._task = asyncio.get_running_loop().create_task(self._pump(transport))
        self._tick(transport)

    def connection_lost(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def end(self) -> None:
        """Without `complete`: the client asks again elsewhere."""
        if self._transport is not None:
            self._transport.close()

    async def _pump(self, transport: asyncio.Transport) -> None:
        try:
            async with aclosing(self._responses):
                async for response in self._responses:
                    await self._writable.wait()
                    transport.write(event_of(response.body))
        except Exception as error:  # told as the operation's last event: nothing may escape
            transport.write(event_of(self._describe(error)))
        transport.write(_COMPLETE)
        transport.close()

    def _tick(self, transport: asyncio.Transport) -> None:
        self._ticking = asyncio.get_running_loop().call_later(KEEP_ALIVE_S, self._tick, transport)
        if self._task is not None and not self._task.done() and self._writable.is_set():
            with contextlib.suppress(OSError):
                transport.write(_STILL_THERE)


def event_of(body: bytes) -> bytes:
    """A response is one line: JSON has no line breaks of its own."""
    return b"event: next\ndata: " + body + b"\n\n"


def wants_events(accept: str | None) -> bool:
    return accept is not None and accept.startswith(EVENT_STREAM)
