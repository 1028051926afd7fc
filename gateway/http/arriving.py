"""A request as it arrives on a connection of our own server: the head at once, the body perhaps in pieces."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from httptools import HttpParserInvalidURLError
from httptools.parser.url_parser import parse_url

from gateway.http.messages import BodyIncomplete, BodyTooLarge, HeaderMap

RawHeaders = list[tuple[bytes, bytes]]
MAX_KNOWN, KNOWN_BYTES = 1_000, 2_048  # heads that are remembered, and how long they are
_END = b"\r\n\r\n"


class Head:
    """A request's headers, and what was made of them: clients send the same ones again and again."""

    __slots__ = ("_first", "made", "raw")

    def __init__(self) -> None:
        self.raw: RawHeaders = []  # names in lower case
        self.made: object = None  # by whoever answers
        self._first: dict[str, str] | None = None

    def header(self, name: str) -> str | None:
        if self._first is None:
            self._first = {n.decode("latin-1"): v.decode("latin-1") for n, v in reversed(self.raw)}
        return self._first.get(name)

    def headers(self) -> HeaderMap:
        headers: dict[str, list[str]] = {}
        for name, value in self.raw:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return headers


class ArrivingRequest:
    """Implements `HttpRequest`. The connection tells it what came; whoever answers it asks."""

    __slots__ = (
        "_chunks", "_continue", "_outcome", "_size", "_waiting",
        "began", "client", "complete", "head", "keep_alive", "method", "path", "target",
        "version",
    )  # fmt: skip

    def __init__(self, *, began: float, client: str, head: Head | None = None) -> None:
        self.began = began
        self.client = client  # its address, as far as known
        self.method = ""
        self.target = b""
        self.path = ""
        self.version = "1.1"
        self.head = Head() if head is None else head
        self.keep_alive = True
        self.complete = False
        self._chunks: list[bytes] = []
        self._size = 0
        self._outcome: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._continue: Callable[[], None] | None = None

    # ------------------------------------------------------------------ whoever answers
    @property
    def query_string(self) -> str:
        return self.target.partition(b"?")[2].decode("latin-1")

    def header(self, name: str) -> str | None:
        return self.head.header(name)

    def headers(self) -> HeaderMap:
        return self.head.headers()

    async def body(self, max_bytes: int) -> bytes:
        stated = self.header("content-length")
        if stated is not None and int(stated) > max_bytes:  # the parser has seen that it is a number
            raise BodyTooLarge(max_bytes)
        while not self.complete and self._outcome is None and self._size <= max_bytes:
            if self._continue is not None:
                self._continue()
                self._continue = None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self.arrived_body(max_bytes)

    def arrived_body(self, max_bytes: int) -> bytes:
        """The body of a complete request."""
        if self._size > max_bytes:
            raise BodyTooLarge(max_bytes)
        if self._outcome is not None:
            raise self._outcome
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    # ------------------------------------------------------------------ the connection
    def arrive_whole(self, known: "KnownRequest", body: bytes) -> None:
        self.method, self.target, self.path = known.method, known.target, known.path
        self.version, self.keep_alive = known.version, known.keep_alive
        self._chunks.append(body)
        self._size = known.body_bytes
        self.complete = True

    def read_target(self) -> None:
        """The target is complete."""
        if not self.target.startswith(b"/"):
            self._read_absolute_target()
        self.path = self.target.partition(b"?")[0].decode("latin-1")

    def _read_absolute_target(self) -> None:
        """Of a target that is no path: `http://host/path` names the host too, before any header."""
        try:
            parsed = parse_url(self.target)
        except HttpParserInvalidURLError:
            return
        if parsed.host:
            host = parsed.host + b":%d" % parsed.port if parsed.port else parsed.host
            self.head.raw.insert(0, (b"host", host))
        query = b"?" + parsed.query if parsed.query else b""
        self.target = (parsed.path or b"/") + query

    def expects_continue(self, send: Callable[[], None]) -> None:
        """The client sends its body when told to: `send` tells it, once somebody wants the body."""
        self._continue = send

    def add(self, chunk: bytes, max_bytes: int, most: Callable[["ArrivingRequest"], int]) -> None:
        """Take a piece of the body; past `max_bytes` and what `most` says it is only counted."""
        self._size += len(chunk)
        if self._size <= max_bytes or self._size <= most(self):
            self._chunks.append(chunk)
        else:
            self._chunks.clear()
            self._wake()

    def finish(self) -> None:
        self.complete = True
        self._wake()

    def came_as_sent(self, body_bytes: int) -> bool:
        """Whether the body is complete, has this length, and nothing was to be said before it came."""
        return (
            self.complete and self._size == body_bytes == sum(map(len, self._chunks)) and not self._continue
        )

    def break_off(self, reason: Exception | None = None) -> None:
        """No more of the body will come."""
        if not self.complete:
            self._outcome = reason or BodyIncomplete()
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class KnownRequest(NamedTuple):
    """What the parser made of a head, and how long the body behind it was."""

    method: str
    target: bytes
    path: str
    version: str
    head: Head
    keep_alive: bool
    body_bytes: int


class KnownRequests:
    """Process life. Heads of requests by their bytes: what clients send again and again is parsed once.

    To read a request and write its answer takes half the time so: no callback for each of its parts.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, KnownRequest] = {}

    def find(self, data: bytes) -> KnownRequest | None:
        """The head, where `data` is all of a request whose head was seen before."""
        end = data.find(_END) + 4
        known = self._known.get(data[:end])
        return known if known is not None and len(data) - end == known.body_bytes else None

    def keep(self, data: bytes, request: ArrivingRequest) -> None:
        """Remember the head of a request that `data` is all of.

        A body that is as long as what follows the head came as it is: its length is stated.
        """
        end = data.find(_END) + 4
        if end > KNOWN_BYTES or not request.came_as_sent(len(data) - end):
            return
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[data[:end]] = KnownRequest(
            request.method,
            request.target,
            request.path,
            request.version,
            request.head,
            request.keep_alive,
            len(data) - end,
        )
