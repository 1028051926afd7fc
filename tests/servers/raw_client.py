"""A client that holds its socket in its own hands: sends what is no HTTP, leaves early, reads late."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """The head's first line as a number, and the body."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:  # JSON
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawClient:
    """One connection to a server."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, url: str) -> Self:
        parts = urlsplit(url)
        assert parts.hostname is not None, "an address has a host"
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(host=parts.netloc, reader=reader, writer=writer)

    def send_head(self, headers: Mapping[str, str], *, path: str = "/graphql") -> None:
        """Send the head of a POST request; what follows is the caller's."""
        lines = [f"POST {path} HTTP/1.1", f"host: {self.host}", "content-type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    def send_query(self, query: str, **headers: str) -> None:
        """Send a whole request: in the server's hands, as far as the kernel goes, when this returns."""
        body = orjson.dumps({"query": query})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.send_head({"content-length": str(len(body)), **named})
        self.writer.write(body)

    async def send_chunks(self, chunks: Iterable[bytes]) -> None:
        """Send a body without a length, as far as the server takes it."""
        with contextlib.suppress(ConnectionError):
            for chunk in chunks:
                self.writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                await self.writer.drain()
            self.writer.write(b"0\r\n\r\n")

    async def reply(self) -> RawReply:
        """Read one answer with a content-length."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return RawReply(status=int(head.split(" ", 2)[1]), body=await self.reader.readexactly(length))

    async def leave(self) -> None:
        """Close the connection, whatever is under way."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
