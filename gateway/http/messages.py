"""A request and a response as the endpoint sees them, whatever the server's protocol."""

import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

HeaderMap = Mapping[str, Sequence[str]]


class Headed(Protocol):
    """What has headers; their names are lower case."""

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        ...

    def headers(self) -> HeaderMap:
        """All headers; not cheap, so ask for single ones where that does."""
        ...


class HttpRequest(Headed, Protocol):
    """One request."""

    @property
    def method(self) -> str: ...

    @property
    def query_string(self) -> str: ...

    async def body(self, max_bytes: int) -> bytes:
        """The body as sent. Raises BodyTooLarge as soon as it is longer, BodyIncomplete if it breaks off."""
        ...


class WatchedRequest(HttpRequest, Protocol):
    """A request of a server that leaves it to us to see that a client has gone."""

    async def disconnected(self) -> None:
        """Return when the client has gone away."""
        ...


class HttpResponse(NamedTuple):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class BodyTooLarge(Exception):
    """The body, packed or unpacked, is longer than allowed."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"the request body is longer than {max_bytes} bytes")
        self.max_bytes = max_bytes


class BodyIncomplete(Exception):
    """The client did not send all of the body in time, or went away."""


class BodyLate(Exception):
    """The body did not arrive in time."""


class BodyUnreadable(Exception):
    """The body's content encoding is unknown or broken."""


def unpack(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """Undo a content encoding, stopping at `max_bytes` of output."""
    if encoding is None or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise BodyUnreadable(f"content encoding '{encoding[:20]}' is not supported; send gzip or none")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        unpacked = stream.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BodyUnreadable("the body is not what its content encoding says") from error
    if len(unpacked) > max_bytes:
        raise BodyTooLarge(max_bytes)
    if not stream.eof:
        raise BodyUnreadable("the packed body ends too early")
    return unpacked
