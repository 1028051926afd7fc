"""One timer tells everybody in time, in the order of their deadlines, and nobody who was forgotten."""

import asyncio
from collections.abc import Callable

import uvloop

from engine.resource.alarm import Alarm


class Sleeper:
    def __init__(self, told: "list[Sleeper]", then: Callable[[], None] = lambda: None) -> None:
        self._told = told
        self._then = then

    def time_out(self) -> None:
        self._told.append(self)
        self._then()


async def rung(alarm: Alarm, at: float) -> None:
    """Until a sleeper of our own, with the last deadline, is told."""
    over = asyncio.Event()
    alarm.set(Sleeper([], over.set), at)
    await asyncio.wait_for(over.wait(), 5)


def test_sleepers_are_told_in_the_order_of_their_deadlines_and_once() -> None:
    async def run() -> tuple[list[Sleeper], list[Sleeper]]:
        loop = asyncio.get_running_loop()
        alarm, told, now = Alarm(loop), list[Sleeper](), loop.time()
        late, early = Sleeper(told), Sleeper(told)
        alarm.set(late, now + 0.02)
        alarm.set(early, now + 0.01)
        await rung(alarm, now + 0.03)
        return told, [early, late]

    told, expected = asyncio.run(run())
    assert told == expected


def test_who_was_forgotten_or_put_off_is_not_told_before() -> None:
    async def run() -> list[Sleeper]:
        loop = asyncio.get_running_loop()
        alarm, told, now = Alarm(loop), list[Sleeper](), loop.time()
        forgotten, put_off = Sleeper(told), Sleeper(told)
        alarm.set(forgotten, now + 0.01)
        alarm.set(put_off, now + 0.01)
        alarm.forget(forgotten)
        alarm.set(put_off, now + 60)
        await rung(alarm, now + 0.02)
        alarm.close()
        return told

    assert asyncio.run(run()) == []


def test_a_sleeper_that_is_told_may_have_others_forgotten_and_set_itself_again() -> None:
    async def run() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        alarm, told, others, now = Alarm(loop), list[Sleeper](), list[Sleeper](), loop.time()
        other = Sleeper(others)

        def again() -> None:
            alarm.forget(other)
            if len(told) < 2:
                alarm.set(sleeper, now)

        sleeper = Sleeper(told, again)
        alarm.set(sleeper, now)
        alarm.set(other, now)
        await rung(alarm, now + 0.02)
        return len(told), len(others)

    assert asyncio.run(run()) == (2, 0)


def test_a_deadline_that_has_passed_is_no_timer_and_hinders_no_other() -> None:
    async def run() -> int:
        loop = asyncio.get_running_loop()
        alarm, told, now = Alarm(loop), list[Sleeper](), loop.time()
        alarm.set(Sleeper(told), now - 1)
        alarm.set(Sleeper(told), now - 2)
        alarm.set(Sleeper(told), now + 0.01)
        await rung(alarm, now + 0.02)
        return len(told)

    assert uvloop.run(run()) == asyncio.run(run()) == 3
