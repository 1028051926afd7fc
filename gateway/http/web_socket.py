"""A WebSocket on a connection of our own server: frames by the websockets library, bytes by the transport."""

import asyncio
from collections.abc import Callable

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from gateway.http.arriving import ArrivingRequest
from gateway.http.takeover import Takeover
from gateway.http.transport_ws import PROTOCOL, Carrier, OperationSocket

PING_S = 25.0  # a peer that has not answered by the next one is gone
CLOSE_S = 5.0  # for the other side to confirm a close
GOING_AWAY = 1001
TOO_LARGE = 1009


class WebSocket(Takeover):
    """Answers the handshake of `request`, then carries texts for an `OperationSocket`."""

    def __init__(
        self,
        request: ArrivingRequest,
        open_socket: Callable[[Carrier], OperationSocket],
        *,
        max_message_bytes: int,
    ) -> None:
        self._request = request
        self._open_socket = open_socket
        self._protocol = ServerProtocol(
            subprotocols=[Subprotocol(PROTOCOL)], max_size=max_message_bytes, logger=None
        )
        self._max_message_bytes = max_message_bytes
        self._transport: asyncio.Transport | None = None
        self._socket: OperationSocket | None = None
        self._message: list[bytes] = []
        self._writable = asyncio.Event()
        self._writable.set()
        self._timer: asyncio.TimerHandle | None = None
        self._answered = True  # the last ping

    # ------------------------------------------------------------------ the connection's side
    def began(self, transport: asyncio.Transport, unread: bytes) -> None:
        self._transport = transport
        self._protocol.receive_data(_bytes_of(self._request))
        for request in self._protocol.events_received():
            if isinstance(request, Request):
                self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        if self._protocol.state is not State.OPEN:
            transport.close()
            return
        carrier = Carrier(send=self._send, close=self._close, writable=self._writable.wait)
        self._socket = self._open_socket(carrier)
        self._later(PING_S, self._ping)
        if unread:
            self.data_received(unread)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        self._flush()
        if self._protocol.close_expected() and self._transport is not None:
            self._transport.close()

    def connection_lost(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.lost()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def end(self) -> None:
        self._close(GOING_AWAY, "the gateway ends")

    # ------------------------------------------------------------------ frames
    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._answered = True
        elif frame.opcode is Opcode.BINARY:
            self._close(4400, "send texts")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT) and self._socket is not None:
            self._message.append(bytes(frame.data))
            if sum(map(len, self._message)) > self._max_message_bytes:
                self._close(TOO_LARGE, "the message is too long")
            elif frame.fin:
                whole, self._message = b"".join(self._message), []
                self._socket.receive(whole)

    def _send(self, text: bytes) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def _close(self, code: int, reason: str) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason[:100])
            self._flush()
            self._later(CLOSE_S, self._abort)

    def _ping(self) -> None:
        if not self._answered:
            self._abort()
        elif self._protocol.state is State.OPEN:
            self._answered = False
            self._protocol.send_ping(b"")
            self._flush()
            self._later(PING_S, self._ping)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, what)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data and self._transport is not None:
                self._transport.write(data)


def _bytes_of(request: ArrivingRequest) -> bytes:
    """The request as it came: the library reads it itself."""
    lines = [f"{name}: {value}" for name, values in request.headers().items() for value in values]
    head = "\r\n".join([f"GET {request.target.decode('latin-1')} HTTP/1.1", *lines])
    return head.encode("latin-1") + b"\r\n\r\n"
