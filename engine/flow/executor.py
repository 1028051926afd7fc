"""Drive the tokens of one instance until every branch waits or ends.

    executor = FlowExecutor(resources=..., calendars=...)
    step = executor.step(flow, instance, now=clock.now(), by=subject, attended=True)
    await step.commit_task(node, variables)
    # instance has changed; write it, with step.children, step.abandoned, step.listening

A `Step` changes the working copy it is given; the caller writes it, or throws it away if anything is raised.
*Attended*: somebody waits for the answer, and `NoBranchTaken`, `ConditionFailed`, `StepLimitExceeded` and the
`CallFailed` of a read are raised. Else they make the node FAILED with an incident, and other branches go on.
What has already gone (a timer cancelled, an effect answered twice) is passed over in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.flow.calls import Caller
from engine.flow.compensation import finish_compensation, keep_compensations
from engine.flow.compiled import CompiledFlow
from engine.flow.drive import Driver
from engine.flow.elements.call_activity import mark_failed, mark_running
from engine.flow.elements.outcomes import ChildWanted
from engine.flow.elements.signals import Called, ChildEnded, Committed, Entered, Fired, Received, Signal
from engine.flow.errors import TaskNotFound, TaskNotOpen
from engine.flow.instance import (
    Effect,
    Instance,
    InstanceId,
    InstanceStatus,
    MessageWait,
    NodeId,
    NodeInstance,
    NodeStatus,
    Timer,
    Variables,
    task_id,
)
from engine.flow.limits import check_changed
from engine.flow.marking import OPEN, Entry, change_variables, empty_scope, enter
from engine.flow.model import BoundaryEvent, Json
from engine.flow.pending import keep_pending, take_pending
from engine.flow.ports import Calendars, CallFailed, Resources
from engine.flow.progress import Progress, Turn
from engine.flow.rollback import Undoing, undo, undo_all


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowExecutor:
    """What steps of all instances share."""

    resources: Resources
    calendars: Calendars

    def step(
        self, flow: CompiledFlow, instance: Instance, *, now: datetime, by: str | None = None, attended: bool
    ) -> "Step":
        progress = Progress(
            flow=flow,
            instance=instance,
            calendars=self.calendars,
            now=now,
            attended=attended,
            children=[],
            abandoned=[],
            listening=[],
            turns=[],
        )
        caller = Caller(resources=self.resources, instance=instance)
        return Step(progress=progress, driver=Driver(progress=progress, caller=caller, reads={}), by=by)


@dataclass(slots=True, kw_only=True)
class Step:
    """Operations on one working copy; several may follow each other and be written as one.

    Not frozen, since each commit makes one; its fields are only to be read.
    """

    progress: Progress
    driver: Driver
    by: str | None

    @property
    def instance(self) -> Instance:
        return self.progress.instance

    @property
    def children(self) -> Sequence[ChildWanted]:
        """Called flows to start, in the same write."""
        return self.progress.children

    @property
    def abandoned(self) -> Sequence[InstanceId]:
        """Called instances that nobody waits for any more: to be terminated in the same write."""
        return self.progress.abandoned

    @property
    def listening(self) -> Sequence[MessageWait]:
        """Message waits that began in this step and still stand: a kept message may be for one of them."""
        return [wait for wait in self.progress.listening if wait in self.instance.messages]

    async def begin(self) -> None:
        """Starts a new instance; its `variables` become those it was started with."""
        instance = self.instance
        check_changed({}, instance.start_variables)
        instance.variables = dict(instance.start_variables)
        start = enter(instance, Entry(element=self.progress.flow.start), self.progress.now)
        start.by = self.by
        await self._go_on(start, Entered())

    async def commit_task(self, node: NodeId, variables: Variables) -> None:
        """Completes an open task with all its values. Raises `TaskNotFound`, `TaskNotOpen`."""
        task, name = self.instance.nodes.get(node), task_id(self.instance.id, node)
        if task is None:
            raise TaskNotFound(task=name)
        if node not in self.instance.tasks:
            raise TaskNotOpen(task=name, status=task.status)
        task.by = self.by
        await self._go_on(task, Committed(variables))

    async def fire_timer(self, timer: Timer) -> None:
        """The timer is due: its catch event goes on, or its boundary event happens."""
        if timer in self.instance.timers:
            self.instance.timers.remove(timer)
            await self._happen(timer, Fired())

    async def receive_message(self, wait: MessageWait, variables: Variables) -> None:
        """The message came. A boundary event that does not interrupt goes on listening."""
        if wait in self.instance.messages:
            event = self.progress.flow.elements[wait.element].model
            if not isinstance(event, BoundaryEvent) or event.interrupting:
                self.instance.messages.remove(wait)
            await self._happen(wait, Received(variables))

    async def complete_call(self, node: NodeId, result: Json, *, key: str | None = None) -> None:
        """An effect was run; of a compensation, the last one opens the task that was rolled back to.

        `key`, the one it was run under, makes sure that a late answer to a call is not taken for that of the
        compensation which undoes it.
        """
        effect = self._effect(node, key)
        if effect is not None and effect.compensates is not None:
            target = finish_compensation(self.instance, effect, self.progress.now)
            if target is not None:
                await self._open_again(target)
        elif effect is not None:
            del self.instance.effects[node]
            await self._go_on(self.instance.nodes[node], Called(result))

    async def fail_call(self, node: NodeId, failure: CallFailed, *, key: str | None = None) -> None:
        """An attempt failed: another follows by the element's policy, else an error event or an incident."""
        if (effect := self._effect(node, key)) is not None:
            self.progress.fail_attempt(effect, failure)
            await self.driver.drive()

    async def complete_child(self, node: NodeId, index: int, variables: Variables) -> None:
        """A called instance ended with these variables."""
        call = self.instance.nodes.get(node)
        if call is None or call.status not in OPEN:
            return
        ended = ChildEnded(index, variables)
        if call.status is NodeStatus.FAILED:
            keep_pending(call, ended)  # another of its loop failed: the retry goes on with both
        else:
            await self._go_on(call, ended)

    async def fail_child(self, node: NodeId, index: int, *, code: str, message: str) -> None:
        """A called instance will never end: it was terminated, or failed for good."""
        call = self.instance.nodes.get(node)
        if call is not None and call.status in OPEN:
            mark_failed(call, index)
            self.progress.fail(call, code=code, message=message)
            await self.driver.drive()

    async def retry_node(self, node: NodeId, corrections: Variables | None = None) -> None:
        """A FAILED node goes on from where it failed, or a compensation does.

        Raises `TaskNotFound`, `TaskNotOpen` if it did not fail.
        """
        if corrections:
            check_changed(self.instance.variables, corrections)
        if (effect := self.instance.effects.get(node)) is not None and effect.compensates:
            self._run_again(effect, corrections)
            return
        failed = self.instance.nodes.get(node)
        if failed is None:
            raise TaskNotFound(task=task_id(self.instance.id, node))
        if failed.status is not NodeStatus.FAILED:
            raise TaskNotOpen(task=task_id(self.instance.id, node), status=failed.status)
        failed.status = NodeStatus.ACTIVE
        self._drop_incidents(node)
        if corrections:
            change_variables(self.instance, failed, corrections)
        for signal in take_pending(failed):
            self.progress.turns.append(Turn(failed, signal))
        await self.driver.drive()

    async def roll_back(self, undoing: Undoing, compensations: Sequence[Effect] = ()) -> None:
        """Does what `plan_rollback` found. With compensations the target opens after the last of them."""
        self._undo(undoing)
        if compensations:
            keep_compensations(self.instance, compensations, undoing.target.id, self.progress.now)
        else:
            await self._open_again(undoing.target)
        await self.driver.drive()

    def undo_all(self, nodes: Sequence[NodeInstance]) -> None:
        """Undoes a called instance with its call, ended or not; those it called are undone apart."""
        ended_at = self.instance.ended_at
        self.terminate()
        self.instance.ended_at = ended_at or self.progress.now
        undo_all(self.instance, nodes, self.progress.now)

    async def reopen_call(self, undoing: Undoing, index: int, child: InstanceId) -> None:
        """Does what `plan_reopening` found: the call activity waits for its called instance again."""
        mark_running(undoing.target, index, child)
        self._undo(undoing)
        await self.driver.drive()

    def terminate(self) -> None:
        """Stops everything; `abandoned` are the called instances that are to stop with it."""
        instance, now = self.instance, self.progress.now
        instance.status = InstanceStatus.TERMINATED
        instance.ended_at = now
        instance.reopens = None
        self.progress.abandoned += empty_scope(instance, None, now, stopped_by=None)
        instance.effects.clear()
        instance.incidents.clear()

    def _effect(self, node: NodeId, key: str | None) -> Effect | None:
        effect = self.instance.effects.get(node)
        return effect if effect is not None and key in (None, effect.key) else None

    def _undo(self, undoing: Undoing) -> None:
        undo(self.instance, undoing, self.progress.now)
        for node in undoing.reopened:
            self.progress.guard(node)
        for node in undoing.revived:
            self.progress.begin_node(_entry_of(node))

    async def _open_again(self, target: NodeInstance) -> None:
        """A rolled back task is visited anew, prefilled with what was committed, unassigned."""
        node = self.progress.begin_node(_entry_of(target))
        await self.driver.drive()
        if (task := self.instance.tasks.get(node.id)) is not None:
            task.values = dict(target.changed)
            task.assignee = None

    def _run_again(self, effect: Effect, corrections: Variables | None) -> None:
        if all(incident.node != effect.node for incident in self.instance.incidents):
            raise TaskNotOpen(task=task_id(self.instance.id, effect.node), status=NodeStatus.WAITING)
        effect.attempts = 0
        effect.due_at = self.progress.now
        effect.variables = {**effect.variables, **(corrections or {})}
        self._drop_incidents(effect.node)

    def _drop_incidents(self, node: NodeId) -> None:
        self.instance.incidents = [other for other in self.instance.incidents if other.node != node]

    async def _happen(self, wait: Timer | MessageWait, signal: Signal) -> None:
        node = self.instance.nodes[wait.node]
        if wait.element == node.element:
            self.progress.turns.append(Turn(node, signal))
        else:
            self.progress.happen(wait.element, node, signal)
        await self.driver.drive()

    async def _go_on(self, node: NodeInstance, signal: Signal) -> None:
        self.progress.turns.append(Turn(node, signal))
        await self.driver.drive()


def _entry_of(node: NodeInstance) -> Entry:
    return Entry(element=node.element, causes=node.causes, via=node.via, scope=node.scope)
