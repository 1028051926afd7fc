"""The contract of rate limiters: so many calls in any interval, refused ones not among them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from engine.resource.policy import RateLimit
from engine.resource.traffic.limiter import LocalRateLimiter, RateLimiter
from engine.resource.traffic.traffic import loop_time
from gateway.cache.redis_cache import open_redis_cache
from gateway.cache.redis_rates import RedisRateLimiter

Open = Callable[[], AbstractAsyncContextManager[RateLimiter]]
LONG_MS = 60_000


@asynccontextmanager
async def _open_local() -> AsyncGenerator[RateLimiter]:
    yield LocalRateLimiter(loop_time)


@asynccontextmanager
async def open_redis(url: str) -> AsyncGenerator[RateLimiter]:
    async with open_redis_cache(url, fenced=lambda _source: None) as cache:
        yield RedisRateLimiter(cache.link, LocalRateLimiter(loop_time))


@pytest.fixture(params=["local", "redis"])
def open_limiter(request: pytest.FixtureRequest) -> Open:
    if request.param == "local":
        return _open_local
    url: str = request.getfixturevalue("redis_url")
    return lambda: open_redis(url)


def limit_of(capacity: int, interval_ms: int = LONG_MS) -> RateLimit:
    return RateLimit(scope=uuid4().hex, capacity=capacity, interval_ms=interval_ms)


async def test_as_many_calls_as_the_limit_says_are_admitted_and_the_next_is_told_how_long(
    open_limiter: Open,
) -> None:
    limit = limit_of(3)
    async with open_limiter() as limiter:
        assert [await limiter.admit(limit) for _ in range(3)] == [0.0] * 3
        wait_s = await limiter.admit(limit)
        assert 0 < wait_s <= LONG_MS / 1000 * 1.01


async def test_another_scope_has_a_count_of_its_own(open_limiter: Open) -> None:
    limit, other = limit_of(1), limit_of(1)
    async with open_limiter() as limiter:
        assert [await limiter.admit(each) for each in (limit, other)] == [0.0, 0.0]
        assert await limiter.admit(limit) > 0


async def test_a_call_is_admitted_again_when_the_interval_is_over(open_limiter: Open) -> None:
    limit = limit_of(1, interval_ms=50)
    async with open_limiter() as limiter:
        assert await limiter.admit(limit) == 0.0
        refusals = 0
        while await limiter.admit(limit) > 0:  # refused calls do not count, or this would never end
            refusals += 1
        assert refusals < 1_000_000


async def test_replicas_count_together(redis_url: str) -> None:
    limit = limit_of(2)
    async with open_redis(redis_url) as one, open_redis(redis_url) as other:
        assert [await one.admit(limit), await other.admit(limit)] == [0.0, 0.0]
        assert min(await one.admit(limit), await other.admit(limit)) > 0
