"""The instances that one step touches: loaded once, changed together, written together or not at all.

A step in one instance may start called flows, end them, or tell a caller that its callee has ended. Each of
these is a step of another instance; they follow one another here until nothing is left to do, and one write
keeps them all.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from engine.flow.elements.call_activity import running_children
from engine.flow.elements.outcomes import ChildWanted
from engine.flow.errors import InstanceNotFound, StepLimitExceeded, SubflowInvalid
from engine.flow.executor import FlowExecutor, Step
from engine.flow.instance import (
    Effect,
    Instance,
    InstanceId,
    InstanceStatus,
    MessageWait,
    NodeInstance,
    OpenTask,
    Parent,
)
from engine.flow.marking import OPEN
from engine.flow.ports import Clock, InstanceStore, KeptMessage, OnBehalf
from engine.flow.runtime.deployed import DeployedFlows
from engine.flow.runtime.recent import RecentInstances
from engine.flow.spilling import nodes_to_spill

MAX_DEPTH = 10  # of flows calling flows
MAX_INSTANCES = 1_100  # touched by one step: the 1,000 items of a loop and those around it

LEASE = timedelta(seconds=30)  # of an effect: longer than any call's deadline
SHORT_PAUSE = timedelta(seconds=5)  # before another attempt: waited for; longer ones are timers

Operation = Callable[[Step], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """An effect that this process is to run."""

    instance: InstanceId
    effect: Effect
    on_behalf: OnBehalf


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the steps of all instances share."""

    store: InstanceStore
    flows: DeployedFlows
    executor: FlowExecutor
    clock: Clock
    recent: RecentInstances = field(default_factory=RecentInstances)


