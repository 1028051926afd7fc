"""Calls beyond a rate or a number of places are refused at once, or wait as long as that is worth it."""

import asyncio

import pytest

from engine.resource.run.execution import Written
from tests.engine.resource.run.operations import codes_of, status
from tests.engine.resource.run.policies import (
    World,
    ask,
    codes,
    module,
    only_failure,
)
from tests.servers.virtual_time import run_in_virtual_time

RETRY = "retry: { maxRetries: 2, backoffMs: 100 }"


def test_calls_beyond_the_rate_are_refused_and_made_again_later() -> None:
    async def run() -> list[str]:
        early = codes([await world.ask(f"{{ a(n: {n}) }}") for n in range(5)])
        await asyncio.sleep(1.02)
        return early + codes([await world.ask("{ a }")])

    world = World(registry=module("rateLimit: { capacity: 3, intervalMs: 1000 }"))

    assert run_in_virtual_time(run()) == ["RATE_LIMITED", "RATE_LIMITED"]
    assert len(world.calls) == 4


def test_a_refusal_says_when_to_come_again_and_counts_as_no_call() -> None:
    world = World(registry=module("rateLimit: { capacity: 1, intervalMs: 1000 }"))

    written = ask(world, "{ a b }")

    failure = only_failure(written)
    assert failure.facts["retryable"] is True
    assert failure.facts["retryAfterMs"] == pytest.approx(1_000, abs=11)
    assert world.requests[0].calls_made == 1


def test_each_attempt_takes_of_the_rate_and_a_refused_one_ends_the_repetitions() -> None:
    policy = f"rateLimit: {{ capacity: 2, intervalMs: 60000 }}, {RETRY}"
    world = World(registry=module(policy), replies=[status(503)])

    failure = only_failure(ask(world))

    assert (failure.code, failure.facts["attempt"], len(world.calls)) == ("UPSTREAM_STATUS", 2, 2)


def test_an_api_with_a_rate_of_its_own_is_counted_apart() -> None:
    own = "policy: { rateLimit: { capacity: 1, intervalMs: 60000 } }"
    world = World(registry=module("rateLimit: { capacity: 2, intervalMs: 60000 }", own=own))

    written = ask(world, "{ a1: a(n: 1) a2: a(n: 2) b }")

    assert [path for path, _ in codes_of(written)] == ["a2"]


def at_once(world: World, count: int, deadline_s: float) -> list[Written]:
    async def run() -> list[Written]:
        asking = (world.ask(f"{{ a(n: {n}) }}", deadline_s=deadline_s) for n in range(count))
        return list(await asyncio.gather(*asking))

    return run_in_virtual_time(run())


def test_no_more_than_its_places_are_under_way_and_the_others_wait() -> None:
    world = World(registry=module("maxConcurrency: 3"), takes_s=0.1)

    assert codes(at_once(world, 20, 10)) == []
    assert (world.most_at_once, world.times[-1]) == (3, pytest.approx(0.6))


def test_what_would_wait_in_vain_is_refused_with_what_to_do() -> None:
    async def run() -> tuple[float, Written]:
        first = asyncio.gather(*(world.ask(f"{{ a(n: {n}) }}", deadline_s=10) for n in range(8)))
        await asyncio.sleep(1.5)  # one second a call, one place: the last waits for seven seconds
        began = asyncio.get_running_loop().time()
        written = await world.ask("{ a(n: 99) }", deadline_s=10)
        took_s = asyncio.get_running_loop().time() - began
        await first
        return took_s, written

    world = World(registry=module("maxConcurrency: 1"), takes_s=1)

    took_s, written = run_in_virtual_time(run())

    failure = only_failure(written)
    assert took_s == 0
    assert (failure.code, failure.facts["retryable"]) == ("RATE_LIMITED", True)
    assert failure.facts["retryAfterMs"] == 7_000


def test_the_time_in_the_queue_is_not_taken_from_the_call() -> None:
    world = World(registry=module("timeoutMs: 1000, maxConcurrency: 1"), takes_s=0.4)

    assert codes(at_once(world, 2, 10)) == []
