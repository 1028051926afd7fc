"""Answers kept in the memory of one worker, as many bytes of them as there is room for."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from engine.resource.cache import Entry, Found

ROOM_BYTES = 64_000_000
OVERHEAD_BYTES = 400  # of an entry, beside its key and value
MAX_SHARE = 8  # one answer takes no more than this part of the room


class _Kept(NamedTuple):
    value: bytes
    mark: object
    since: float
    until: float


class MemoryCache:
    """Implements `Cache`; what was used longest ago makes room."""

    def __init__(self, room_bytes: int = ROOM_BYTES, now: Callable[[], float] = time.monotonic) -> None:
        self._room = room_bytes
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fences: dict[str, int] = {}
        self.size_bytes = 0

    async def find(self, key: str, source: str) -> Found:
        mark, now = self._fences.get(source, 0), self._now()
        kept = self._kept.get(key)
        if kept is None:
            return Found(None, mark)
        if kept.mark != mark or kept.until <= now:
            self._drop(key)
            return Found(None, mark)
        self._kept.move_to_end(key)
        return Found(Entry(kept.value, now - kept.since), mark)

    def keep(self, key: str, source: str, mark: object, entry: tuple[bytes, float]) -> None:
        value, keep_s = entry
        if mark != self._fences.get(source, 0):
            return
        self._drop(key)
        size = _size_of(key, value)
        if size > self._room / MAX_SHARE:
            return
        now = self._now()
        self._kept[key] = _Kept(value, mark, now, now + keep_s)
        self.size_bytes += size
        while self.size_bytes > self._room:
            self._drop(next(iter(self._kept)))

    def fence(self, source: str) -> None:
        """What was kept before goes when it is asked for, or makes room."""
        self._fences[source] = self._fences.get(source, 0) + 1

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.size_bytes -= _size_of(key, kept.value)


def _size_of(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD_BYTES
