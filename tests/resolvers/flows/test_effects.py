"""Mutations of a flow: written down before they are made, at least once, always under the same key."""

import asyncio
from datetime import timedelta

from engine.flow.instance import InstanceStatus, NodeStatus, task_id
from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Retry, Taken
from tests.resolvers.flows.models import call, chain, task
from tests.resolvers.flows.world import FlowWorld, make_world, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

REFUND = "mutation { refund { id } }"
MODEL = chain(
    task("ask"),
    call("pay", REFUND, output={"refund": "result.refund.id"}, retry={"maxRetries": 2, "backoffMs": 100}),
    task("tell"),
)


async def answer(_: JsonObject) -> JsonObject:
    return {"refund": {"id": "r1"}}


async def test_a_mutation_is_made_once_and_its_result_is_written(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        taken = await _committed(world)
        assert open_keys(taken) == ["tell"]
        assert taken.instance.variables == {"refund": "r1"}
        [(query, _, key)] = world.upstream.calls
        assert (query, key is not None) == (REFUND, True)
        assert taken.instance.version == 3  # the start, the commit, the result


async def test_a_result_that_was_lost_is_asked_for_again_under_the_same_key(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        died = asyncio.Event()

        async def die(_: JsonObject) -> JsonObject:
            died.set()
            await asyncio.Event().wait()
            return {}

        world.upstream.answers[REFUND] = die
        await world.deploy("refund", MODEL)
        started = await world.start("refund")
        dying = asyncio.create_task(world.commit(open_task(started, "ask")))
        await died.wait()
        dying.cancel()
        other = make_world(world.store)
        other.upstream.answers[REFUND] = answer
        await other.runtime.watch.look()
        assert other.upstream.calls == []  # under the first one's lease
        other.clock.move(timedelta(minutes=1))
        await other.runtime.watch.look()
        await other.runtime.close()
        assert [key for *_, key in other.upstream.calls] == [key for *_, key in world.upstream.calls]
        instance = await other.instances.find(started.instance.id)
        assert instance is not None
        assert instance.variables == {"refund": "r1"}


async def test_a_repeat_gives_the_tasks_that_the_call_led_to(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        world.upstream.answers[REFUND] = answer
        await world.deploy("refund", MODEL)
        ask = open_task(await world.start("refund"), "ask")
        first = await world.commit(ask, key="once")
        again = await world.commit(ask, key="once")
        assert (open_keys(again), again.replayed) == (open_keys(first), True) == (["tell"], True)
        assert len(world.upstream.calls) == 1


async def test_a_failing_call_is_tried_again_and_then_is_an_incident(store_data: StoreData) -> None:
    async with open_world(store_data) as world:

        async def fail(_: JsonObject) -> JsonObject:
            raise CallFailed(code="UPSTREAM_TIMEOUT", message="no answer", retryable=True)

        world.upstream.answers[REFUND] = fail
        await world.deploy("refund", MODEL)
        started = await world.start("refund")
        committing = asyncio.create_task(world.commit(open_task(started, "ask")))
        while not committing.done():
            world.clock.move(timedelta(seconds=1))
            await asyncio.sleep(0)
        taken = committing.result()
        assert taken.instance.status is InstanceStatus.RUNNING
        assert [incident.code for incident in taken.instance.incidents] == ["UPSTREAM_TIMEOUT"]
        assert len(world.upstream.calls) == 3
        assert len({key for *_, key in world.upstream.calls}) == 1
        world.upstream.answers[REFUND] = answer
        failed = next(node for node in taken.instance.nodes.values() if node.status is NodeStatus.FAILED)
        again = await world.runtime.retry(
            Retry(asking=Asking(subject="li"), task=task_id(taken.instance.id, failed.id))
        )
        assert open_keys(again) == ["tell"]
        assert len({key for *_, key in world.upstream.calls}) == 1


async def _committed(world: FlowWorld) -> Taken:
    world.upstream.answers[REFUND] = answer
    await world.deploy("refund", MODEL)
    started = await world.start("refund")
    return await world.commit(open_task(started, "ask"))
