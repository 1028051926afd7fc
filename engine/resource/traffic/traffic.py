"""Everything that policies count, by scope and host, of one worker; its clock is the event loop's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from engine.resource.policy import CircuitBreaker, Concurrency, RateLimit, Retry
from engine.resource.traffic.breaker import Breaker
from engine.resource.traffic.budget import RetryBudget
from engine.resource.traffic.gate import Gate
from engine.resource.traffic.kept import Kept
from engine.resource.traffic.limiter import LocalRateLimiter, RateLimiter


def loop_time() -> float:
    return asyncio.get_running_loop().time()


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Traffic:
    """Process life, one per worker. `random` gives the jitter; `today` is what answers' dates are held to."""

    limiter: RateLimiter = field(default_factory=lambda: LocalRateLimiter(loop_time))
    today: Callable[[], datetime] = utc_now
    random: Random = field(default_factory=Random)
    _breakers: Kept[tuple[str, str], CircuitBreaker, Breaker] = field(
        default_factory=Kept[tuple[str, str], CircuitBreaker, Breaker]
    )
    _rates: Kept[tuple[str, str], RateLimit, RateLimit] = field(
        default_factory=Kept[tuple[str, str], RateLimit, RateLimit]
    )
    _gates: Kept[tuple[str, str], Concurrency, Gate] = field(
        default_factory=Kept[tuple[str, str], Concurrency, Gate]
    )
    _budgets: Kept[tuple[str, str], Retry, RetryBudget] = field(
        default_factory=Kept[tuple[str, str], Retry, RetryBudget]
    )

    def breaker(self, settings: CircuitBreaker, host: str) -> Breaker:
        return self._breakers.get((settings.scope, host), settings, Breaker)

    def rate(self, settings: RateLimit, host: str) -> RateLimit:
        """The limit of one host, as the limiter is asked for it."""
        return self._rates.get((settings.scope, host), settings, lambda it: _of_host(it, host))

    def gate(self, settings: Concurrency, host: str) -> Gate:
        return self._gates.get((settings.scope, host), settings, lambda it: Gate(it.places))

    def budget(self, settings: Retry, host: str) -> RetryBudget:
        return self._budgets.get((settings.scope, host), settings, lambda _: RetryBudget(loop_time()))


def _of_host(limit: RateLimit, host: str) -> RateLimit:
    return replace(limit, scope=f"{limit.scope} {host}")
