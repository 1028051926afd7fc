"""Roll back over the instances of a tree: into a caller's past, or into a called flow that had ended.

Where nothing lies before the task, its caller goes back; where the past is a called flow's, that runs again.
`reversal.py` says what is undone with it.
"""

from collections.abc import Iterable
from functools import partial

from engine.flow.causes import Causes
from engine.flow.errors import RollbackImpossible
from engine.flow.executor import Step
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
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.reversal import Reopening, Target, plan_reversal


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


async def roll_back(running: Running, family: Family, target: Target) -> None:
    """Undoes, in the target's instance, in those that called it since it had ended, in those it called."""
    reversal = await plan_reversal(running, family, target)
    _revive(target.instance)
    await family.advance(target.instance, lambda step: step.roll_back(reversal.own, reversal.compensations))
    for called in reversal.called:
        await family.undo(called.instance, called.undone)
    for caller in reversal.callers:
        _revive(caller.instance)
        await family.advance(caller.instance, partial(_reopen, caller))


async def _reopen(caller: Reopening, step: Step) -> None:
    await step.reopen_call(caller.undoing, caller.index, caller.child)


def _revive(instance: Instance) -> None:
    instance.status = InstanceStatus.RUNNING
    instance.ended_at = None


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
                found = await _latest_in(running, family, await family.find(child))
                if found is not None:
                    return found
    return None


async def _latest_in(running: Running, family: Family, child: Instance | None) -> Target | None:
    if child is None:  # it could not be started
        return None
    nodes = Causes.of(child, await running.store.history(child)).nodes.values()
    done = [node for node in nodes if node.status is NodeStatus.COMPLETED]
    done.sort(key=lambda node: node.order or 0, reverse=True)
    return await _latest(running, family, child, done)
