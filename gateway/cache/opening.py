"""Choose where answers are kept and rates are counted: in Redis where a URL is set, else in this worker."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module

from engine.resource.cache import Cache
from engine.resource.run.memory_cache import MemoryCache
from engine.resource.run.sharing import Fences
from engine.resource.traffic.limiter import LocalRateLimiter, RateLimiter
from engine.resource.traffic.traffic import loop_time
from gateway.cache.told_cache import Tell, ToldCache
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What replicas share, or a worker has alone.

    `fenced` is to be told of what other workers fence; `notes` say what of it works, for whoever looks.
    """

    cache: Cache
    fences: Fences
    limiter: RateLimiter
    fenced: Callable[[str], None]
    notes: Callable[[], Mapping[str, str]] = dict[str, str]


@asynccontextmanager
async def open_shared(settings: Settings, tell: Tell | None) -> AsyncGenerator[Shared]:
    """What these settings share; where Redis is away, it begins without it.

    `tell` tells the other workers of this instance, if there are any, of a fence; with Redis it does.
    """
    fences = Fences()
    alone = LocalRateLimiter(loop_time)
    if settings.redis_url is None:
        yield _of_this_instance(settings.limits.cache_bytes, fences, alone, tell)
        return
    caches = import_module("gateway.cache.redis_cache")  # 0.6 s to import, for those who use it
    rates = import_module("gateway.cache.redis_rates")
    async with caches.open_redis_cache(settings.redis_url.get_secret_value(), fences.raise_for) as cache:
        limiter: RateLimiter = rates.RedisRateLimiter(cache.link, alone)
        yield Shared(
            cache=cache,
            fences=fences,
            limiter=limiter,
            fenced=fences.raise_for,
            notes=lambda: {"redis": cache.link.state},
        )


def _of_this_instance(room_bytes: int, fences: Fences, limiter: RateLimiter, tell: Tell | None) -> Shared:
    if tell is None:
        cache = MemoryCache(room_bytes)
        return Shared(cache=cache, fences=fences, limiter=limiter, fenced=fences.raise_for)
    told = ToldCache(room_bytes, tell)

    def fenced(source: str) -> None:
        fences.raise_for(source)
        told.fence_here(source)

    return Shared(cache=told, fences=fences, limiter=limiter, fenced=fenced)
