"""What an outcome does to an instance: tokens go on, waits begin and end, boundary events happen.

All of it is computation over the working copy; `drive.py` does the asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from engine.flow.calls import next_attempt
from engine.flow.compiled import CompiledFlow
from engine.flow.elements.boundary_event import BoundaryExecutor
from engine.flow.elements.contract import Arrow, Join, Visit
from engine.flow.elements.outcomes import (
    Advanced,
    Calling,
    ChildWanted,
    Opened,
    Outcome,
    Suspended,
    Terminated,
)
from engine.flow.elements.signals import Entered, ScopeEmptied, Signal
from engine.flow.endings import emptied_scopes
from engine.flow.errors import FlowRefusal, StepLimitExceeded
from engine.flow.instance import (
    Effect,
    Incident,
    Instance,
    InstanceId,
    MessageWait,
    NodeId,
    NodeInstance,
    NodeStatus,
    Timer,
    Token,
    Variables,
)
from engine.flow.joins import join_inclusive, join_parallel
from engine.flow.limits import MAX_STEPS, check_changed
from engine.flow.marking import Entry, cancel, empty_scope, enter, leave
from engine.flow.model import BoundaryEvent, ElementKey, Retry, ServiceTask
from engine.flow.pending import keep_pending
from engine.flow.ports import Calendars, CallFailed

_LEAVING = (Advanced, Terminated)


@dataclass(slots=True)
class Turn:
    """A node that is ready to be advanced. Only to be read; not frozen, since one is made for every node."""

    node: NodeInstance
    signal: Signal


@dataclass(slots=True, kw_only=True)
class Progress:
    """One step's changes. `attended`: what cannot go on is raised, else it is an incident of its node."""

    flow: CompiledFlow
    instance: Instance
    calendars: Calendars
    now: datetime
    attended: bool
    children: list[ChildWanted]
    abandoned: list[InstanceId]
    listening: list[MessageWait]
    turns: list[Turn]
    passed: int = 0

    def visit(self, node: NodeInstance, reads: Variables | None = None) -> Visit:
        return Visit(
            instance=self.instance.id,
            element=self.flow.elements[node.element],
            node=node,
            variables=self.instance.variables,
            reads=reads or {},
            now=self.now,
            calendars=self.calendars,
        )

    def begin_node(self, entry: Entry, signal: Signal | None = None) -> NodeInstance:
        """A node that takes its turn in the next round. Beyond the limit of a step it fails."""
        node = enter(self.instance, entry, self.now)
        self.passed += 1
        if self.passed > MAX_STEPS:
            self.refuse(node, signal or Entered(), StepLimitExceeded(limit="nodes", value=MAX_STEPS))
        else:
            self.turns.append(Turn(node, signal or Entered()))
        return node

    def apply(self, node: NodeInstance, outcome: Outcome, *, guard: bool) -> None:
        """Raises `FlowRefusal`, having changed nothing, for an outcome that cannot be. `guard`: the node has
        just been entered, so that its boundary events begin to watch if it waits.
        """
        if guard and not isinstance(outcome, _LEAVING):
            self.guard(node)
        match outcome:
            case Advanced():
                self._advance(node, outcome)
            case Suspended():
                self._suspend(node, outcome)
            case Calling():
                self._await_call(node, outcome)
            case Opened(start=start):
                self.begin_node(Entry(element=start, causes=(node.id,), scope=node.id))
            case Terminated():
                leave(self.instance, node, {}, self.now)
                self.abandoned += empty_scope(self.instance, node.scope, self.now, stopped_by=node.id)
            case _:
                assert_never(outcome)

    def refuse(self, node: NodeInstance, signal: Signal, refusal: FlowRefusal) -> None:
        """A step that cannot go on here: raised, or an incident that keeps what came."""
        if self.attended:
            raise refusal
        if not isinstance(signal, Entered):
            keep_pending(node, signal)
        self._become_incident(node, code=refusal.code, message=str(refusal))

    def happen(self, event: ElementKey, host: NodeInstance, signal: Signal) -> None:
        """A boundary event of an open host happens; an interrupting one stops the host."""
        node = self.begin_node(Entry(element=event, causes=(host.id,), scope=host.scope), signal)
        model = self.flow.elements[event].model
        if isinstance(model, BoundaryEvent) and (model.interrupting or model.error is not None):
            self.abandoned += cancel(self.instance, host, self.now, stopped_by=node.id)

    def fail(self, node: NodeInstance, *, code: str, message: str) -> None:
        """A call failed for good: the innermost error event for its code happens, else it is an incident."""
        host: NodeInstance | None = node
        while host is not None:
            if (event := self._error_event(host, code)) is not None:
                self.happen(event, host, Entered())
                return
            host = self.instance.nodes.get(host.scope) if host.scope else None
        self._become_incident(node, code=code, message=message)

    def fail_attempt(self, effect: Effect, failure: CallFailed) -> None:
        """One more attempt failed: another is due later, or the call has failed for good."""
        effect.attempts += 1
        effect.leased_until = None
        if effect.compensates is not None:
            self._fail_compensation(effect, failure)
            return
        node = self.instance.nodes[effect.node]
        effect.due_at = next_attempt(effect, failure, self._retry_of(node), self.now)
        if effect.due_at is None:
            self.instance.effects.pop(effect.node, None)
            self.fail(node, code=failure.code, message=failure.message)
        else:
            node.status = NodeStatus.WAITING
            self.instance.effects[effect.node] = effect

    def _fail_compensation(self, effect: Effect, failure: CallFailed) -> None:
        """Failed for good it stays, an incident, for `retryTask`: what comes after it must not run before."""
        effect.due_at = next_attempt(effect, failure, effect.retry or Retry(), self.now)
        if effect.due_at is None and effect.element is not None:
            self._add_incident(effect.node, effect.element, code=failure.code, message=failure.message)

    def fail_query(self, node: NodeInstance, calling: Calling, failure: CallFailed) -> None:
        """A query failed within the step: if it is to be tried again, it waits as a mutation would."""
        effect = self._effect_of(node, calling)
        self.fail_attempt(effect, failure)
        if node.id in self.instance.effects:
            self.guard(node)

    def fail_read(self, node: NodeInstance, signal: Signal, failure: CallFailed) -> None:
        if not isinstance(signal, Entered):
            keep_pending(node, signal)
        self._become_incident(node, code=failure.code, message=failure.message)

    def _effect_of(self, node: NodeInstance, calling: Calling) -> Effect:
        """The call as it is written down before it is run. Its key is the same for every attempt."""
        return Effect(
            node=node.id,
            key=f"{self.instance.id}.{node.id}",
            query=calling.call.call.query,
            variables=calling.variables,
            due_at=self.now,
        )

    def settle(self) -> bool:
        """Once nothing moves: whether a join, or a sub-process that has emptied, moves after all."""
        if self.instance.tokens and (entry := join_inclusive(self.instance, self.flow)) is not None:
            self.begin_node(entry)
        if not self.turns and self.flow.has_scopes:
            self.turns += [Turn(node, ScopeEmptied()) for node in emptied_scopes(self.instance, self.flow)]
        return bool(self.turns)

    def _advance(self, node: NodeInstance, outcome: Advanced) -> None:
        if outcome.changed:
            check_changed(self.instance.variables, outcome.changed)
        self.abandoned += outcome.abandoned
        node.state = {**node.state, **outcome.state} if outcome.state is not None else node.state
        leave(self.instance, node, outcome.changed, self.now)
        node.took = tuple(arrow.key for arrow in outcome.flows)
        self._send(node, outcome.flows)

    def _send(self, node: NodeInstance, arrows: Iterable[Arrow]) -> None:
        for arrow in arrows:
            target = self.flow.elements[arrow.target]
            if target.join is None:
                entry = Entry(element=arrow.target, causes=(node.id,), via=(arrow.key,), scope=node.scope)
                self.begin_node(entry)
                continue
            self.instance.tokens.append(Token(flow=arrow.key, source=node.id, scope=node.scope))
            if target.join is Join.PARALLEL:
                joined = join_parallel(self.instance, target, node.scope)
                if joined is not None:
                    self.begin_node(joined)

    def _suspend(self, node: NodeInstance, outcome: Suspended) -> None:
        if outcome.task is not None:
            self.instance.tasks[node.id] = outcome.task
        if outcome.timer is not None:
            self.instance.timers.append(outcome.timer)
        if outcome.message is not None:
            self._listen(outcome.message)
        if outcome.state is not None:
            node.state = {**node.state, **outcome.state}
        self.children += outcome.children
        node.children += tuple(child.id for child in outcome.children)

    def _await_call(self, node: NodeInstance, calling: Calling) -> None:
        node.status = NodeStatus.WAITING
        self.instance.effects[node.id] = self._effect_of(node, calling)

    def guard(self, node: NodeInstance) -> None:
        """The boundary events of a node that begins to wait; those that stand already are left alone."""
        watched = self.flow.elements[node.element].boundaries
        if not watched or any(
            wait.node == node.id for wait in (*self.instance.timers, *self.instance.messages)
        ):
            return
        visit = self.visit(node)
        waits = [
            event.watch(visit)
            for event in (self.flow.elements[key].executor for key in watched)
            if isinstance(event, BoundaryExecutor)
        ]
        for wait in waits:
            if isinstance(wait, Timer):
                self.instance.timers.append(wait)
            elif wait is not None:
                self._listen(wait)

    def _listen(self, wait: MessageWait) -> None:
        self.instance.messages.append(wait)
        self.listening.append(wait)

    def _become_incident(self, node: NodeInstance, *, code: str, message: str) -> None:
        node.status = NodeStatus.FAILED
        self.instance.effects.pop(node.id, None)
        self._add_incident(node.id, node.element, code=code, message=message)

    def _add_incident(self, node: NodeId, element: ElementKey, *, code: str, message: str) -> None:
        self.instance.incidents.append(
            Incident(node=node, element=element, code=code, message=message, at=self.now)
        )

    def _error_event(self, host: NodeInstance, code: str) -> ElementKey | None:
        """The one that names the code, else the one for any."""
        found: dict[str, ElementKey] = {}
        for key in self.flow.elements[host.element].boundaries:
            event = self.flow.elements[key].model
            if isinstance(event, BoundaryEvent) and event.error is not None:
                found.setdefault(event.error, key)
        return found.get(code, found.get("*"))

    def _retry_of(self, node: NodeInstance) -> Retry:
        model = self.flow.elements[node.element].model
        return model.retry if isinstance(model, ServiceTask) else Retry()
