"""Serve HTTP on a listening socket with one worker's event loop, and end without dropping a request."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from engine.resource.works import Works
from gateway.http.answering import Answer, Answering, AnswerWriter
from gateway.http.arriving import ArrivingRequest, KnownRequests
from gateway.http.connection import Connection

LOOK_S = 0.5  # between two looks at the connections
BACKLOG = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Larger:
    """Requests at one path may be larger than others, and take longer to arrive."""

    path: str
    max_bytes: int
    longest_s: float


Respond = Callable[[ArrivingRequest], Answer | Answering]


class Listener:
    """Implements `Serving` for the connections it accepts."""

    def __init__(
        self,
        respond: Respond,
        *,
        max_body_bytes: int,
        half_request_s: float,
        larger: Larger | None = None,
        works: Works | None = None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.works = Works() if works is None else works
        self.writer = AnswerWriter()
        self.heads = KnownRequests()
        self.max_body_bytes = max_body_bytes
        self.ending = False
        self.respond = respond
        self._half_request_s = half_request_s
        self._larger = larger
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    async def start(self, listening: socket.socket) -> None:
        self._server = await self.loop.create_server(
            lambda: Connection(self), sock=listening, backlog=BACKLOG
        )
        self._looking = self.loop.call_later(LOOK_S, self._look)

    async def stop(self, grace_s: float) -> None:
        """Take no more connections; return when those under way were answered, or are given up."""
        assert self._server is not None, "started"
        self.ending = True
        self._server.close()
        for connection in tuple(self._connections):
            connection.end()
        try:
            async with asyncio.timeout(grace_s):
                while self._connections:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
        if self._looking is not None:
            self._looking.cancel()

    # ------------------------------------------------------------------ asked by connections
    def most_bytes(self, request: ArrivingRequest) -> int:
        larger = self._larger
        return larger.max_bytes if larger and request.path == larger.path else self.max_body_bytes

    def longest_s(self, request: ArrivingRequest) -> float:
        larger = self._larger
        return larger.longest_s if larger and request.path == larger.path else self._half_request_s

    # ------------------------------------------------------------------ told by connections
    def opened(self, connection: Connection) -> None:
        self._connections.add(connection)

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _look(self) -> None:
        now = self.loop.time()
        for connection in tuple(self._connections):
            connection.look(now, self._half_request_s)
        self._looking = self.loop.call_later(LOOK_S, self._look)
