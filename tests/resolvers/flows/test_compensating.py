"""Going back takes calls back in every instance it reaches: in called flows, and in the caller of one."""

import asyncio
from datetime import timedelta

import pytest

from engine.flow.errors import InstanceNotRunning, TaskNotOpen
from engine.flow.instance import InstanceId, InstanceStatus, NodeStatus, TaskId, task_id
from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Retry, Rollback, Taken, Terminate
from tests.resolvers.flows.models import Json, call, called, chain, flow, model, task
from tests.resolvers.flows.world import FlowWorld, make_world, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

DO = "mutation($w: String!) { do(what: $w) }"
UNDO = "mutation($w: String!) { undo(what: $w) }"


def pay(key: str) -> Json:
    """Taken back by what it wrote: with the variables of its time."""
    return call(
        key,
        DO,
        output={key: f"'{key}:' + (has(vars.n) ? vars.n : '')"},
        compensate={"query": UNDO, "variables": {"w": f"vars.{key}"}},
    )


CHILD = chain(pay("reserve"), task("inspect"), pay("ship"), task("report"))
PARENT = chain(task("ask"), pay("charge"), called("check", "child"), pay("thank"), task("tell"))


class Undone:
    """What was taken back, in its order; nothing is answered while it is held."""

    def __init__(self, world: FlowWorld) -> None:
        self.world = world
        self.failing: set[str] = set()
        world.upstream.answers |= {DO: self.answer, UNDO: self.answer}

    async def answer(self, variables: JsonObject) -> JsonObject:
        if variables.get("w") in self.failing:
            raise CallFailed(code="UPSTREAM_STATUS", message="no", retryable=False)
        return {"done": True}

    @property
    def calls(self) -> list[object]:
        return [variables["w"] for query, variables, _ in self.world.upstream.calls if query == UNDO]

    @property
    def keys(self) -> list[str]:
        return [key or "" for query, _, key in self.world.upstream.calls if query == UNDO]


async def deployed(world: FlowWorld) -> Undone:
    await world.deploy("child", CHILD)
    await world.deploy("parent", PARENT)
    return Undone(world)


async def at(world: FlowWorld, element: str) -> Taken:
    """A run of the parent that has come to a task of its own or of the child's."""
    taken = await world.start("parent", {"n": "1"})
    for done in ("ask", "inspect", "report"):
        if open_keys(taken) == [element]:
            break
        taken = await world.commit(open_task(taken, done))
    assert open_keys(taken) == [element]
    return taken


async def test_a_called_flow_that_is_undone_takes_its_calls_back(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "report")
        [(child, _)] = taken.tasks
        before = taken.tasks[0][0].parent
        assert before is not None
        to = await _task_of(world, before.instance, "ask")
        taken = await world.roll_back(open_task(taken, "report"), to)
        assert undone.calls == ["ship:1", "reserve:1", "charge:1"]
        assert undone.keys == sorted(set(undone.keys), key=undone.keys.index)
        assert open_keys(taken) == ["ask"]
        stored = await world.instances.find(child.id)
        assert stored is not None
        assert (stored.status, stored.variables) == (InstanceStatus.TERMINATED, stored.start_variables)
        assert {node.status for node in stored.nodes.values()} == {NodeStatus.ROLLED_BACK}


async def test_a_called_flow_that_had_ended_takes_its_calls_back_too(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "tell")
        parent = taken.tasks[0][0]
        taken = await world.roll_back(open_task(taken, "tell"), await _task_of(world, parent.id, "ask"))
        assert undone.calls == ["thank:1", "ship:1", "reserve:1", "charge:1"]
        assert (open_keys(taken), taken.instance.variables) == (["ask"], {"n": "1"})
        taken = await world.commit(open_task(taken, "ask"))  # and forth again: another child
        assert open_keys(taken) == ["inspect"]
        assert len(undone.calls) == 4


async def test_back_into_a_called_flow_its_caller_takes_back_first(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "tell")
        taken = await world.roll_back(open_task(taken, "tell"))
        assert undone.calls == ["thank:1"]
        assert open_keys(taken) == ["report"]
        taken = await world.roll_back(open_task(taken, "report"))
        assert undone.calls == ["thank:1", "ship:1"]
        assert open_keys(taken) == ["inspect"]
        taken = await world.roll_back(open_task(taken, "inspect"))
        assert undone.calls == ["thank:1", "ship:1", "reserve:1", "charge:1"]
        assert open_keys(taken) == ["ask"]


async def test_a_preview_lists_the_calls_of_all_instances(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "tell")
        parent = taken.tasks[0][0]
        back = Rollback(
            asking=Asking(subject="li"),
            task=open_task(taken, "tell"),
            to_task=await _task_of(world, parent.id, "ask"),
        )
        preview = await world.runtime.preview(back)
        assert [effect.element for effect in preview.compensations] == ["thank", "ship", "reserve", "charge"]
        shown = [[node.element for node in nodes] for _, nodes in preview.rolled_back]
        assert shown == [
            ["ask", "charge", "check", "thank", "tell"],
            ["start", "reserve", "inspect", "ship", "report", "end"],
        ]
        assert undone.calls == []
        assert (await world.instances.find(parent.id)) == parent


