"""Places of a source: given in order, and refused to whoever would wait in vain, at once."""

import asyncio
from collections import Counter

from engine.resource.traffic.gate import Gate
from tests.servers.virtual_time import run_in_virtual_time


async def pass_through(gate: Gate, *, hold_s: float, patience_s: float) -> tuple[str, float]:
    """Take a place, hold it: what came of it and after how long."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    if not gate.admits(patience_s):
        return "refused", loop.time() - began
    if not await gate.take(patience_s):
        return "too late", loop.time() - began
    started = loop.time()
    await asyncio.sleep(hold_s)
    gate.give(loop.time() - started)
    return "served", loop.time() - began


def test_places_are_given_in_the_order_of_asking() -> None:
    async def run() -> list[int]:
        gate, order = Gate(1), list[int]()

        async def one(number: int) -> None:
            assert await gate.take(10)
            order.append(number)
            await asyncio.sleep(0.1)
            gate.give(0.1)

        await asyncio.gather(*(one(number) for number in range(5)))
        return order

    assert run_in_virtual_time(run()) == [0, 1, 2, 3, 4]


def test_who_leaves_the_queue_leaves_his_turn_to_the_next() -> None:
    async def run() -> bool:
        gate = Gate(1)
        assert gate.take_free()
        first, second = (asyncio.create_task(gate.take(10)) for _ in range(2))
        await asyncio.sleep(0)
        gate.give(0.1)
        first.cancel()  # given and cancelled in one turn of the loop
        await asyncio.gather(first, return_exceptions=True)
        return await second

    assert run_in_virtual_time(run())


def test_at_twice_what_can_be_served_the_excess_is_refused_at_once_and_the_rest_served() -> None:
    async def run() -> list[tuple[str, float]]:
        gate = Gate(10)
        callers: list[asyncio.Task[tuple[str, float]]] = []
        for _ in range(4_000):  # 400 a second, where 200 can be served
            callers.append(asyncio.create_task(pass_through(gate, hold_s=0.05, patience_s=1)))
            await asyncio.sleep(1 / 400)
        return list(await asyncio.gather(*callers))

    outcomes = run_in_virtual_time(run())

    counts = Counter(outcome for outcome, _ in outcomes)
    assert counts["served"] >= 2_000
    assert counts["too late"] == 0
    assert counts["refused"] == 4_000 - counts["served"]
    assert all(took == 0 for outcome, took in outcomes if outcome == "refused")
    assert max(took for _, took in outcomes) <= 0.6


def test_when_a_source_becomes_slow_nobody_waits_longer_than_his_time() -> None:
    async def run() -> list[tuple[str, float]]:
        gate = Gate(10)
        callers: list[asyncio.Task[tuple[str, float]]] = []
        for number in range(2_000):
            hold_s = 0.05 if number < 400 else 5
            callers.append(asyncio.create_task(pass_through(gate, hold_s=hold_s, patience_s=1)))
            await asyncio.sleep(1 / 400)
        return list(await asyncio.gather(*callers))

    outcomes = run_in_virtual_time(run())

    assert all(took <= 1.001 for outcome, took in outcomes if outcome != "served")
    slow = [outcome for outcome, _ in outcomes[800:]]
    assert slow.count("refused") > 0.95 * len(slow)


def test_a_queue_that_can_be_served_in_time_is_refused_to_nobody() -> None:
    async def run() -> list[tuple[str, float]]:
        gate = Gate(2)
        return list(await asyncio.gather(*(pass_through(gate, hold_s=0.2, patience_s=10) for _ in range(40))))

    assert {outcome for outcome, _ in run_in_virtual_time(run())} == {"served"}
