"""Read `policy` of @source and @connect: what a connector leaves out is its source's, field by field."""

from collections.abc import Iterable
from typing import cast

from engine.resource.policy import CircuitBreaker, Concurrency, Policy, RateLimit, Retry, RetryOn
from engine.resource.sdl.vocabulary import DirectiveUse

IDEMPOTENT = ("GET", "PUT", "DELETE")  # RFC 9110, 9.2.2: sending one again changes nothing more


def read_policy(use: DirectiveUse, inherited: Policy, *, scope: str, method: str = "GET") -> Policy:
    """The policy as written on top of the inherited one.

    What is stated here counts its calls in `scope`; what is inherited goes on counting with the source's.
    """
    dedupe = bool(use.get("policy.dedupe")) if use.has("policy.dedupe") else inherited.dedupe
    timeout_ms = cast("int | None", use.get("policy.timeoutMs"))  # Int
    return Policy(
        timeout_ms=inherited.timeout_ms if timeout_ms is None else timeout_ms,
        dedupe=dedupe,
        retry=_retry(use, inherited.retry, scope) if method in IDEMPOTENT else None,
        circuit_breaker=_breaker(use, inherited.circuit_breaker, scope),
        rate_limit=_rate_limit(use, inherited.rate_limit, scope),
        concurrency=_concurrency(use, inherited.concurrency, scope),
    )


def _retry(use: DirectiveUse, inherited: Retry | None, scope: str) -> Retry | None:
    if not use.has("policy.retry"):
        return inherited
    if use.get("policy.retry") is None:  # null: none here
        return None
    given = _Given(use, "policy.retry", inherited)
    listed = cast("Iterable[str]", given.value("on", "on"))  # [RetryOn!]!
    retry = Retry(
        scope=scope,
        max_retries=cast("int", given.value("maxRetries", "max_retries")),
        backoff_ms=cast("int", given.value("backoffMs", "backoff_ms")),
        on=frozenset(map(RetryOn, listed)),
    )
    return retry if retry.max_retries > 0 and retry.on else None


def _breaker(use: DirectiveUse, inherited: CircuitBreaker | None, scope: str) -> CircuitBreaker | None:
    if not use.has("policy.circuitBreaker"):
        return inherited
    if use.get("policy.circuitBreaker") is None:
        return None
    given = _Given(use, "policy.circuitBreaker", inherited)
    return CircuitBreaker(
        scope=scope,
        failure_rate=cast("float", given.value("failureRate", "failure_rate")),
        min_requests=cast("int", given.value("minRequests", "min_requests")),
        window_ms=cast("int", given.value("windowMs", "window_ms")),
        open_ms=cast("int", given.value("openMs", "open_ms")),
    )


def _rate_limit(use: DirectiveUse, inherited: RateLimit | None, scope: str) -> RateLimit | None:
    if not use.has("policy.rateLimit"):
        return inherited
    if use.get("policy.rateLimit") is None:
        return None
    return RateLimit(
        scope=scope,
        capacity=cast("int", use.get("policy.rateLimit.capacity")),  # Int!
        interval_ms=cast("int", use.get("policy.rateLimit.intervalMs")),  # Int!
    )


def _concurrency(use: DirectiveUse, inherited: Concurrency | None, scope: str) -> Concurrency | None:
    if not use.has("policy.maxConcurrency"):
        return inherited
    places = cast("int | None", use.get("policy.maxConcurrency"))  # Int
    return None if places is None else Concurrency(scope=scope, places=places)


class _Given:
    """The values of one part of a policy: as written, else as inherited, else the vocabulary's default."""

    def __init__(self, use: DirectiveUse, part: str, inherited: Retry | CircuitBreaker | None) -> None:
        self._use = use
        self._part = part
        self._inherited = inherited

    def value(self, name: str, attribute: str) -> object:
        path = f"{self._part}.{name}"
        if self._use.has(path) or self._inherited is None:
            return self._use.get(path)
        return getattr(self._inherited, attribute)