class Family:
    """One step's instances. `attended`: somebody waits for the answer, so what cannot go on is refused."""

    def __init__(self, running: Running, *, by: str | None, attended: bool) -> None:
        self._running = running
        self._by = by
        self._attended = attended
        self.now: datetime = running.clock.now()
        self._known: dict[InstanceId, Instance] = {}
        self._changed: dict[InstanceId, Instance] = {}
        self._abandoned: set[InstanceId] = set()
        self.listening: list[tuple[InstanceId, MessageWait]] = []  # waits that began
        self._took: list[KeptMessage] = []
        self._todo: deque[Callable[[], Awaitable[None]]] = deque()

    @property
    def changed(self) -> Sequence[Instance]:
        return list(self._changed.values())

    @property
    def calls(self) -> bool:
        """Whether this step leaves calls to be made at once."""
        return any(runnable(instance, self.now, ahead=SHORT_PAUSE) for instance in self.changed)

    def adopt(self, instance: Instance) -> Instance:
        """An instance that was loaded, or made, for this step."""
        self._known[instance.id] = instance
        return instance

    async def load(self, instance: InstanceId) -> Instance:
        """As this step has it by now. Raises `InstanceNotFound`."""
        known = await self.find(instance)
        if known is None:
            raise InstanceNotFound(instance=instance)
        return known

    async def find(self, instance: InstanceId) -> Instance | None:
        """None for a called one that could not be started."""
        known = self._known.get(instance)
        if known is None:
            known = await self._running.store.find(instance)
            if known is not None:
                self._known[instance] = known
        return known

    async def advance(self, instance: Instance, operate: Operation) -> None:
        """One operation on one of the instances, and everything that follows from it in others."""
        await self._step(instance, operate)
        while self._todo:
            await self._todo.popleft()()

    def change(self, instance: Instance) -> None:
        """Count an instance among those to be written that no step changed."""
        self._changed[instance.id] = instance

    def take(self, message: KeptMessage) -> None:
        """This step delivers the message: its write deletes what was kept, so that none takes it twice."""
        self._took.append(message)

    async def write(self) -> None:
        """Raises `StepConflict` if one of them was written by another step since it was loaded."""
        spilled = {instance.id: pages for instance in self.changed if (pages := _take_out(instance))}
        await self._running.store.write(*self.changed, spilled=spilled, took=self._took)
        self._running.recent.keep(self._changed.values())

    def lease(self, *, ahead: timedelta = timedelta()) -> list[Leased]:
        """Takes the effects due now, or so far ahead: others leave them alone while the lease lasts."""
        taken: list[Leased] = []
        for instance in self.changed:
            for effect in runnable(instance, self.now, ahead=ahead):
                effect.leased_until = max(self.now, effect.due_at or self.now) + LEASE
                unit = effect.unit or instance.unit
                behalf = OnBehalf(unit=unit, owner=instance.owner, case_id=instance.case_id)
                taken.append(Leased(instance=instance.id, effect=effect, on_behalf=behalf))
        return taken

    async def open_tasks(self, instance: Instance) -> list[tuple[Instance, OpenTask]]:
        """Of the whole tree that the instance belongs to, the root's first."""
        root = instance
        while root.parent is not None:
            root = await self.load(root.parent.instance)
        found: list[tuple[Instance, OpenTask]] = []
        await self._gather(root, found)
        return found

    async def terminate(self, instance: InstanceId) -> None:
        """Stops a called instance that nobody waits for any more, and those it called."""
        self._abandoned.add(instance)
        child = await self.load(instance)
        if child.status is InstanceStatus.RUNNING:
            await self._step(child, _terminate)

    async def undo(self, instance: Instance, nodes: Sequence[NodeInstance]) -> None:
        """Undoes a called instance whole, with the call that a rollback undoes."""

        async def operate(step: Step) -> None:
            step.undo_all(nodes)

        self._abandoned.add(instance.id)
        await self.advance(instance, operate)

    # ------------------------------------------------------------------ what follows from a step
    async def _step(self, instance: Instance, operate: Operation) -> None:
        deployed = await self._running.flows.get(instance.deployment)
        step = self._running.executor.step(
            deployed.flow, instance, now=self.now, by=self._by, attended=self._attended
        )
        await operate(step)
        self._changed[instance.id] = instance
        if len(self._changed) > MAX_INSTANCES:
            raise StepLimitExceeded(limit="the instances of one step", value=MAX_INSTANCES)
        progress = step.progress
        if progress.children or progress.abandoned:
            self._todo += [partial(self._start_child, instance, wanted) for wanted in step.children]
            self._todo += [partial(self.terminate, child) for child in step.abandoned]
        if progress.listening:
            self.listening += [(instance.id, wait) for wait in step.listening]
        if instance.status is not InstanceStatus.RUNNING and instance.id not in self._abandoned:
            self._todo.append(partial(self._tell_parent, instance))

    async def _start_child(self, caller: Instance, wanted: ChildWanted) -> None:
        try:
            child = await self._child(caller, wanted)
        except SubflowInvalid as invalid:
            if self._attended:
                raise
            await self._step(caller, _fail_child(wanted, invalid))
            return
        await self._step(self.adopt(child), _begin)

    async def _child(self, caller: Instance, wanted: ChildWanted) -> Instance:
        parent = caller.parent
        depth = 1 if parent is None else parent.depth + 1
        if depth > MAX_DEPTH:
            reason = f"flows call each other more than {MAX_DEPTH} deep"
            raise SubflowInvalid(element=wanted.element, reason=reason)
        callee = await self._running.flows.callee(
            caller.deployment,
            wanted.element,
            wanted.flow,
            latest=wanted.latest,
            case=caller.case_id or caller.id,
        )
        root = caller.id if parent is None else parent.root
        return Instance(
            id=wanted.id,
            version=0,
            flow_key=callee.deployment.flow_key,
            deployment=callee.deployment.id,
            unit=callee.deployment.unit,
            owner=caller.owner,
            case_id=caller.case_id,
            started_at=self.now,
            parent=Parent(instance=caller.id, node=wanted.node, root=root, depth=depth, index=wanted.index),
            start_variables=dict(wanted.variables),
        )

    async def _tell_parent(self, child: Instance) -> None:
        parent = child.parent
        if parent is None:
            return
        caller = await self.load(parent.instance)
        if child.status is InstanceStatus.COMPLETED:
            await self._step(
                caller, lambda step: step.complete_child(parent.node, parent.index, dict(child.variables))
            )
        else:
            message = f"The called flow {child.flow_key!r} is {child.status}."
            await self._step(
                caller,
                lambda step: step.fail_child(
                    parent.node, parent.index, code="SUBFLOW_TERMINATED", message=message
                ),
            )

    async def _gather(self, instance: Instance, found: list[tuple[Instance, OpenTask]]) -> None:
        found += [(instance, task) for task in instance.tasks.values()]
        for node in instance.nodes.values():
            if node.children and node.status in OPEN:
                for child in running_children(node):
                    await self._gather(await self.load(child), found)


def runnable(instance: Instance, now: datetime, *, ahead: timedelta = timedelta()) -> list[Effect]:
    """Effects due and under nobody's lease. One without a time waits for another, or failed for good."""
    if instance.suspended or instance.status is not InstanceStatus.RUNNING:
        return []
    return [
        effect
        for effect in instance.effects.values()
        if effect.due_at is not None
        and effect.due_at <= now + ahead
        and (effect.leased_until is None or effect.leased_until <= now)
    ]


def _take_out(instance: Instance) -> list[list[NodeInstance]]:
    """Pages of old nodes, which leave the instance for the history."""
    pages = nodes_to_spill(instance)
    for node in chain.from_iterable(pages):
        del instance.nodes[node.id]
    instance.spilled += len(pages)
    return pages


async def _begin(step: Step) -> None:
    await step.begin()


async def _terminate(step: Step) -> None:
    step.terminate()


def _fail_child(wanted: ChildWanted, invalid: SubflowInvalid) -> Operation:
    async def operate(step: Step) -> None:
        await step.fail_child(wanted.node, wanted.index, code=invalid.code, message=str(invalid))

    return operate