async def test_parallel_branches_are_taken_back_in_the_order_they_were_completed(
    store_data: StoreData,
) -> None:
    elements = [
        {"key": "start", "type": "startEvent"},
        task("ask"),
        {"key": "fork", "type": "parallelGateway"},
        called("check", "child"),
        task("wait"),
        pay("beside"),
        task("tell"),
        {"key": "end", "type": "endEvent"},
    ]
    flows = [
        flow("a", "start", "ask"),
        flow("b", "ask", "fork"),
        flow("c", "fork", "check"),
        flow("d", "fork", "wait"),
        flow("e", "wait", "beside"),
        flow("f", "beside", "tell"),
        flow("g", "tell", "end"),
        flow("h", "check", "end"),
    ]
    async with open_world(store_data) as world:
        undone = await deployed(world)
        await world.deploy("parent", model(*elements, *flows), number=2)
        taken = await world.start("parent", {"n": "1"})
        for one in ("ask", "wait", "inspect"):  # reserve, beside, ship
            taken = await world.commit(open_task(taken, one))
            world.clock.move(timedelta(seconds=1))
        taken = await world.roll_back(open_task(taken, "tell"), await _task_of(world, "i1", "ask"))
        assert undone.calls == ["ship:1", "beside:1", "reserve:1"]
        assert open_keys(taken) == ["ask"]


async def test_one_of_a_called_flow_that_fails_for_good_is_an_incident_until_it_is_retried(
    store_data: StoreData,
) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "tell")
        undone.failing = {"ship:1"}
        parent = taken.tasks[0][0].id
        taken = await world.roll_back(open_task(taken, "tell"), await _task_of(world, parent, "ask"))
        [incident] = taken.instance.incidents
        assert (incident.element, incident.code) == ("ship", "UPSTREAM_STATUS")
        assert (open_keys(taken), undone.calls) == ([], ["thank:1", "ship:1"])
        failed = Retry(asking=Asking(subject="su"), task=task_id(parent, incident.node))
        waiting = next(one.node for one in taken.instance.effects.values() if one.element == "charge")
        with pytest.raises(TaskNotOpen):
            await world.runtime.retry(Retry(asking=Asking(subject="su"), task=task_id(parent, waiting)))
        undone.failing = set()
        taken = await world.runtime.retry(failed)
        assert (open_keys(taken), taken.instance.incidents) == (["ask"], [])
        assert undone.calls == ["thank:1", "ship:1", "ship:1", "reserve:1", "charge:1"]
        assert len(set(undone.keys)) == 4


async def test_a_crash_between_two_of_them_goes_on_under_the_same_keys(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        undone = await deployed(world)
        taken = await at(world, "report")
        parent = taken.tasks[0][0].parent
        assert parent is not None
        died = asyncio.Event()

        async def die(variables: JsonObject) -> JsonObject:
            if variables["w"] == "reserve:1":
                died.set()
                await asyncio.Event().wait()
            return {"done": True}

        world.upstream.answers[UNDO] = die
        to = await _task_of(world, parent.instance, "ask")
        dying = asyncio.create_task(world.roll_back(open_task(taken, "report"), to))
        await died.wait()
        dying.cancel()
        with pytest.raises(InstanceNotRunning, match="being compensated"):
            await world.runtime.retry(
                Retry(asking=Asking(subject="su"), task=task_id(parent.instance, parent.node))
            )
        other = make_world(world.store)
        again = Undone(other)
        other.clock.move(timedelta(minutes=1))
        await other.runtime.watch.look()
        await other.runtime.close()
        assert (undone.calls, again.calls) == (["ship:1", "reserve:1"], ["reserve:1", "charge:1"])
        assert undone.keys[1] == again.keys[0]
        stored = await other.instances.find(parent.instance)
        assert stored is not None
        assert [one.element for one in stored.tasks.values()] == ["ask"]


async def test_a_called_flow_that_was_stopped_by_hand_takes_back_what_it_had_done(
    store_data: StoreData,
) -> None:
    """Ending it compensates nothing; going back over the call does."""
    async with open_world(store_data) as world:
        undone = await deployed(world)
        both = chain(task("ask"), called("check", "child"))
        both["elements"] += [
            {"key": "fork", "type": "parallelGateway"},
            task("beside"),
            flow("x", "fork", "beside"),
            flow("y", "fork", "check"),
            flow("z", "beside", "end"),
        ]
        for one in both["elements"]:
            if one["key"] == "to_check":
                one["target"] = "fork"
        await world.deploy("parent", both, number=2)
        taken = await world.start("parent", {"n": "1"})
        taken = await world.commit(open_task(taken, "ask"))
        child = next(where for where, one in taken.tasks if one.element == "inspect")
        await world.runtime.terminate(Terminate(asking=Asking(subject="li"), instance=child.id))
        assert undone.calls == []
        taken = await world.roll_back(open_task(taken, "beside"))
        assert (open_keys(taken), undone.calls) == (["ask"], ["reserve:1"])


async def _task_of(world: FlowWorld, instance: str, element: str) -> TaskId:
    stored = await world.instances.find(InstanceId(instance))
    assert stored is not None
    node = next(one for one in stored.nodes.values() if one.element == element)
    return task_id(stored.id, node.id)
