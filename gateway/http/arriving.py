"""A request as it arrives on a connection of our own server: the head at once, the body perhaps in pieces."""

import asyncio
from collections.abc import Callable

from httptools import HttpParserInvalidURLError
from httptools.parser.url_parser import parse_url

from gateway.http.messages import BodyIncomplete, BodyTooLarge, HeaderMap

RawHeaders = list[tuple[bytes, bytes]]


class Head:
    """A request's headers, and what was made of them: clients send the same ones again and again."""

    __slots__ = ("_first", "made", "raw")

    def __init__(self) -> None:
        self.raw: RawHeaders = []  # names in lower case
        self.made: object = None  # by whoever answers
        self._first: dict[str, str] | None = None

    def first(self, name: str) -> str | None:
        if self._first is None:
            self._first = {n.decode("latin-1"): v.decode("latin-1") for n, v in reversed(self.raw)}
        return self._first.get(name)


class ArrivingRequest:
    """Implements `HttpRequest`. The connection tells it what came; whoever answers it asks."""

    __slots__ = (
        "_chunks", "_continue", "_outcome", "_size", "_waiting",
        "began", "client", "complete", "head", "keep_alive", "method", "target", "version",
    )  # fmt: skip

    def __init__(self, *, began: float, client: str) -> None:
        self.began = began
        self.client = client  # its address, as far as known
        self.method = ""
        self.target = b""
        self.version = "1.1"
        self.head = Head()
        self.keep_alive = True
        self.complete = False
        self._chunks: list[bytes] = []
        self._size = 0
        self._outcome: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._continue: Callable[[], None] | None = None

    # ------------------------------------------------------------------ whoever answers
    @property
    def path(self) -> str:
        return self.target.partition(b"?")[0].decode("latin-1")

    @property
    def query_string(self) -> str:
        return self.target.partition(b"?")[2].decode("latin-1")

    def header(self, name: str) -> str | None:
        return self.head.first(name)

    def headers(self) -> HeaderMap:
        headers: dict[str, list[str]] = {}
        for name, value in self.head.raw:
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        return headers

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
    def read_absolute_target(self) -> None:
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

    def add(self, chunk: bytes, max_bytes: int) -> None:
        """Take a piece of the body; past `max_bytes` it is only counted."""
        self._size += len(chunk)
        if self._size <= max_bytes:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()
            self._wake()

    def finish(self) -> None:
        self.complete = True
        self._wake()

    def break_off(self, reason: Exception | None = None) -> None:
        """No more of the body will come."""
        if not self.complete:
            self._outcome = reason or BodyIncomplete()
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
