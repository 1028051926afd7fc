"""One connection of a client: HTTP/1.1 parsed in C (llhttp), answered one request at a time."""

import asyncio
from collections import deque
from typing import Protocol, cast

import httptools

from engine.resource.works import Works
from gateway.http.answering import Answer, Answering, AnswerWriter
from gateway.http.arriving import ArrivingRequest, Head, KnownRequests
from gateway.http.messages import BodyLate, HttpResponse
from gateway.http.takeover import Takeover

MAX_HEAD_BYTES = 65_536  # of request line and headers; one read more is looked at before it is refused
MAX_HEADERS = 100
LINGER_S = 2.0  # how long a client that is still sending may take to read that it was refused
IDLE_S = 75.0  # between two requests; longer than the minute that proxies keep theirs
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_HEAD_TOO_LARGE = HttpResponse(431, (), b"")
_UNREADABLE = HttpResponse(400, (), b"")


class Serving(Protocol):
    """What all connections of a worker share."""

    loop: asyncio.AbstractEventLoop
    works: Works
    writer: AnswerWriter
    heads: KnownRequests
    max_body_bytes: int  # of most requests
    ending: bool

    def most_bytes(self, request: ArrivingRequest, /) -> int:
        """That the body of such a request may have."""
        ...

    def longest_s(self, request: ArrivingRequest, /) -> float:
        """That such a request may take to arrive."""
        ...

    def respond(self, request: ArrivingRequest, /) -> Answer | Answering:
        """The answer, or what it will come from. Never raises."""
        ...

    def opened(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """Requests that come before the answer to an earlier one wait; reading stops until they are answered."""

    __slots__ = (
        "_active", "_answering", "_client", "_head", "_head_bytes", "_lingering", "_parser", "_paused",
        "_reading", "_serving", "_since", "_taken", "_transport", "_unread", "_unwritable", "_waiting",
    )  # fmt: skip

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._parser = httptools.HttpRequestParser(self)
        self._client = ""
        self._since = serving.loop.time()  # idle, or with a head half sent
        self._reading: ArrivingRequest | None = None  # its head or body is not complete
        self._head = Head()  # of the last request
        self._head_bytes = 0
        self._waiting: deque[ArrivingRequest] = deque()
        self._active: ArrivingRequest | None = None
        self._answering: Answering | None = None
        self._unwritable = False
        self._paused = False
        self._lingering = False  # nothing that comes is read any more
        self._taken: Takeover | None = None  # whose the connection is since its answer keeps it
        self._unread = b""  # what came after a request to speak another protocol
        self._transport: asyncio.Transport

    # ------------------------------------------------------------------ the event loop's side
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        peer: object = transport.get_extra_info("peername")
        self._client = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""
        self._serving.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._taken is not None:
            self._taken.data_received(data)
        elif not self._lingering:
            idle = self._active is None and self._reading is None and not self._waiting
            if not (idle and self._take_known(data)):
                self._parse(data, idle=idle)

    def _take_known(self, data: bytes) -> bool:
        """Answer a request that came whole, under a head that was parsed before."""
        known = self._serving.heads.find(data)
        if known is None:
            return False
        self._since = self._serving.loop.time()
        request = ArrivingRequest(began=self._since, client=self._client, head=known.head)
        request.arrive_whole(known, data[len(data) - known.body_bytes :])
        self._waiting.append(request)
        self._serving.works.add(self)
        return True

    def _parse(self, data: bytes, *, idle: bool) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # unless the answer takes over, it is the last
            self._unread = data[upgrade.args[0] :]
            self._last_on_connection()
            idle = False
        except httptools.HttpParserError:
            self._refuse(_UNREADABLE)
            return
        if self._reading is not None and not self._reading.method:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES or len(self._reading.head.raw) > MAX_HEADERS:
                self._refuse(_HEAD_TOO_LARGE)
                return
        if idle and len(self._waiting) == 1 and len(self._waiting[0].head.raw) <= MAX_HEADERS:
            self._serving.heads.keep(data, self._waiting[0])
        if self._active is None:
            self.step()
        elif self._waiting:
            self._pause()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # however it ended, the client is gone
        self._serving.closed(self)
        if self._taken is not None:
            self._taken.connection_lost()
        self._waiting.clear()
        if self._reading is not None:
            self._reading.break_off()
        if self._answering is not None:
            self._answering.cancel()

    def pause_writing(self) -> None:
        self._unwritable = True
        if self._taken is not None:
            self._taken.pause_writing()

    def resume_writing(self) -> None:
        self._unwritable = False
        if self._taken is not None:
            self._taken.resume_writing()
        elif self._active is None:
            self.step()

    # ------------------------------------------------------------------ the parser's side
    def on_message_begin(self) -> None:
        self._since = self._serving.loop.time()
        self._head_bytes = 0
        self._reading = ArrivingRequest(began=self._since, client=self._client)

    def on_url(self, target: bytes) -> None:
        if self._reading is not None:
            self._reading.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._reading is not None and not self._reading.method:  # what follows a body is no header
            self._reading.head.raw.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        request = self._reading
        if request is None:
            return
        self._head_bytes = 0
        request.version = self._parser.get_http_version()
        request.method = self._parser.get_method().decode("ascii")
        request.keep_alive = self._parser.should_keep_alive()
        request.read_target()
        if request.head.raw == self._head.raw:
            request.head = self._head
        else:
            self._head = request.head
        if request.version == "1.1" and request.header("expect") == "100-continue":
            request.expects_continue(lambda: self._transport.write(_CONTINUE))
        self._waiting.append(request)

    def on_body(self, chunk: bytes) -> None:
        if self._reading is not None:
            self._reading.add(chunk, self._serving.max_body_bytes, self._serving.most_bytes)

    def on_message_complete(self) -> None:
        request, self._reading = self._reading, None
        if request is not None:
            request.finish()

    # ------------------------------------------------------------------ answering
    def step(self) -> None:
        """Answer what waits, until one has to be waited for: `Ready`, in a row with other connections."""
        while self._waiting and not self._unwritable and not self._lingering:
            self._active = request = self._waiting.popleft()
            if len(request.head.raw) > MAX_HEADERS:
                request.keep_alive = False
                answer: Answer | Answering = _HEAD_TOO_LARGE
            else:
                answer = self._serving.respond(request)
            if isinstance(answer, Takeover):
                self._hand_over(answer)
                return
            if not isinstance(answer, HttpResponse):
                self._answering = answer
                answer.deliver_to(self._deliver)
                if self._waiting:
                    self._pause()
                return
            self._write(request, answer)
        if self._paused and not self._unwritable and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _hand_over(self, answer: Takeover) -> None:
        """The connection is the answer's from now on."""
        self._taken, self._active = answer, None
        self._waiting.clear()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        answer.began(self._transport, self._unread)

    def _deliver(self, answer: Answer) -> None:
        request = self._active
        self._answering = None
        if isinstance(answer, Takeover):
            if self._transport.is_closing():
                answer.connection_lost()
            else:
                self._hand_over(answer)
        elif request is not None and not self._transport.is_closing():
            self._write(request, answer)
            self.step()

    def _write(self, request: ArrivingRequest, answer: HttpResponse) -> None:
        self._active = None
        self._since = self._serving.loop.time()
        keep_alive = request.keep_alive and request.complete and not self._serving.ending
        written = self._serving.writer.bytes_of(
            answer, keep_alive=keep_alive, without_body=request.method == "HEAD"
        )
        self._transport.write(written)
        if not keep_alive:
            self._close_after(complete=request.complete)

    def _refuse(self, answer: HttpResponse) -> None:
        """What came is no HTTP that we read: say so, unless an earlier request still waits for its answer."""
        self._waiting.clear()
        if self._reading is not None:
            self._reading.break_off()
        if self._active is not None:
            self._active.keep_alive = False
            self._lingering = True
        else:
            written = self._serving.writer.bytes_of(answer, keep_alive=False, without_body=False)
            self._transport.write(written)
            self._close_after(complete=False)

    def _close_after(self, *, complete: bool) -> None:
        """Close once all is sent; what a client still sends is read, or it would not see the answer."""
        self._waiting.clear()
        self._lingering = True
        if complete:
            self._transport.close()
        else:
            self._transport.write_eof()
            self._serving.loop.call_later(LINGER_S, self._transport.abort)

    def _last_on_connection(self) -> None:
        for request in (*self._waiting, self._active):
            if request is not None:
                request.keep_alive = False

    # ------------------------------------------------------------------ looked at regularly
    def look(self, now: float, half_request_s: float) -> None:
        """Give up a request half sent for too long, and a connection that nothing comes on."""
        if self._taken is not None:
            return
        if self._active is not None:
            if not self._active.complete and now - self._active.began > self._serving.longest_s(self._active):
                self._active.break_off(BodyLate())
        elif self._reading is not None:
            if now - self._since > half_request_s:
                self._transport.abort()
        elif now - self._since > IDLE_S and not self._lingering:
            self._transport.abort()

    def end(self) -> None:
        """Close now if nothing is under way, else after the answer."""
        if self._taken is not None:
            self._taken.end()
        elif self._active is None and self._reading is None:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()
