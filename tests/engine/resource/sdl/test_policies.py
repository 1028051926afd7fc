"""Policies: what a connector states stands over its source's, field by field; nonsense is refused."""

import pytest

from engine.resource.model import Module
from engine.resource.policy import CircuitBreaker, Concurrency, Policy, RateLimit, Retry, RetryOn
from engine.resource.sdl import compose, parse_module
from tests.sdl_problems import errors_of

DEFAULT_ON = frozenset({RetryOn.CONNECT_ERROR, RetryOn.S429, RetryOn.S502, RetryOn.S503, RetryOn.S504})


def sdl_of(policy: str, own: str = "", *, method: str = "GET") -> str:
    of_connector = f", policy: {{ {own} }}" if own else ""
    return (
        f'extend schema @source(name: "s", http: {{ baseURL: "http://up.test" }}, policy: {{ {policy} }})\n'
        'type Query { a: Int @connect(source: "s", '
        f'http: {{ {method}: "/a" }}, selection: "$.v"{of_connector}) }}'
    )


def policy_of(policy: str, own: str = "", *, method: str = "GET") -> Policy:
    module = parse_module("a", sdl_of(policy, own, method=method))
    assert isinstance(module, Module), module
    registry = compose([module]).registry
    assert registry is not None
    return registry.types["Query"].fields["a"].connectors[0].policy


def test_a_connector_has_the_policy_of_its_source_counted_with_it() -> None:
    policy = (
        "timeoutMs: 800, maxConcurrency: 4, dedupe: false, retry: { maxRetries: 2 },"
        " circuitBreaker: { minRequests: 3 }, rateLimit: { capacity: 5, intervalMs: 1000 }"
    )

    assert policy_of(policy) == Policy(
        timeout_ms=800,
        dedupe=False,
        retry=Retry(scope="a/s", max_retries=2, backoff_ms=50, on=DEFAULT_ON),
        circuit_breaker=CircuitBreaker(scope="a/s", min_requests=3),
        rate_limit=RateLimit(scope="a/s", capacity=5, interval_ms=1_000),
        concurrency=Concurrency(scope="a/s", places=4),
    )


def test_what_a_connector_states_stands_over_it_field_by_field() -> None:
    policy = (
        "timeoutMs: 800, maxConcurrency: 4, retry: { maxRetries: 2, backoffMs: 200, on: [S503] },"
        " circuitBreaker: { failureRate: 0.2, minRequests: 3, openMs: 900 }"
    )
    own = "retry: { maxRetries: 1 }, circuitBreaker: { openMs: 100 }, maxConcurrency: 9"

    assert policy_of(policy, own) == Policy(
        timeout_ms=800,
        retry=Retry(scope="Query.a", max_retries=1, backoff_ms=200, on=frozenset({RetryOn.S503})),
        circuit_breaker=CircuitBreaker(scope="Query.a", failure_rate=0.2, min_requests=3, open_ms=100),
        concurrency=Concurrency(scope="Query.a", places=9),
    )


@pytest.mark.parametrize(
    "own",
    [
        "retry: null, circuitBreaker: null, rateLimit: null, maxConcurrency: null",
        "retry: { maxRetries: 0 }, circuitBreaker: null, rateLimit: null, maxConcurrency: null",
        "retry: { maxRetries: 2, on: [] }, circuitBreaker: null, rateLimit: null, maxConcurrency: null",
    ],
)
def test_null_takes_a_part_away(own: str) -> None:
    source = (
        "maxConcurrency: 4, retry: { maxRetries: 2 }, circuitBreaker: {},"
        " rateLimit: { capacity: 5, intervalMs: 1000 }"
    )

    assert policy_of(source).steers
    assert not policy_of(source, own).steers
    assert not policy_of("timeoutMs: 5, dedupe: false").steers


def test_a_retry_of_the_source_leaves_methods_alone_that_may_not_be_repeated() -> None:
    assert policy_of("retry: { maxRetries: 2 }", method="PUT").retry is not None
    assert policy_of("retry: { maxRetries: 2 }", method="POST").retry is None
    assert errors_of(sdl_of("retry: { maxRetries: 2 }", method="POST")) == []


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_retry_on_a_method_that_may_not_be_repeated_is_refused(method: str) -> None:
    (error,) = errors_of(sdl_of("timeoutMs: 1", "retry: { maxRetries: 2 }", method=method))

    place, code, told = error.split(" ", 2)
    column = sdl_of("timeoutMs: 1", "retry: { maxRetries: 2 }", method=method).splitlines()[1].index("{ maxR")
    assert (place, code) == (f"a:2:{column + 1}", "RETRY_NOT_IDEMPOTENT")
    assert told == (
        f"{method} may do its work twice when it is sent again: it is never repeated"
        " | Leave 'retry' out, or use one of GET, PUT, DELETE"
    )
    assert errors_of(sdl_of("timeoutMs: 1", "retry: { maxRetries: 0 }", method=method)) == []


NONSENSE = {
    "timeoutMs: 0": "'timeoutMs' is at least 1, not 0",
    "maxConcurrency: -1": "'maxConcurrency' is at least 1, not -1",
    "retry: { maxRetries: -1 }": "'maxRetries' is at least 0, not -1",
    "retry: { maxRetries: 1, backoffMs: -5 }": "'backoffMs' is at least 0, not -5",
    "circuitBreaker: { failureRate: -0.1 }": "'failureRate' is a share between 0 and 1, not -0.1",
    "circuitBreaker: { failureRate: 50 }": (
        "'failureRate' is a share between 0 and 1, not 50 | Did you mean 0.5?"
    ),
    "circuitBreaker: { minRequests: 0 }": "'minRequests' is at least 1, not 0",
    "circuitBreaker: { windowMs: 0 }": "'windowMs' is at least 1, not 0",
    "circuitBreaker: { openMs: -1 }": "'openMs' is at least 1, not -1",
    "rateLimit: { capacity: 0, intervalMs: 1 }": "'capacity' is at least 1, not 0",
    "rateLimit: { capacity: 1, intervalMs: 0 }": "'intervalMs' is at least 1, not 0",
}


@pytest.mark.parametrize(("policy", "message"), NONSENSE.items())
def test_a_number_that_makes_no_sense_is_refused_where_it_stands(policy: str, message: str) -> None:
    wrong = message.split(" | ", maxsplit=1)[0].rpartition(" ")[2]
    name = message.split("'")[1]

    for line, sdl in ((1, sdl_of(policy)), (2, sdl_of("dedupe: true", policy))):
        (error,) = errors_of(sdl)
        column = sdl.splitlines()[line - 1].index(f"{name}: {wrong}") + len(f"{name}: ") + 1
        assert error == f"a:{line}:{column} POLICY_VALUE {message}"


def test_all_of_them_are_reported_at_once() -> None:
    sdl = sdl_of("timeoutMs: 0, maxConcurrency: 0", "circuitBreaker: { failureRate: 2, openMs: 0 }")

    assert [error.split()[1] for error in errors_of(sdl)] == ["POLICY_VALUE"] * 4


@pytest.mark.parametrize("policy", ["rateLimit: { capacity: 1 }", "retry: {}", "retry: { maxRetries: 1.5 }"])
def test_a_part_that_is_not_whole_or_of_another_type_is_refused(policy: str) -> None:
    assert [error.split()[1] for error in errors_of(sdl_of(policy))] == ["BAD_ARGUMENT"]
