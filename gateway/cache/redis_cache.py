"""Kept answers and fences in Redis, for all replicas that share it.

A source has a token there, replaced by each fence; an entry carries the token that its source had before the
answer was fetched, and counts while it is the same. So a fence on one replica voids what all others keep.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from redis.exceptions import ResponseError

from engine.resource.cache import NOTHING, Entry, Found
from gateway.cache.redis_link import CONNECT_S, RedisLink, Results

CHANNEL = "paifang:fences"
FORMAT = 1  # of entries; a release that writes them otherwise counts on, and both may run side by side
MAX_ENTRY_BYTES = 500_000  # a larger one would keep all others waiting
log = structlog.get_logger("paifang")


class RedisCache:
    """Implements `Cache`. While Redis does not answer, nothing is found and nothing is kept.

    A fence that Redis has not taken is owed: until it has, nothing of that source is found by this worker.
    """

    def __init__(self, url: str, fenced: Callable[[str], None]) -> None:
        """`fenced` is told of each source that another worker has fenced."""
        self.link = RedisLink(url, channel=CHANNEL, hear=self._hear, greet=self._pay_all)
        self._fenced = fenced
        self._worker = secrets.token_hex(8)
        self._owed: dict[str, str] = {}
        self._paying: set[str] = set()
        self._refused = False

    async def find(self, key: str, source: str) -> Found:
        if source in self._owed:
            self._pay(source)
            return NOTHING
        fence, entry = _fence_of(source), _entry_of(key)
        results = self._usable(await self.link.ask(("GET", fence), ("GET", entry), ("PTTL", entry)))
        if results is None or source in self._owed:
            return NOTHING
        token, kept, remaining_ms = results
        if not isinstance(token, bytes):
            return Found(None, await self._first_token(fence))
        return Found(_read(kept, token, remaining_ms), token)

    def keep(self, key: str, source: str, mark: object, entry: tuple[bytes, float]) -> None:
        value, keep_s = entry
        keep_ms = round(keep_s * 1000)
        if isinstance(mark, bytes) and source not in self._owed and len(value) <= MAX_ENTRY_BYTES and keep_ms:
            kept = b"%b %d %b" % (mark, keep_ms, value)
            told = self.link.tell(("SET", _entry_of(key), kept, "PX", keep_ms))
            told.add_done_callback(lambda it: self._usable(it.result()))

    # ------------------------------------------------------------------ fences
    def fence(self, source: str) -> None:
        self._owed[source] = secrets.token_hex(8)
        self._paying.discard(source)
        self._pay(source)

    def _pay(self, source: str) -> None:
        """Have Redis take the fence that it is owed, and tell the others; one attempt at a time."""
        if source in self._paying:
            return
        token = self._owed[source]

        def paid(results: Results) -> None:
            if self._owed.get(source) != token:
                return  # there was another fence meanwhile
            self._paying.discard(source)
            if self._usable(results) is not None:
                del self._owed[source]
                self.link.tell(("PUBLISH", CHANNEL, f"{self._worker} {source}"))

        self._paying.add(source)
        self.link.tell(("SET", _fence_of(source), token)).add_done_callback(lambda it: paid(it.result()))

    def _pay_all(self) -> None:
        for source in self._owed:
            self._pay(source)

    async def _first_token(self, fence: str) -> bytes | None:
        """The token of a source that has none; of several that ask at once, one's stands."""
        token = secrets.token_hex(8)
        results = self._usable(await self.link.ask(("SET", fence, token, "NX"), ("GET", fence)))
        return results[1] if results is not None and isinstance(results[1], bytes) else None

    def _hear(self, message: bytes) -> None:
        worker, _, source = message.decode("utf-8", "replace").partition(" ")
        if worker != self._worker:
            self._fenced(source)

    def _usable(self, results: Results) -> Results:
        """None also where a command was refused; said once until commands are taken again."""
        refused = next((each for each in results or () if isinstance(each, ResponseError)), None)
        if refused is not None and not self._refused:
            log.warning("redis refuses commands: requests go on without it", reason=str(refused))
        if results is not None:
            self._refused = refused is not None
        return None if refused is not None else results


@asynccontextmanager
async def open_redis_cache(url: str, fenced: Callable[[str], None]) -> AsyncGenerator[RedisCache]:
    """A cache that keeps connected; where Redis does not answer within a second, it begins without it.

    Raises ValueError where the URL is none.
    """
    cache = RedisCache(url, fenced)
    running = asyncio.create_task(cache.link.run())
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(cache.link.up.wait(), CONNECT_S)
        yield cache
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _fence_of(source: str) -> str:
    return f"paifang:fence:{source}"


def _entry_of(key: str) -> str:
    return f"paifang:entry{FORMAT}:{key}"


def _read(kept: object, token: bytes, remaining_ms: object) -> Entry | None:
    """The entry, if it has the token. Its age is by Redis' own clock."""
    if not isinstance(kept, bytes) or not isinstance(remaining_ms, int) or remaining_ms < 0:
        return None
    mark, _, rest = kept.partition(b" ")
    keep_ms, _, value = rest.partition(b" ")
    if mark != token or not keep_ms.isdigit():
        return None
    return Entry(value, (int(keep_ms) - remaining_ms) / 1000)
