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
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What replicas share, or a worker has alone. `notes`: what of it does not work, for whoever looks."""

    cache: Cache
    fences: Fences
    limiter: RateLimiter
    notes: Callable[[], Mapping[str, str]] = dict[str, str]


@asynccontextmanager
async def open_shared(settings: Settings) -> AsyncGenerator[Shared]:
    """What these settings share; where Redis is away, it begins without it."""
    fences = Fences()
    alone = LocalRateLimiter(loop_time)
    if settings.redis_url is None:
        yield Shared(cache=MemoryCache(settings.limits.cache_bytes), fences=fences, limiter=alone)
        return
    caches = import_module("gateway.cache.redis_cache")  # 0.6 s to import, for those who use it
    rates = import_module("gateway.cache.redis_rates")
    async with caches.open_redis_cache(settings.redis_url.get_secret_value(), fences.raise_for) as cache:
        limiter: RateLimiter = rates.RedisRateLimiter(cache.link, alone)
        yield Shared(cache=cache, fences=fences, limiter=limiter, notes=lambda: {"redis": cache.link.state})
