"""R6: an API that gets twice what it can do, or becomes a hundred times slower, is not finished off."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.faults.form import LONG
from tests.faults.pressed_api import CAPACITY, PLACES, Callers, PressedApi
from tests.servers.client import connect
from tests.servers.cost import cost_of
from tests.servers.gateway import Gateway
from tests.servers.upstream import serve_upstream

SECONDS = 20.0 if LONG else 1.0
TIMEOUT_MS, WINDOW_MS, OPEN_MS = (1_000, 2_000, 5_000) if LONG else (200, 200, 500)
SDL = """
extend schema @owner(unit: "demo")
  @source(name: "s", http: {{ baseURL: "{base}" }}, policy: {{ {policy} }})
type Query {{ n(n: Int): Int @connect(source: "s", http: {{ GET: "/n?n={{$args.n}}" }}, selection: "$.n") }}
"""
LIMITED = (
    f"timeoutMs: 1000, maxConcurrency: {PLACES},"
    " retry: { maxRetries: 3, on: [CONNECT_ERROR, TIMEOUT, S503] }"
)
BROKEN = (
    f"timeoutMs: {TIMEOUT_MS}, maxConcurrency: {PLACES},"
    f" circuitBreaker: {{ minRequests: {PLACES}, windowMs: {WINDOW_MS}, openMs: {OPEN_MS} }}"
)
SHED_MS = 10.0


@asynccontextmanager
async def pressed(gateway: Gateway, policy: str) -> AsyncGenerator[tuple[PressedApi, Callers]]:
    api = PressedApi()
    async with serve_upstream({"/n": api}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url(""), policy=policy))
        callers = Callers(gateway.url)
        yield api, callers
        await callers.leave()


async def test_R6_at_twice_its_capacity_an_api_gets_what_it_can_do_and_the_rest_is_refused_at_once(
    gateway: Gateway,
) -> None:
    async with pressed(gateway, LIMITED) as (api, callers):
        peak = await callers.press(per_s=CAPACITY * 0.95, seconds=SECONDS / 2)
        api.asked = 0

        with cost_of(gateway) as cost:
            over = await callers.press(per_s=2 * CAPACITY, seconds=SECONDS)

    print(f"at capacity: {peak}; at twice that: {over}; memory + {cost.grown_mb:.1f} MB")
    assert set(over.refused_s) == {"RATE_LIMITED"}
    assert not over.not_retryable
    assert api.asked <= 1.1 * len(over.served_s)
    if LONG:
        assert over.served_per_s >= 0.8 * peak.served_per_s
        assert over.refused_within(SHED_MS, "RATE_LIMITED") > 0.99
        assert cost.grown_mb < 5


async def test_R6_an_api_that_becomes_slow_is_left_alone_until_it_is_well(gateway: Gateway) -> None:
    async with pressed(gateway, BROKEN) as (api, callers):
        await callers.press(per_s=CAPACITY, seconds=SECONDS / 4)
        api.asked, api.takes_s = 0, 5.0

        slow = await callers.press(per_s=2 * CAPACITY, seconds=SECONDS)
        asked_slow = api.asked
        api.takes_s = 0.05
        back = await callers.press(per_s=CAPACITY / 2, seconds=6 if LONG else 2)

    print(f"slow: {slow}, {asked_slow} calls; then: {back}")
    assert "CIRCUIT_OPEN" in slow.refused_s
    assert not slow.not_retryable
    assert asked_slow <= 4 * PLACES + SECONDS / (OPEN_MS / 1000) + 1
    assert back.served_s, "it is back"
    if LONG:
        assert slow.refused_within(SHED_MS, "CIRCUIT_OPEN") > 0.99
