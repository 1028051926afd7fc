"""How an API is called, as its unit wrote it: its time, its repetitions, its breaker, its limits."""

from dataclasses import dataclass
from enum import StrEnum


class RetryOn(StrEnum):
    """What a call may come to that repeating it may mend."""

    CONNECT_ERROR = "CONNECT_ERROR"
    TIMEOUT = "TIMEOUT"
    S429 = "S429"
    S502 = "S502"
    S503 = "S503"
    S504 = "S504"


# Each part counts calls together that go to one host: `scope` names them, the source's key or the site of
# one @connect.


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a call is repeated, and after what; the pause before the first is at most `backoff_ms`."""

    scope: str
    max_retries: int
    backoff_ms: int = 50
    on: frozenset[RetryOn]


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """From what share of failures, of how many calls in which time, no more calls are made, and how long."""

    scope: str
    failure_rate: float = 0.5
    min_requests: int = 20
    window_ms: int = 10_000
    open_ms: int = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """How many calls may begin in any stretch of so many milliseconds."""

    scope: str
    capacity: int
    interval_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How many calls may be under way at once, per worker."""

    scope: str
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of it. `timeout_ms` None leaves its time to the gateway; another None: nothing of the kind."""

    timeout_ms: int | None = None
    dedupe: bool = True
    retry: Retry | None = None
    circuit_breaker: CircuitBreaker | None = None
    rate_limit: RateLimit | None = None
    concurrency: Concurrency | None = None

    @property
    def steers(self) -> bool:
        """Whether a call takes more than a timeout: it may be held back, refused or repeated."""
        parts = (self.retry, self.circuit_breaker, self.rate_limit, self.concurrency)
        return any(part is not None for part in parts)

    def __str__(self) -> str:
        """What of it holds a call back or repeats it, for people; empty where nothing does."""
        told: list[str] = []
        if self.retry is not None:
            told.append(f"≤ {self.retry.max_retries + 1} attempts")
        if self.circuit_breaker is not None:
            told.append(f"breaker at {self.circuit_breaker.failure_rate:.0%} failures")
        if self.rate_limit is not None:
            told.append(f"≤ {self.rate_limit.capacity} in {self.rate_limit.interval_ms} ms")
        if self.concurrency is not None:
            told.append(f"≤ {self.concurrency.places} at once")
        return ", ".join(told)
