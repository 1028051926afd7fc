"""Roll back over the instances of a tree: into a caller's past, or into a called flow that had ended.

In one instance `engine.flow.rollback` says what is undone. Here is decided in which instance: where nothing
lies before the task, its caller goes back; where the past is a called flow's, that runs again, and its caller
waits for it once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.flow.causes import Causes
from engine.flow.errors import RollbackImpossible
from engine.flow.instance import (
    Instance,
    InstanceStatus,
    NodeId,
    NodeInstance,
    NodeStatus,
    TaskId,
    split_task_id,
    task_id,
)
from engine.flow.model import CallActivity, UserTask
from engine.flow.rollback import Undoing, plan_reopening, plan_rollback
from engine.flow.runtime.family import Family, Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A completed task, and the instance it lies in."""

    instance: Instance
    node: NodeInstance


async def find_target(
    running: Running, family: Family, instance: Instance, node: NodeInstance, to_task: TaskId | None
) -> Target:
    """The task that is named, or the last completed one that led to `node`. Raises `RollbackImpossible`."""
    if to_task is not None:
        return await _named(running, family, instance, to_task)
    here, at = instance, node.id
    while True:
        past = Causes.of(here, await running.store.history(here))
        found = await _latest(running, family, here, past.before(past.nodes[at]))
        if found is not None:
            return found
        if here.parent is None:
            raise RollbackImpossible(task=task_id(instance.id, node.id), reason="no completed task led to it")
        at = here.parent.node
        here = await family.load(here.parent.instance)


async def plan(running: Running, target: Target) -> Undoing:
    """What going back to the target would undo in its own instance."""
    instance = target.instance
    deployed = await running.flows.get(instance.deployment)
    history = await running.store.history(instance)
    return plan_rollback(deployed.flow, instance, target.node.id, history)


async def roll_back(running: Running, family: Family, target: Target) -> None:
    """Undoes, in the target's instance and in those that called it since it had ended."""
    undoing = await plan(running, target)
    instance = target.instance
    had_ended = _revive(instance, undoing)
    await family.advance(instance, lambda step: step.roll_back(undoing))
    if had_ended:
        await _reopen_caller(running, family, instance)


async def _reopen_caller(running: Running, family: Family, child: Instance) -> None:
    parent = child.parent
    if parent is None:
        return
    caller = await family.load(parent.instance)
    deployed = await running.flows.get(caller.deployment)
    history = await running.store.history(caller)
    undoing = plan_reopening(deployed.flow, caller, parent.node, history)
    had_ended = _revive(caller, undoing)
    await family.advance(caller, lambda step: step.reopen_call(undoing, parent.index, child.id))
    if had_ended:
        await _reopen_caller(running, family, caller)


def _revive(instance: Instance, undoing: Undoing) -> bool:
    """An instance that had ended runs again. Raises `RollbackImpossible` for one that was terminated."""
    if instance.status is InstanceStatus.RUNNING:
        return False
    if instance.status is not InstanceStatus.COMPLETED:
        name = task_id(instance.id, undoing.target.id)
        raise RollbackImpossible(task=name, reason=f"its instance is {instance.status}")
    instance.status = InstanceStatus.RUNNING
    instance.ended_at = None
    return True


async def _named(running: Running, family: Family, instance: Instance, to_task: TaskId) -> Target:
    ids = split_task_id(to_task)
    where = None if ids is None else await running.store.find(ids[0])
    if ids is None or where is None or _root(where) != _root(instance):
        raise RollbackImpossible(
            task=to_task, reason="the target is no task of this instance or its sub-flows"
        )
    where = await family.load(where.id)
    nodes = Causes.of(where, await running.store.history(where)).nodes
    if ids[1] not in nodes:
        raise RollbackImpossible(task=to_task, reason="the target is no task of this instance")
    return Target(instance=where, node=nodes[NodeId(ids[1])])


def _root(instance: Instance) -> str:
    return instance.id if instance.parent is None else instance.parent.root


async def _latest(
    running: Running, family: Family, instance: Instance, completed: Iterable[NodeInstance]
) -> Target | None:
    """The first user task of these, or of the called flows among them."""
    elements = (await running.flows.get(instance.deployment)).deployment.model.elements
    for node in completed:
        element = elements.get(node.element)  # None: of a version that the instance has left
        if isinstance(element, UserTask):
            return Target(instance=instance, node=node)
        if isinstance(element, CallActivity):
            for child in reversed(node.children):
                found = await _latest_in(running, family, await family.load(child))
                if found is not None:
                    return found
    return None


async def _latest_in(running: Running, family: Family, child: Instance) -> Target | None:
    nodes = Causes.of(child, await running.store.history(child)).nodes.values()
    done = [node for node in nodes if node.status is NodeStatus.COMPLETED]
    done.sort(key=lambda node: node.order or 0, reverse=True)
    return await _latest(running, family, child, done)
