"""Timers and messages: each is taken once, whoever looks and whatever came first."""

import asyncio
from datetime import timedelta

from engine.flow.instance import InstanceId, InstanceStatus
from engine.flow.runtime import Asking, Message
from tests.resolvers.flows.models import chain, flow, model, task
from tests.resolvers.flows.world import FlowWorld, make_world, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

ESCALATED = model(
    {"key": "start", "type": "startEvent"},
    task("ask"),
    {"key": "late", "type": "boundaryEvent", "attachedTo": "ask", "duration": "PT30M"},
    task("supervise"),
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "ask"),
    flow("s2", "ask", "end"),
    flow("s3", "late", "supervise"),
    flow("s4", "supervise", "end"),
)
FOUND = chain(
    task("ask"),
    {"key": "wait", "type": "messageCatchEvent", "message": "found", "output": {"place": "message.place"}},
    task("tell"),
)


def found(world: FlowWorld, case: str = "c1", **variables: str) -> Message:
    return Message(asking=Asking(subject="driver"), name="found", case_id=case, variables=dict(variables))


async def test_a_timer_that_is_due_moves_the_task_on(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("fee", ESCALATED)
        taken = await world.start("fee")
        await world.runtime.watch.look()
        assert await _open(world, taken.instance.id) == ["ask"]
        world.clock.move(timedelta(minutes=30))
        await world.runtime.watch.look()
        assert await _open(world, taken.instance.id) == ["supervise"]


async def test_a_timer_fires_once_however_many_look(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("fee", ESCALATED)
        taken = await world.start("fee")
        others = [world, *(make_world(world.store) for _ in range(3))]
        for other in others:
            other.clock.moment = world.clock.moment + timedelta(hours=1)
        await asyncio.gather(*(other.runtime.watch.look() for other in others))
        assert await _open(world, taken.instance.id) == ["supervise"]
        instance = await world.instances.find(taken.instance.id)
        assert instance is not None
        assert instance.version == 2
        assert [fault for other in others for fault in other.faults] == []


async def test_a_clock_that_steps_back_fires_nothing_early_and_nothing_twice(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("fee", ESCALATED)
        first = (await world.start("fee")).instance.id
        hour = timedelta(hours=1)
        world.clock.move(-hour)
        second = (await world.start("fee")).instance.id
        for step, open_first, open_second in (
            (timedelta(), "ask", "ask"),
            (hour + timedelta(minutes=29), "ask", "supervise"),  # which began an hour before the first
            (timedelta(minutes=1), "supervise", "supervise"),
            (-2 * hour, "supervise", "supervise"),
            (4 * hour, "supervise", "supervise"),
        ):
            world.clock.move(step)
            await world.runtime.watch.look()
            assert await _open(world, first) == [open_first]
            assert await _open(world, second) == [open_second]
        for name in (first, second):
            instance = await world.instances.find(name)
            assert instance is not None
            assert instance.version == 2


async def test_a_committed_task_has_no_timer_left(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("fee", ESCALATED)
        taken = await world.start("fee")
        taken = await world.commit(open_task(taken, "ask"))
        world.clock.move(timedelta(hours=1))
        await world.runtime.watch.look()
        assert taken.instance.status is InstanceStatus.COMPLETED
        assert await _open(world, taken.instance.id) == []


async def test_a_message_reaches_who_waits(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lost", FOUND)
        taken = await world.start("lost", case="c1")
        taken = await world.commit(open_task(taken, "ask"))
        assert open_keys(taken) == []
        assert await world.runtime.send(found(world, "c2", place="elsewhere")) == []
        [step] = await world.runtime.send(found(world, place="seat 4"))
        assert open_keys(step) == ["tell"]
        assert step.instance.variables == {"place": "seat 4"}


async def test_a_message_that_came_first_is_kept_and_taken_once(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lost", FOUND)
        assert await world.runtime.send(found(world, place="seat 4")) == []
        first = await world.start("lost", case="c1")
        second = await world.start("lost", case="c1")
        first = await world.commit(open_task(first, "ask"))
        second = await world.commit(open_task(second, "ask"))
        assert (open_keys(first), open_keys(second)) == (["tell"], [])
        assert first.instance.variables == {"place": "seat 4"}


async def test_a_message_kept_too_long_is_not_taken(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lost", FOUND)
        await world.runtime.send(found(world, place="seat 4"))
        world.clock.move(timedelta(hours=2))
        taken = await world.start("lost", case="c1")
        taken = await world.commit(open_task(taken, "ask"))
        assert open_keys(taken) == []


async def test_the_same_message_sent_again_under_its_key_is_kept_once(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lost", FOUND)
        keyed = Message(asking=Asking(subject="driver", key="k"), name="found", case_id="c1")
        assert await world.runtime.send(keyed) == []
        assert await world.runtime.send(keyed) == []
        assert len(await world.instances.messages("found", world.clock.now())) == 1


async def _open(world: FlowWorld, instance: InstanceId) -> list[str]:
    found_ = await world.instances.find(instance)
    assert found_ is not None
    return sorted(task_.element for task_ in found_.tasks.values())
