"""An API that fails too often is left alone but for probes, and is back soon after it heals."""

import asyncio

import pytest

from engine.resource.calls import Answer
from engine.resource.run.execution import Written
from tests.engine.resource.run.operations import status
from tests.engine.resource.run.policies import (
    LATE,
    OK,
    REFUSED,
    Reply,
    World,
    ask,
    ask_each,
    codes,
    module,
    only_failure,
)
from tests.servers.virtual_time import run_in_virtual_time

BREAKER = "circuitBreaker: { failureRate: 0.5, minRequests: 4, windowMs: 10000, openMs: 5000 }"


@pytest.mark.parametrize(
    "fault", [status(500), status(503), REFUSED, LATE, Answer(200, {}, b"<html>")], ids=str
)
def test_an_api_that_fails_is_left_alone_but_for_a_probe(fault: Reply) -> None:
    world = World(registry=module(BREAKER), replies=[fault])

    written = run_in_virtual_time(ask_each(world, 200, every_s=0.1))

    assert len(world.calls) == 4 + 3, "20 seconds: opened at the fourth, then a probe each five"
    assert set(codes(written[4:])) - {"CIRCUIT_OPEN"} == {codes(written)[0]}
    refusal = written[4].errors[0][0]
    assert refusal.facts["retryable"] is True
    assert refusal.facts["retryAfterMs"] == 4_900


def test_it_is_back_within_the_open_time_when_it_heals() -> None:
    async def run() -> float:
        await ask_each(world, 10, every_s=0.1)
        world.replies = [OK]
        refused = codes(await ask_each(world, 100, every_s=0.1))
        assert set(refused) == {"CIRCUIT_OPEN"}
        return len(refused) * 0.1

    world = World(registry=module(BREAKER), replies=[status(503)])

    assert run_in_virtual_time(run()) <= 5.1


@pytest.mark.parametrize("answer", [status(404), status(429), OK], ids=str)
def test_answers_below_500_open_nothing(answer: Answer) -> None:
    world = World(registry=module(BREAKER), replies=[answer])

    assert "CIRCUIT_OPEN" not in codes(run_in_virtual_time(ask_each(world, 50)))
    assert len(world.calls) == 50


def test_an_api_that_hangs_past_every_deadline_is_left_alone_too() -> None:
    async def run() -> list[Written]:
        written: list[Written] = []
        for _ in range(10):
            written.append(await world.ask("{ a }", deadline_s=1))
            await asyncio.sleep(0.01)  # what is given up ends in its own time
        return written

    world = World(registry=module(f"timeoutMs: 1500, {BREAKER}"), takes_s=100)

    assert codes(run_in_virtual_time(run())) == ["DEADLINE_EXCEEDED"] * 4 + ["CIRCUIT_OPEN"] * 6


def test_callers_in_a_hurry_do_not_speak_against_an_api() -> None:
    async def run() -> list[Written]:
        return [await world.ask("{ a }", deadline_s=0.2) for _ in range(10)]

    world = World(registry=module(f"timeoutMs: 1500, {BREAKER}"), takes_s=1)

    assert set(codes(run_in_virtual_time(run()))) == {"DEADLINE_EXCEEDED"}


def test_all_apis_of_a_source_share_its_breaker_but_one_with_its_own() -> None:
    async def run(own: str) -> list[str]:
        world = World(registry=module(BREAKER, own=own), replies=[status(503)])
        await ask_each(world, 10)
        return codes([await world.ask("{ b }")])

    assert run_in_virtual_time(run("")) == ["CIRCUIT_OPEN"]
    assert run_in_virtual_time(run("policy: { circuitBreaker: { openMs: 9000 } }")) == ["UPSTREAM_STATUS"]
    assert run_in_virtual_time(run("policy: { circuitBreaker: null }")) == ["UPSTREAM_STATUS"]


def test_a_call_is_not_repeated_against_an_open_breaker() -> None:
    world = World(registry=module(f"{BREAKER}, retry: {{ maxRetries: 9 }}"), replies=[status(503)])

    failure = only_failure(ask(world))

    assert (failure.code, failure.facts["attempt"], len(world.calls)) == ("UPSTREAM_STATUS", 4, 4)
