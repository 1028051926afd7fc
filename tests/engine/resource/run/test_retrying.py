"""Calls are repeated where that may help: idempotent ones, within the deadline and the budget."""

import asyncio

import pytest

from engine.resource.calls import EGRESS_BLOCKED, UPSTREAM_UNREACHABLE, Answer, CallFailed
from engine.resource.run.execution import Written
from tests.engine.resource.run.operations import status
from tests.engine.resource.run.policies import (
    LATE,
    OK,
    REFUSED,
    Reply,
    World,
    ask,
    busy,
    module,
    only_failure,
)
from tests.servers.virtual_time import run_in_virtual_time

RETRY = "retry: { maxRetries: 2, backoffMs: 100 }"


@pytest.mark.parametrize("first", [REFUSED, status(429), status(502), status(503), status(504)])
def test_a_call_is_repeated_until_it_succeeds(first: Reply) -> None:
    world = World(registry=module(RETRY), replies=[first, first, OK])

    written = ask(world)

    assert written.data == {"a": 1}
    assert not written.errors
    assert len(world.calls) == 3
    pauses = [after - before for before, after in zip(world.times, world.times[1:], strict=False)]
    assert 0 < pauses[0] < 0.1
    assert 0 < pauses[1] < 0.2


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (status(500), "UPSTREAM_STATUS"),
        (status(404), "UPSTREAM_STATUS"),
        (CallFailed(code=EGRESS_BLOCKED, message="no", retryable=False), "EGRESS_BLOCKED"),
        (
            CallFailed(code=UPSTREAM_UNREACHABLE, message="certificate", retryable=False),
            "UPSTREAM_UNREACHABLE",
        ),
        (LATE, "UPSTREAM_TIMEOUT"),  # is not in the default list
    ],
)
def test_what_repeating_does_not_mend_is_not_repeated(reply: Reply, code: str) -> None:
    world = World(registry=module(RETRY), replies=[reply])

    failure = only_failure(ask(world))

    assert (failure.code, failure.facts["attempt"], len(world.calls)) == (code, 1, 1)


def test_the_failure_of_the_last_attempt_says_which_it_was() -> None:
    world = World(registry=module(RETRY), replies=[REFUSED, status(502), status(503)])

    failure = only_failure(ask(world))

    assert (failure.code, failure.facts["httpStatus"], failure.facts["attempt"]) == (
        "UPSTREAM_STATUS",
        503,
        3,
    )


@pytest.mark.parametrize(("last", "attempt"), [(REFUSED, 3), (Answer(200, {}, b"{"), 2)])
def test_so_does_that_of_an_answer_that_never_came_or_is_broken(last: Reply, attempt: int) -> None:
    world = World(registry=module(RETRY), replies=[status(503), last])

    assert only_failure(ask(world)).facts["attempt"] == attempt


def test_a_timeout_is_repeated_where_the_policy_says_so_each_attempt_with_its_own_time() -> None:
    policy = "timeoutMs: 1000, retry: { maxRetries: 1, backoffMs: 0, on: [TIMEOUT] }"
    world = World(registry=module(policy), takes_s=3)

    failure = only_failure(ask(world, deadline_s=10))

    assert (failure.code, failure.facts["attempt"]) == ("UPSTREAM_TIMEOUT", 2)
    assert world.times == [0, 1]


@pytest.mark.parametrize("asked", ["2", "Sun, 01 Mar 2026 00:00:02 GMT"])
def test_retry_after_is_waited_for(asked: str) -> None:
    world = World(registry=module(RETRY), replies=[busy(asked), OK])

    assert ask(world, deadline_s=10).data == {"a": 1}
    assert 2 <= world.times[1] < 2.1


@pytest.mark.parametrize("deadline_s", [10, None])
def test_what_cannot_be_repeated_within_the_deadline_fails_at_once(deadline_s: float | None) -> None:
    async def run() -> tuple[float, Written]:
        written = await world.ask("{ a }", deadline_s=deadline_s)
        return asyncio.get_running_loop().time(), written

    world = World(registry=module(RETRY), replies=[busy("3600")])

    took_s, written = run_in_virtual_time(run())

    assert (took_s, only_failure(written).facts["httpStatus"]) == (0, 503)


@pytest.mark.parametrize(
    ("method", "operation", "calls"),
    [
        ("GET", "Query", 3),
        ("PUT", "Mutation", 3),
        ("DELETE", "Mutation", 3),
        ("POST", "Mutation", 1),
        ("PATCH", "Mutation", 1),
        ("POST", "Query", 1),
    ],
)
def test_only_idempotent_methods_are_repeated(method: str, operation: str, calls: int) -> None:
    world = World(registry=module(RETRY, method=method, operation=operation), replies=[status(503)])

    written = ask(world, f"{operation.lower()} {{ a }}")

    assert only_failure(written).facts["attempt"] == calls
    assert len(world.calls) == calls


def test_an_api_that_only_fails_gets_a_tenth_more_calls_and_no_more() -> None:
    async def run() -> None:
        for n in range(200):
            await world.ask(f"{{ a(n: {n}) }}")

    world = World(registry=module(RETRY), replies=[status(503)])

    run_in_virtual_time(run())

    assert 200 + 20 <= len(world.calls) <= 200 * 1.1 + 1, "a tenth, and what the time of the test fills"


def test_each_attempt_counts_for_the_limit_of_calls_and_none_for_the_bound() -> None:
    world = World(registry=module(RETRY), replies=[status(503)])

    failure = only_failure(ask(world, max_calls=2))

    assert (failure.code, failure.facts["attempt"], len(world.calls)) == ("UPSTREAM_STATUS", 2, 2)
    assert (world.requests[0].calls_made, world.requests[0].retries_made) == (2, 1)


def test_who_shares_a_call_shares_its_repetitions() -> None:
    async def run() -> list[Written]:
        return list(await asyncio.gather(*(world.ask("{ a }") for _ in range(5))))

    world = World(registry=module(RETRY), replies=[status(503), OK], takes_s=0.01)

    assert [written.data for written in run_in_virtual_time(run())] == [{"a": 1}] * 5
    assert len(world.calls) == 2


def test_a_repetition_is_given_up_when_its_caller_leaves() -> None:
    async def run() -> None:
        asking = asyncio.create_task(world.ask("{ a }"))
        await asyncio.sleep(1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await asyncio.sleep(100)

    world = World(registry=module(RETRY), replies=[busy("5")])

    run_in_virtual_time(run())

    assert world.times == [0]
