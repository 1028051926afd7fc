"""Flows that call flows: parent and child change together; rollback crosses between them."""

from engine.flow.instance import InstanceStatus
from engine.flow.runtime import Asking, Rollback, Terminate
from tests.resolvers.flows.models import called, chain, task
from tests.resolvers.flows.world import FlowWorld, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

CHILD = chain(task("inspect"), task("report"))
PARENT = chain(task("ask"), called("check", "child"), task("tell"))


async def deploy(world: FlowWorld) -> None:
    await world.deploy("child", CHILD)
    await world.deploy("parent", PARENT)


async def test_a_child_runs_and_gives_its_variables_back(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await deploy(world)
        taken = await world.start("parent", {"bike": 7})
        taken = await world.commit(open_task(taken, "ask"), {"mood": "bad"})
        assert open_keys(taken) == ["inspect"]
        taken = await world.commit(open_task(taken, "inspect"), {"lock": "broken"})
        taken = await world.commit(open_task(taken, "report"))
        assert taken.instance.status is InstanceStatus.COMPLETED  # the given task's instance: the child
        assert open_keys(taken) == ["tell"]
        [(parent, _)] = taken.tasks
        assert parent.variables == {"bike": 7, "mood": "bad", "lock": "broken"}


async def test_a_rollback_in_a_child_without_an_earlier_task_goes_on_in_the_parent(
    store_data: StoreData,
) -> None:
    async with open_world(store_data) as world:
        await deploy(world)
        taken = await world.start("parent")
        taken = await world.commit(open_task(taken, "ask"), {"mood": "bad"})
        child = taken.tasks[0][0].id
        taken = await world.roll_back(open_task(taken, "inspect"))
        assert open_keys(taken) == ["ask"]
        stored = await world.instances.find(child)
        assert stored is not None
        assert stored.status is InstanceStatus.TERMINATED
        assert taken.tasks[0][0].variables == {}
        assert taken.tasks[0][1].values == {"mood": "bad"}


async def test_a_rollback_into_a_child_that_ended_lets_it_run_again(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await deploy(world)
        taken = await world.start("parent")
        taken = await world.commit(open_task(taken, "ask"))
        taken = await world.commit(open_task(taken, "inspect"), {"lock": "broken"})
        taken = await world.commit(open_task(taken, "report"), {"text": "gone"})
        taken = await world.roll_back(open_task(taken, "tell"))
        assert open_keys(taken) == ["report"]
        [(child, task_)] = taken.tasks
        assert child.status is InstanceStatus.RUNNING
        assert child.variables == {"lock": "broken"}
        assert task_.values == {"text": "gone"}
        assert taken.instance.variables == {}
        taken = await world.commit(open_task(taken, "report"), {"text": "here"})
        taken = await world.commit(open_task(taken, "tell"))
        assert taken.instance.status is InstanceStatus.COMPLETED
        assert taken.instance.variables == {"lock": "broken", "text": "here"}


async def test_ending_a_parent_ends_its_children(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await deploy(world)
        taken = await world.start("parent")
        parent = taken.instance.id
        taken = await world.commit(open_task(taken, "ask"))
        child = taken.tasks[0][0].id
        await world.runtime.terminate(Terminate(asking=Asking(subject="li"), instance=parent))
        stored = await world.instances.find(child)
        assert stored is not None
        assert stored.status is InstanceStatus.TERMINATED


async def test_a_list_runs_a_child_for_each_item_in_order(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("child", chain(task("inspect")))
        loop = {"over": "vars.bikes", "as": "bike", "mode": "sequential", "collect": "found"}
        await world.deploy("parent", chain(called("check", "child", output={"x": "result.bike"}, **loop)))
        taken = await world.start("parent", {"bikes": [3, 1, 2]})
        for _ in range(3):
            taken = await world.commit(open_task(taken, "inspect"))
        root = taken.instance.parent
        assert root is not None
        parent = await world.instances.find(root.instance)
        assert parent is not None
        assert parent.status is InstanceStatus.COMPLETED
        assert parent.variables["found"] == [{"x": 3}, {"x": 1}, {"x": 2}]


async def test_a_thousand_children_that_do_not_wait_are_one_step(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy(
            "child", chain({"key": "set", "type": "serviceTask", "output": {"y": "vars.n + 1"}})
        )
        loop = {"over": "vars.ns", "as": "n", "mode": "sequential", "collect": "found"}
        await world.deploy("parent", chain(called("check", "child", output={"y": "result.y"}, **loop)))
        taken = await world.start("parent", {"ns": list(range(300))})
        assert taken.instance.status is InstanceStatus.COMPLETED
        assert taken.instance.variables["found"] == [{"y": n + 1} for n in range(300)]


async def test_who_went_back_and_ended_is_kept_with_the_reason(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("flow", chain(task("ask"), task("tell")))
        taken = await world.start("flow")
        taken = await world.commit(open_task(taken, "ask"))
        back = Rollback(asking=Asking(subject="wang"), task=open_task(taken, "tell"), reason="a typo")
        taken = await world.runtime.roll_back(back)
        end = Terminate(asking=Asking(subject="zhao"), instance=taken.instance.id, reason="withdrawn")
        await world.runtime.terminate(end)
        stored = await world.instances.find(taken.instance.id)
        assert stored is not None
        assert [(one.by, one.action, one.reason) for one in stored.journal] == [
            ("wang", "rollbackTask", "a typo"),
            ("zhao", "terminateFlow", "withdrawn"),
        ]
