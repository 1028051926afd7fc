"""What going back to a task would undo over the instances of a tree: a value, before anything is changed.

In one instance `engine.flow.rollback` says what is undone. A flow whose call is undone is undone whole; the
callers of one that had ended and runs again wait for it once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.flow.causes import Causes
from engine.flow.compensation import Undone, plan_compensations
from engine.flow.compiled import CompiledFlow
from engine.flow.errors import RollbackImpossible
from engine.flow.instance import (
    Effect,
    Instance,
    InstanceId,
    InstanceStatus,
    NodeInstance,
    NodeStatus,
    task_id,
)
from engine.flow.rollback import Undoing, plan_reopening, plan_rollback, refuse_unknown
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.finding import refuse_compensating


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A completed task, and the instance it lies in."""

    instance: Instance
    node: NodeInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """A caller whose call activity waits again, since what it had called runs again."""

    instance: Instance
    undoing: Undoing
    index: int
    child: InstanceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """All that going back to the target undoes; nothing is changed yet.

    `callers` wait again, from the target's own outwards. `called` are undone whole, with the calls that led
    to them. `compensations` of all of them are in the order they have to run.
    """

    target: Target
    own: Undoing
    callers: Sequence[Reopening]
    called: Sequence[Undone]
    compensations: Sequence[Effect]

    @property
    def rolled_back(self) -> list[tuple[Instance, Sequence[NodeInstance]]]:
        """Of every instance what is undone in it, from the outermost caller inwards."""
        around = [(caller.instance, caller.undoing.undone) for caller in reversed(self.callers)]
        inside = [(called.instance, called.undone) for called in self.called]
        return [*around, (self.target.instance, self.own.undone), *inside]


async def plan_reversal(running: Running, family: Family, target: Target) -> Reversal:
    """Raises `RollbackImpossible`, `InstanceNotRunning` where calls are being compensated already."""
    planning = _Planning(running=running, family=family)
    return await planning.plan(target)


@dataclass(slots=True, kw_only=True)
class _Planning:
    """How far one rollback reaches over the instances of the tree."""

    running: Running
    family: Family
    called: list[Undone] = field(default_factory=list[Undone])

    async def plan(self, target: Target) -> Reversal:
        instance = target.instance
        refuse_compensating(instance)
        flow, history = await self._flow(instance), await self.running.store.history(instance)
        own = plan_rollback(flow, instance, target.node.id, history)
        undone = await self._undone(instance, own, flow)
        callers: list[Reopening] = []
        here = instance
        while _has_ended(here, target) and (parent := here.parent) is not None:
            caller = await self.family.load(parent.instance)
            refuse_compensating(caller)
            flow, history = await self._flow(caller), await self.running.store.history(caller)
            undoing = plan_reopening(flow, caller, parent.node, history)
            inner = undone
            undone = await self._undone(caller, undoing, flow)
            undone = replace(undone, calls={**undone.calls, parent.node: [inner]})
            callers.append(Reopening(instance=caller, undoing=undoing, index=parent.index, child=here.id))
            here = caller
        return Reversal(
            target=target,
            own=own,
            callers=callers,
            called=self.called,
            compensations=plan_compensations(undone, keeper=instance),
        )

    async def _undone(self, instance: Instance, undoing: Undoing, flow: CompiledFlow) -> Undone:
        calls = {node.id: await self._whole(node) for node in undoing.calls}
        return Undone(flow=flow, instance=instance, nodes=undoing.nodes, undone=undoing.undone, calls=calls)

    async def _whole(self, call: NodeInstance) -> list[Undone]:
        """The instances that a call activity called, ended or not, and those that these called."""
        found = [await self.family.find(child) for child in call.children]
        return [await self._undone_whole(child) for child in found if child is not None]

    async def _undone_whole(self, child: Instance) -> Undone:
        refuse_compensating(child)
        flow = await self._flow(child)
        nodes = Causes.of(child, await self.running.store.history(child)).nodes
        undone = [node for node in nodes.values() if node.status is not NodeStatus.ROLLED_BACK]
        refuse_unknown(flow, child, undone)
        calls = {node.id: await self._whole(node) for node in undone if node.children}
        whole = Undone(flow=flow, instance=child, nodes=nodes, undone=undone, calls=calls)
        self.called.append(whole)
        return whole

    async def _flow(self, instance: Instance) -> CompiledFlow:
        return (await self.running.flows.get(instance.deployment)).flow


def _has_ended(instance: Instance, target: Target) -> bool:
    """Raises `RollbackImpossible` for one that cannot run again: it was stopped, or can never go on."""
    if instance.status in (InstanceStatus.RUNNING, InstanceStatus.COMPLETED):
        return instance.status is InstanceStatus.COMPLETED
    name = task_id(target.instance.id, target.node.id)
    raise RollbackImpossible(task=name, reason=f"its instance is {instance.status}")
