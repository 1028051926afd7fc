"""Rate limits: the port that counts a source's calls against its limit, and the count of one process."""

from collections.abc import Callable
from typing import Protocol

from engine.resource.policy import RateLimit
from engine.resource.traffic.kept import Kept
from engine.resource.traffic.window import Window


class RateLimiter(Protocol):
    """Counts calls, for one process or for many; asked before each call of a source with a limit."""

    async def admit(self, limit: RateLimit) -> float:
        """Count a call that is about to be made and return 0.0, or how many seconds until one may be.

        `limit.scope` says which calls are counted together; a refused call does not count. Never raises and
        answers within milliseconds: where a count kept elsewhere is out of reach, it decides without it.
        """
        ...


class LocalRateLimiter:
    """The count of this process: at most `capacity` in any interval, to a hundredth of it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: Kept[str, RateLimit, Window] = Kept()

    async def admit(self, limit: RateLimit) -> float:
        window = self._windows.get(limit.scope, limit, _window_of)
        now = self._clock()
        window.forget_old(now)
        if window.calls >= limit.capacity:
            return window.frees_in_s(now)
        window.add(now)
        return 0.0


def _window_of(limit: RateLimit) -> Window:
    return Window(limit.interval_ms / 1000)
