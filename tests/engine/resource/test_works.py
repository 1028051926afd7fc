"""Work without tasks: started, waited for, cancelled and failed as tasks are, in fewer turns of the loop."""

import asyncio
from collections.abc import Coroutine

import pytest

from engine.resource.works import Later, Work, Works, in_task


async def wait_for(later: Later[int], told: list[object], name: str = "") -> int:
    told.append(f"began {name}".strip())
    try:
        result = await later
    except asyncio.CancelledError:
        told.append(f"cancelled {name}".strip())
        raise
    told.append(result)
    return result


def test_what_is_ready_runs_in_one_turn_stage_by_stage() -> None:
    async def run() -> list[object]:
        works, told, later = Works(), list[object](), Later[int]()
        for name in ("a", "b"):
            works.start(wait_for(later, told, name))
        assert told == []  # not before the loop's turn
        await asyncio.sleep(0)
        assert told == ["began a", "began b"]
        later.give(7)
        await asyncio.sleep(0)
        return told

    assert asyncio.run(run()) == ["began a", "began b", 7, 7]


class Told:
    """Something ready that is no work."""

    def __init__(self, told: list[object], name: str) -> None:
        self._told = told
        self._name = name

    def step(self) -> None:
        self._told.append(self._name)
        if self._name == "bad":
            raise ValueError


def test_what_is_ready_and_fails_leaves_the_others_going() -> None:
    async def run() -> list[object]:
        works, told, seen = Works(), list[object](), list[object]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))
        for name in ("a", "bad", "b"):
            works.add(Told(told, name))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert [type(error) for error in seen] == [ValueError]
        works.add(Told(told, "c"))
        await asyncio.sleep(0)
        return told

    assert asyncio.run(run()) == ["a", "bad", "b", "c"]


def test_a_result_that_is_there_costs_no_turn() -> None:
    async def run() -> int:
        later = Later[int]()
        later.give(7)
        work = Works().start(wait_for(later, []))
        await asyncio.sleep(0)
        assert work.over
        return work.result()

    assert asyncio.run(run()) == 7


def test_tasks_wait_for_work_and_work_for_tasks() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 7

    async def run() -> int:
        async def ask() -> int:
            return await asyncio.get_running_loop().create_task(answer())

        work = Works().start(ask())
        waiting = [asyncio.ensure_future(wait_for(work, [])) for _ in range(2)]
        return sum(await asyncio.gather(*waiting))

    assert asyncio.run(run()) == 14


def test_an_error_is_raised_to_everybody_who_waits() -> None:
    async def fail() -> int:
        raise ValueError("no")

    async def run() -> list[object]:
        work = Works().start(fail())
        waiting = [asyncio.ensure_future(wait_for(work, [])) for _ in range(2)]
        return [repr(error) for error in await asyncio.gather(*waiting, return_exceptions=True)]

    assert asyncio.run(run()) == ["ValueError('no')"] * 2


def test_who_is_cancelled_leaves_alone() -> None:
    async def run() -> list[object]:
        works, told, later = Works(), list[object](), Later[int]()
        leaving, staying = (works.start(wait_for(later, told, name)) for name in ("a", "b"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        later.give(7)
        assert await staying == 7
        with pytest.raises(asyncio.CancelledError):
            leaving.result()
        return told

    assert asyncio.run(run()) == ["began a", "began b", "cancelled a", 7]


def test_a_task_that_is_cancelled_leaves_alone_too() -> None:
    async def run() -> list[object]:
        told, later = list[object](), Later[int]()
        leaving, staying = (asyncio.ensure_future(wait_for(later, told, name)) for name in ("a", "b"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        later.give(7)
        assert await staying == 7
        assert leaving.cancelled()
        return told

    assert asyncio.run(run()) == ["began a", "began b", "cancelled a", 7]


def test_work_is_cancelled_whatever_it_waits_for() -> None:
    async def on_a_future(told: list[object]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ended")

    async def run() -> list[object]:
        works, told = Works(), list[object]()
        unstarted, waiting = works.start(wait_for(Later[int](), told)), works.start(on_a_future(told))
        unstarted.cancel()
        await asyncio.sleep(0)
        waiting.cancel()
        for work in (unstarted, waiting):
            with pytest.raises(asyncio.CancelledError):
                await work
        return told

    assert asyncio.run(run()) == ["ended"]


def test_work_that_was_woken_and_cancelled_at_once_is_cancelled() -> None:
    async def run() -> list[object]:
        works, told, later = Works(), list[object](), Later[int]()
        work = works.start(wait_for(later, told))
        await asyncio.sleep(0)
        later.give(7)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return told

    assert asyncio.run(run()) == ["began", "cancelled"]


def test_several_run_at_once_and_the_first_that_raises_ends_the_others() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def run() -> list[object]:
        works, told, later = Works(), list[object](), Later[int]()

        async def wait(name: str) -> None:
            await wait_for(later, told, name)

        runs: list[Coroutine[object, None, None]] = [fail(), wait("a"), wait("b")]
        with pytest.raises(ValueError, match="no"):
            await works.run_all(runs)
        await asyncio.sleep(0)
        return told

    assert asyncio.run(run()) == ["began a", "began b", "cancelled a", "cancelled b"]


def test_what_needs_a_task_has_one() -> None:
    @in_task
    async def within() -> int:
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        return 7

    async def ask() -> int:
        return await within()

    async def run() -> int:
        return await Works().start(ask())

    assert asyncio.run(run()) == 7


def test_work_that_lets_others_go_first_comes_back() -> None:
    async def run() -> Work[int]:
        async def yield_once() -> int:
            await asyncio.sleep(0)
            return 7

        work = Works().start(yield_once())
        await work
        return work

    assert asyncio.run(run()).result() == 7
