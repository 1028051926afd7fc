"""The contract of caches: what is kept is found until its time is over or its source is fenced."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from engine.resource.cache import Cache, Entry
from engine.resource.run.memory_cache import MemoryCache
from gateway.cache.redis_cache import open_redis_cache

Open = Callable[[], AbstractAsyncContextManager[Cache]]
LONG_S = 60.0
SHORT_S = 0.05


@pytest.fixture(params=["memory", "redis"])
def open_cache(request: pytest.FixtureRequest) -> Open:
    if request.param == "memory":
        return _open_memory
    url: str = request.getfixturevalue("redis_url")
    return lambda: open_redis_cache(url, fenced=lambda _source: None)


@asynccontextmanager
async def _open_memory() -> AsyncGenerator[Cache]:
    yield MemoryCache()


class Keys:
    """A key and a source that no other test has."""

    def __init__(self) -> None:
        self.key = uuid4().hex
        self.source = f"unit/{uuid4().hex}"


async def kept(cache: Cache, keys: Keys, value: bytes, keep_s: float = LONG_S) -> None:
    found = await cache.find(keys.key, keys.source)
    cache.keep(keys.key, keys.source, found.mark, (value, keep_s))


async def entry_of(cache: Cache, keys: Keys) -> Entry | None:
    return (await cache.find(keys.key, keys.source)).entry


async def value_of(cache: Cache, keys: Keys) -> bytes | None:
    entry = await entry_of(cache, keys)
    return entry.value if entry is not None else None


async def test_what_is_kept_is_found_as_it_was(open_cache: Open) -> None:
    keys, value = Keys(), bytes(range(256))
    async with open_cache() as cache:
        assert await value_of(cache, keys) is None
        await kept(cache, keys, value)
        entry = await entry_of(cache, keys)
        assert entry is not None
        assert entry.value == value
        assert 0 <= entry.age_s < LONG_S


async def test_another_value_takes_its_place(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"first")
        await kept(cache, keys, b"second")
        assert await value_of(cache, keys) == b"second"


async def test_another_key_is_not_found(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"value")
        other = await cache.find(uuid4().hex, keys.source)
        assert other.entry is None


async def test_it_is_gone_when_its_time_is_over(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"value", SHORT_S)
        async with asyncio.timeout(10):
            while await value_of(cache, keys) is not None:
                await others_first()


async def test_a_fence_of_its_source_makes_it_void(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"before")
        cache.fence(keys.source)
        assert await value_of(cache, keys) is None
        await _until_kept(cache, keys, b"after")


async def test_a_fence_of_another_source_leaves_it(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"value")
        cache.fence(f"{keys.source}x")
        assert await value_of(cache, keys) == b"value"


async def test_what_was_being_fetched_when_a_fence_came_is_not_found(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        before = await cache.find(keys.key, keys.source)
        cache.fence(keys.source)
        cache.keep(keys.key, keys.source, before.mark, (b"old", LONG_S))
        assert await value_of(cache, keys) is None


async def test_several_fences_are_as_good_as_one(open_cache: Open) -> None:
    keys = Keys()
    async with open_cache() as cache:
        await kept(cache, keys, b"value")
        for _ in range(3):
            cache.fence(keys.source)
        assert await value_of(cache, keys) is None
        await _until_kept(cache, keys, b"after")


async def _until_kept(cache: Cache, keys: Keys, value: bytes) -> None:
    """Keep again until it is found: a fence is not over before Redis has taken it."""
    async with asyncio.timeout(10):
        while await value_of(cache, keys) != value:
            await kept(cache, keys, value)
            await others_first()


async def others_first() -> None:
    await asyncio.sleep(0)
