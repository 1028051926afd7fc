"""The heads of answers: read by the parser once, and known by their bytes from then on.

An API sends the same few heads again and again: its own headers, a date of one second, the lengths of its
bodies. What llhttp made of the same bytes before, it would make of them again.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.resource.transport.answers import TransportLimits, gather_headers

MAX_KNOWN, KNOWN_BYTES = 512, 2_048  # heads kept of one address, and how long they are
_END = b"\r\n\r\n"

RawHeaders = list[tuple[bytes, bytes]]


class Headers(Mapping[str, tuple[str, ...]]):
    """An answer's headers, decoded when asked for: of most answers, one is."""

    __slots__ = ("_decoded", "_raw", "encoded")

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw  # names in lower case
        self._decoded: dict[str, tuple[str, ...]] = {}
        self.encoded = any(name == b"content-encoding" for name, _ in raw)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        values = self._decoded.get(name)
        if values is None:
            wanted = name.encode("utf-8")
            found = [value.decode("ascii") for key, value in self._raw if key == wanted and value.isascii()]
            if not found:
                raise KeyError(name)
            values = self._decoded[name] = tuple(found)
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(gather_headers(self._raw, _COUNTED))

    def __len__(self) -> int:
        return len(gather_headers(self._raw, _COUNTED))


_COUNTED = TransportLimits(header_count=1_000_000)  # they were counted as they came


class AnswerHead(NamedTuple):
    """Status and headers of an answer that leaves its connection open."""

    status: int
    headers: Headers


class KnownHeads:
    """The heads that came from one address, each with the length of its body."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[AnswerHead, int]] = {}

    def find(self, data: bytes) -> tuple[AnswerHead, bytes] | None:
        """Head and body, where `data` is all of an answer whose head was seen before."""
        end = data.find(_END) + 4
        known = self._known.get(data[:end])
        if known is None or len(data) - end != known[1]:
            return None
        return known[0], data[end:]

    def keep(self, data: bytes, head: AnswerHead, body_bytes: int) -> None:
        """Remember the head of an answer that `data` was all of, and that the parser found good.

        A body that is as long as what follows the head came as it is: its length is stated.
        """
        end = data.find(_END) + 4
        if end <= KNOWN_BYTES and len(data) - end == body_bytes:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[data[:end]] = (head, body_bytes)
