"""What is taken from an API: how much, how it is unpacked, and the public sentence where it is refused."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass

from engine.resource.calls import (
    EGRESS_BLOCKED,
    UPSTREAM_BODY,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    CallFailed,
)

_RATIO_FLOOR_BYTES = 65_536  # a short answer that repeats itself is no bomb
_OFF_LOOP_BYTES = 32_768  # unpacking more than this, some ms, is done on a thread (zlib releases the GIL)
_GZIP = 31  # zlib's number for gzip with its largest window
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportLimits:
    """What one answer may cost, and how many calls may be under way to one source and origin."""

    body_bytes: int = 5_000_000  # unpacked
    ratio: int = 50  # unpacked to packed, past 64 kB; JSON reaches 10 to 20
    header_count: int = 100  # pyreqwest's own, fixed limit
    connections: int = 1024  # past it calls wait, within their time; far below the usual limit of open files


def timed_out() -> CallFailed:
    return CallFailed(code=UPSTREAM_TIMEOUT, message="The API did not answer in time.", retryable=True)


def unreachable(*, retryable: bool = True) -> CallFailed:
    return CallFailed(code=UPSTREAM_UNREACHABLE, message="The API could not be reached.", retryable=retryable)


def bad_answer(message: str = "The API's answer is not valid HTTP.") -> CallFailed:
    return CallFailed(code=UPSTREAM_BODY, message=message, retryable=False)


def not_sent(message: str) -> CallFailed:
    return CallFailed(code=EGRESS_BLOCKED, message=message, retryable=False)


async def unpack(body: bytes, encoding: str | None, limits: TransportLimits) -> bytes:
    """Undo the content encoding of a complete body that is within the size limit already."""
    if not encoding or not body or encoding.lower() == "identity":
        return body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise bad_answer("The API's answer is packed in a way that was not asked for.")
    if len(body) > _OFF_LOOP_BYTES:
        return await asyncio.to_thread(_gunzip, body, limits)
    return _gunzip(body, limits)


def _gunzip(packed: bytes, limits: TransportLimits) -> bytes:
    most = min(limits.body_bytes, max(_RATIO_FLOOR_BYTES, limits.ratio * len(packed)))
    parts: list[bytes] = []
    size = 0
    while packed:  # a gzip file may have several members
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.append(unpacker.decompress(packed, most + 1 - size))
        except zlib.error:
            raise bad_answer("The API's answer is not the gzip it says it is.") from None
        size += len(parts[-1])
        if size > most:
            raise bad_answer(f"The API's answer unpacks to more than {most} bytes.")
        if not unpacker.eof:
            raise bad_answer("The API's answer ends in the middle.")
        packed = unpacker.unused_data
    return b"".join(parts)


def too_large(limits: TransportLimits) -> CallFailed:
    return bad_answer(f"The API's answer is larger than {limits.body_bytes} bytes.")


async def read_all(chunks: AsyncIterable[bytes], limits: TransportLimits) -> bytes:
    """Read a body as it comes; raises CallFailed as soon as it is too large, leaving the rest unread."""
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limits.body_bytes:
            raise too_large(limits)
        parts.append(chunk)
    return b"".join(parts)


def gather_headers(
    raw: Iterable[tuple[bytes, bytes]], limits: TransportLimits
) -> Mapping[str, tuple[str, ...]]:
    """Group header values by lower-case name; a value outside ASCII, to HTTP without meaning, is left out."""
    gathered: dict[str, tuple[str, ...]] = {}
    for count, (name, value) in enumerate(raw, 1):
        if count > limits.header_count:
            raise bad_answer(f"The API's answer has more than {limits.header_count} headers.")
        if value.isascii():
            key = name.decode("ascii").lower()
            gathered[key] = (*gathered.get(key, ()), value.decode("ascii"))
    return gathered


def outgoing_headers(
    given: Iterable[tuple[str, str]], defaults: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Put the defaults before the headers of a call, except where the call has its own; checks both parts."""
    checked = [(name.lower(), value) for name, value in given]
    for name, value in checked:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise not_sent("The request has a header that HTTP does not allow.")
    named = {name for name, _ in checked}
    return [*(pair for pair in defaults if pair[0] not in named), *checked]
