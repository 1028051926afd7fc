"""Rates of calls counted in Redis: the limit of a source holds for all replicas together."""

import secrets

from engine.resource.policy import RateLimit
from engine.resource.traffic.limiter import RateLimiter
from gateway.cache.redis_link import RedisLink

# The calls of one interval by their time, which is Redis' own. A refused one is not counted.
ADMIT = """
local time = redis.call('TIME')
local now, interval = time[1] * 1000000 + time[2], ARGV[1] * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - interval)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(1, first[2] + interval - now)
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
"""


class RedisRateLimiter:
    """Implements `RateLimiter`; while Redis does not answer, each worker counts by itself."""

    def __init__(self, link: RedisLink, alone: RateLimiter) -> None:
        self._link = link
        self._alone = alone

    async def admit(self, limit: RateLimit) -> float:
        call = secrets.token_hex(8)
        key = f"paifang:rate:{limit.scope}"
        results = await self._link.ask(("EVAL", ADMIT, 1, key, limit.interval_ms, limit.capacity, call))
        if results is None or not isinstance(results[0], int):
            return await self._alone.admit(limit)
        return results[0] / 1_000_000
