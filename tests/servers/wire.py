"""One HTTP/1.1 request as it came over the wire, and the connection to answer it on."""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came over the wire: `target` and `head` are the bytes sent, read as Latin-1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    head: str
    body: bytes

    def header(self, name: str) -> list[str]:
        """Return every value of a header, in order; the name in any case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The connection a behaviour writes its answer to."""

    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    def reset(self) -> None:
        """Close with a RST: the client sees a connection reset, not an end of stream."""
        linger_none = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger_none)
        self.writer.transport.abort()


Behaviour = Callable[[Received, Wire], Awaitable[None]]


class Hangup(Exception):
    """Raised by a behaviour to close the connection after what it has written."""


class WatchedReader(asyncio.StreamReader):
    """A stream that tells when the client has gone, also while nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.ended.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.ended.set()


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """Read one request; None when the client closed between requests."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    start, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = start.split(" ")
    headers = tuple((name, value.strip(" ")) for name, _, value in (line.partition(":") for line in lines))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    body = await reader.readexactly(length)
    return Received(method=method, target=target, headers=headers, head=head, body=body)


def head_of(status: int, headers: Headers) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def sockets_closed() -> None:
    """Give connections just accepted, and transports just aborted, the turns of the loop to end."""
    for _ in range(12):  # accepted, made, aborted, lost: each takes one or two
        await asyncio.sleep(0)
