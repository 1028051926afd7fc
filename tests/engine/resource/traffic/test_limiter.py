"""A rate limit holds in any interval, and refuses no more than it has to."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from engine.resource.policy import RateLimit
from engine.resource.traffic.limiter import LocalRateLimiter

LIMIT = RateLimit(scope="m/s", capacity=3, interval_ms=1_000)


class Counting:
    """A limiter and the clock it is given."""

    def __init__(self) -> None:
        self.now = 0.0
        self._limiter = LocalRateLimiter(lambda: self.now)

    def admit(self, limit: RateLimit = LIMIT) -> float:
        return asyncio.run(self._limiter.admit(limit))


def test_the_capacity_passes_at_once_and_the_next_is_told_how_long_to_wait() -> None:
    counting = Counting()
    assert [counting.admit() for _ in range(3)] == [0, 0, 0]

    wait_s = counting.admit()

    assert 1 <= wait_s <= 1.01
    counting.now = 0.99
    assert counting.admit() > 0
    counting.now = wait_s
    assert counting.admit() == 0


def test_scopes_are_counted_apart_and_another_limit_begins_anew() -> None:
    counting = Counting()
    for _ in range(3):
        counting.admit()

    assert counting.admit(RateLimit(scope="m/other", capacity=3, interval_ms=1_000)) == 0
    assert counting.admit(RateLimit(scope="m/s", capacity=4, interval_ms=1_000)) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100), st.integers(1, 5))
def test_no_interval_has_more_and_fewer_are_never_refused(pauses: list[float], capacity: int) -> None:
    now = 0.0
    limiter = LocalRateLimiter(lambda: now)
    limit = RateLimit(scope="m/s", capacity=capacity, interval_ms=1_000)

    async def run() -> None:
        nonlocal now
        admitted: list[float] = []
        for pause in pauses:
            now += pause
            wait_s = await limiter.admit(limit)
            if wait_s == 0:
                assert sum(at > now - 1 for at in admitted) < capacity
                admitted.append(now)
            else:
                assert sum(at >= now - 1.02 for at in admitted) >= capacity

    asyncio.run(run())
