"""The link to Redis: nobody waits for a server that hangs, and it comes back by itself."""

import asyncio

from engine.resource.cache import Found
from gateway.cache.redis_cache import FORMAT, open_redis_cache
from gateway.cache.redis_link import RedisLink
from tests.servers.redis_server import RedisServer

PATIENCE_S = 10.0  # of the test; the link's own are milliseconds


async def test_who_asks_a_hung_server_gets_nothing_and_who_asks_next_gets_it_at_once(
    redis_server: RedisServer,
) -> None:
    async with open_redis_cache(redis_server.url, _nobody) as cache, asyncio.timeout(PATIENCE_S):
        redis_server.hang()
        answers = await asyncio.gather(*(cache.link.ask(("PING",)) for _ in range(100)))
        assert answers == [None] * 100
        await _until_away(cache.link)
        at_once = cache.link.ask(("PING",))
        assert at_once.done()
        assert at_once.result() is None
        redis_server.go_on()
        await cache.link.up.wait()
        assert await cache.link.tell(("PING",)) == [b"PONG"]


async def test_a_restarted_server_is_found_again(redis_server: RedisServer) -> None:
    async with open_redis_cache(redis_server.url, _nobody) as cache, asyncio.timeout(PATIENCE_S):
        redis_server.kill()
        await _until_away(cache.link)
        redis_server.start_again()
        await cache.link.up.wait()
        assert await cache.link.tell(("PING",)) == [b"PONG"]


async def test_a_refused_command_is_its_own_and_no_others(redis_server: RedisServer) -> None:
    async with open_redis_cache(redis_server.url, _nobody) as cache, asyncio.timeout(PATIENCE_S):
        redis_server.fill()
        pong, refused = await asyncio.gather(
            cache.link.tell(("PING",)), cache.link.tell(("SET", "key", "value"))
        )
        assert pong == [b"PONG"]
        assert refused is not None
        assert "maxmemory" in str(refused[0])
        assert cache.link.away is None


async def test_others_are_told_of_a_fence(redis_server: RedisServer) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    own: asyncio.Queue[str] = asyncio.Queue()
    async with (
        open_redis_cache(redis_server.url, own.put_nowait) as one,
        open_redis_cache(redis_server.url, heard.put_nowait),
        asyncio.timeout(PATIENCE_S),
    ):
        one.fence("rides/orders")
        assert await heard.get() == "rides/orders"
        assert own.empty()


async def _until_away(link: RedisLink) -> None:
    while link.away is None:
        await others_first()


async def others_first() -> None:
    await asyncio.sleep(0)


def _nobody(_source: str) -> None:
    return


async def test_what_somebody_else_wrote_there_is_no_entry(redis_server: RedisServer) -> None:
    async with open_redis_cache(redis_server.url, _nobody) as cache:
        found = await cache.find("key", "unit/source")
        with redis_server.client() as other:
            for value in (b"", b"x", f"{found.mark} 1 x", b" ".join((_token(found.mark), b"soon", b"x"))):
                other.set(f"paifang:entry{FORMAT}:key", value, px=60_000)
                assert await cache.find("key", "unit/source") == Found(None, found.mark)


def _token(mark: object) -> bytes:
    assert isinstance(mark, bytes)
    return mark
