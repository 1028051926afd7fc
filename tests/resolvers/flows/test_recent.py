"""A commit begins with what its process wrote last, and never overlooks what another wrote since."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from engine.flow.errors import (
    ConditionFailed,
    FlowVersionConflict,
    InstanceNotRunning,
    TaskClaimed,
    TaskNotOpen,
)
from engine.flow.instance import Instance, OpenTask
from engine.flow.runtime import Asking, Commit, Judged, Taken
from engine.flow.runtime.recent import RecentInstances
from tests.resolvers.flows.models import Json, chain, flow, model, task
from tests.resolvers.flows.world import COLLECTIONS, FlowWorld, make_world, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

FORK: Json = model(
    {"key": "start", "type": "startEvent"},
    {"key": "fork", "type": "parallelGateway"},
    task("left"),
    task("right"),
    {"key": "join", "type": "parallelGateway"},
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "fork"),
    flow("s2", "fork", "left"),
    flow("s3", "fork", "right"),
    flow("s4", "left", "join"),
    flow("s5", "right", "join"),
    flow("s6", "join", "end"),
)


@asynccontextmanager
async def two(data: StoreData) -> AsyncGenerator[tuple[FlowWorld, FlowWorld, Taken]]:
    """Two processes on one store; the first has started the fork, and so remembers it."""
    async with data.open(*COLLECTIONS) as store, data.open(*COLLECTIONS) as others:
        one, other = make_world(store), make_world(others)
        await one.deploy("flow", FORK)
        yield one, other, await one.start("flow")


async def test_the_branch_another_process_went_on_with_is_kept(store_data: StoreData) -> None:
    async with two(store_data) as (one, other, taken):
        assert open_keys(await other.commit(open_task(taken, "left"), {"l": 1})) == ["right"]
        ended = await one.commit(open_task(taken, "right"), {"r": 2})
        assert (open_keys(ended), ended.instance.variables) == ([], {"l": 1, "r": 2})
        assert await one.instances.find(ended.instance.id) == ended.instance


async def test_what_another_process_committed_is_refused_or_repeated(store_data: StoreData) -> None:
    async with two(store_data) as (one, other, taken):
        left = open_task(taken, "left")
        await other.commit(left, {"l": 1}, key="k")
        with pytest.raises(TaskNotOpen):
            await one.commit(left, {"l": 2})
        assert (await one.commit(left, {"l": 1})).replayed
        assert (await one.commit(left, {"l": 1}, key="k")).replayed


async def test_a_task_claimed_or_suspended_elsewhere_is_judged_as_it_is_stored(store_data: StoreData) -> None:
    async with two(store_data) as (one, other, taken):
        left = open_task(taken, "left")
        await other.runtime.edit_task(Asking(subject="wu"), left, claim)
        with pytest.raises(TaskClaimed):
            await one.runtime.commit(Commit(asking=Asking(subject="li", judge=unclaimed), task=left))
        with pytest.raises(FlowVersionConflict):
            await one.runtime.commit(Commit(asking=Asking(subject="li"), task=left, expected_version=1))
        await other.runtime.edit_instance(Asking(subject="wu"), taken.instance.id, suspend)
        with pytest.raises(InstanceNotRunning):
            await one.commit(open_task(taken, "right"))


async def test_a_refusal_of_what_was_remembered_is_not_one_of_what_is_stored(store_data: StoreData) -> None:
    async with two(store_data) as (one, other, taken):
        left = open_task(taken, "left")
        await other.runtime.edit_task(Asking(subject="wu"), left, claim)
        claimed = Commit(asking=Asking(subject="wu"), task=left, expected_version=2)
        assert open_keys(await one.runtime.commit(claimed)) == ["right"]


async def test_a_refused_step_leaves_what_is_remembered_as_it_was(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        condition = flow("only", "ask", "tell", "vars.sum > 5")
        elements = [{"key": "start", "type": "startEvent"}, task("ask"), task("tell")]
        end = [{"key": "end", "type": "endEvent"}, flow("in", "start", "ask"), flow("out", "tell", "end")]
        await world.deploy("flow", model(*elements, *end, condition))
        taken = await world.start("flow", {"n": 1})
        before = remembered(world, taken)
        with pytest.raises(ConditionFailed):
            await world.commit(open_task(taken, "ask"), {"n": 2})
        assert remembered(world, taken) == before == taken.instance
        after = await world.commit(open_task(taken, "ask"), {"sum": 6})
        assert after.instance.variables == {"n": 1, "sum": 6}


async def test_no_more_is_remembered_than_was_allowed(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("flow", chain(task("ask"), task("tell")))
        started = [await world.start("flow") for _ in range(3)]
        size = max(one.instance.encoding.size for one in started if one.instance.encoding is not None)
        for bounds in ({"at_most": 2}, {"bytes_at_most": 2 * size}):
            recent = RecentInstances(**bounds)
            recent.keep(one.instance for one in started)
            kept = [recent.take(one.instance.id, next(iter(one.instance.tasks))) for one in started]
            assert kept == [None, started[1].instance, started[2].instance]


def remembered(world: FlowWorld, taken: Taken) -> Instance | None:
    return world.running.recent.take(taken.instance.id, next(iter(taken.instance.tasks)))


def claim(_: Instance, found: OpenTask) -> None:
    found.assignee = "wu"
    found.version += 1


def suspend(instance: Instance) -> None:
    instance.suspended = True


def unclaimed(judged: Judged) -> None:
    if judged.task is not None and judged.task.assignee is not None:
        raise TaskClaimed(task="left")
