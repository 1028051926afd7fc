"""Element types that take from a past instance's history what they would ask the world for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.flow.elements import AnyElementType
from engine.flow.elements.boundary_event import BoundaryExecutor
from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import (
    NEVER,
    CompiledCall,
    Compiling,
    ElementExecutor,
    ElementType,
    Moments,
    Visit,
)
from engine.flow.elements.outcomes import Calling, Outcome, Suspended
from engine.flow.elements.signals import ChildEnded, Fired, Received, Signal
from engine.flow.errors import ConditionFailed
from engine.flow.instance import MessageWait, NodeInstance, NodeStatus, Timer, Variables
from engine.flow.model import (
    BoundaryEvent,
    Call,
    CallActivity,
    Element,
    ElementKey,
    FlowModel,
    JsonObject,
    MessageCatchEvent,
    ServiceTask,
    TimerCatchEvent,
)
from engine.flow.ports import CallFailed, CallType, OnBehalf


class Diverged(Exception):
    """The other version does something that was not done."""

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(reason)
        self.at, self.reason = at, reason


class CallsFail:
    """Implements `Resources` for calls that failed: nothing else is asked of it."""

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        return CallType.refused([])

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        raise CallFailed(code=str(variables["code"]), message="It failed then.", retryable=False)

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        raise CallFailed(code="NOT_RECORDED", message="Reads stand in the history.", retryable=False)


class Undecidable(Diverged):
    """The other version asks what the history does not say."""


@dataclass(slots=True, kw_only=True)
class Records:
    """The visits of the past instance that is being replayed, by element, in order of entry."""

    new: FlowModel
    old: FlowModel = field(init=False)
    _visits: dict[ElementKey, list[NodeInstance]] = field(init=False)
    _nodes: dict[str, NodeInstance] = field(init=False)
    _mutations: dict[ElementKey, int] = field(init=False)

    def load(self, nodes: Sequence[NodeInstance], old: FlowModel) -> None:
        self.old = old
        self._visits, self._mutations = defaultdict(list), defaultdict(int)
        self._nodes = {node.id: node for node in nodes}
        for node in nodes:
            if node.status is not NodeStatus.ROLLED_BACK:
                self._visits[node.element].append(node)

    def find(self, visit: Visit) -> NodeInstance | None:
        known = self._visits.get(visit.element.key, [])
        return known[visit.node.visit - 1] if visit.node.visit <= len(known) else None

    def reads(self, visit: Visit) -> Variables:
        """Of those that are the same reads in both versions."""
        found, before = self.find(visit), self.old.elements.get(visit.element.key)
        if found is None or before is None:
            return {}
        new = visit.element.model.reads
        return {
            name: value
            for name, value in found.reads.items()
            if name in new and new[name] == before.reads.get(name)
        }

    def result(self, visit: Visit, *, changes: bool, what: str, same: bool) -> NodeInstance:
        """The visit whose result stands for the one that would be asked for. Raises `Diverged`."""
        key, found = visit.element.key, self.find(visit)
        if found is None:
            if changes or key in self.old.elements:
                raise Diverged(key, what)
            raise Undecidable(key, f"{key} is new: what it would give is not known")
        if not same:
            raise Undecidable(key, f"{key} asks for something else: what it would give is not known")
        self._mutations[key] += 1
        return found

    def failure_of(self, found: NodeInstance) -> str | None:
        """The code with which a call that was stopped had failed; None: something else stopped it."""
        stopper = self._nodes.get(found.stopped_by or "")
        event = self.old.elements.get(stopper.element) if stopper is not None else None
        error = event.error if isinstance(event, BoundaryEvent) else None
        return "REPLAYED" if error == "*" else error

    @property
    def unmade(self) -> list[ElementKey]:
        """Mutations of the past that the replay has not made."""
        return [
            key
            for key, visits in self._visits.items()
            if isinstance(one := self.old.elements.get(key), ServiceTask)
            and one.call is not None
            and one.call.query.lstrip().startswith("mutation")
            and self._mutations[key] < len(visits)
        ]


def replaying(row: AnyElementType, records: Records) -> AnyElementType:
    """The row of the table of types, its elements answered from the records."""

    def compile_(element: Element, compiling: Compiling) -> ElementExecutor:
        inner: ElementExecutor = row.compile(element, compiling)
        match element:
            case ServiceTask() if element.call is not None:
                return _Called(element=element, call=compiling.call(element.call), records=records)
            case CallActivity():
                return _CalledFlow(element=element, records=records)
            case MessageCatchEvent():
                return _Message(element=element, records=records)
            case TimerCatchEvent():
                return _Timer(inner=inner, records=records)
            case BoundaryEvent():
                assert isinstance(inner, BoundaryExecutor)
                return _Boundary(
                    event=element,
                    correlation=inner.correlation,
                    output=inner.output,
                    moments=NEVER,
                    records=records,
                )
            case _:
                return _Plain(inner=inner, records=records)

    return ElementType(name=row.name, model=row.model, compile=compile_, join=row.join)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain:
    inner: ElementExecutor
    records: Records
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        known = self.records.reads(visit)
        try:
            return self.inner.advance(replace(visit, reads=known), signal)
        except ConditionFailed:
            unknown = sorted(visit.element.model.reads.keys() - known.keys())
            if unknown:
                reason = f"{visit.element.key} reads {', '.join(unknown)}, which is not known"
                raise Undecidable(visit.element.key, reason) from None
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Called:
    element: ServiceTask
    call: CompiledCall
    records: Records
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        before = self.records.old.elements.get(self.element.key)
        same = isinstance(before, ServiceTask) and _asks(before) == _asks(self.element)
        found = self.records.result(
            visit, changes=self.call.mutation, what=f"it calls {self.element.key}", same=same
        )
        if found.status is NodeStatus.COMPLETED:
            known = replace(visit, reads=self.records.reads(visit))
            return advance_by_all(known, changed=found.changed)
        code = self.records.failure_of(found)
        if code is None:
            return Suspended()
        failing = CompiledCall(call=Call(query=""), mutation=False, variables={})
        return Calling(call=failing, variables={"code": code})


def _asks(task: ServiceTask) -> object:
    return task.call, dict(task.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CalledFlow:
    element: CallActivity
    records: Records
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        before, now = self.records.old.elements.get(self.element.key), self.element
        same = isinstance(before, CallActivity) and _calls(before) == _calls(now)
        if isinstance(signal, ChildEnded):
            found = self.records.find(visit)
            return advance_by_all(visit, changed=found.changed if found is not None else {})
        self.records.result(visit, changes=True, what=f"it calls the flow {now.flow!r}", same=same)
        return Suspended()


def _calls(call: CallActivity) -> object:
    return call.flow, call.input, call.output, call.loop


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    element: MessageCatchEvent
    records: Records
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        key = self.element.key
        if not isinstance(signal, Received):
            return Suspended(message=MessageWait(node=visit.node.id, element=key, name=self.element.message))
        before, found = self.records.old.elements.get(key), self.records.find(visit)
        if not isinstance(before, MessageCatchEvent) or before.output != self.element.output:
            raise Undecidable(key, f"{key} keeps other parts of the message, which are not known")
        return advance_by_all(visit, changed=found.changed if found is not None else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timer:
    inner: ElementExecutor
    records: Records
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Fired):
            return self.inner.advance(replace(visit, reads=self.records.reads(visit)), signal)
        timer = Timer(node=visit.node.id, element=visit.element.key, due_at=visit.now)
        return Suspended(timer=timer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Boundary(BoundaryExecutor):
    records: Records

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        found = self.records.find(visit)
        known = replace(visit, reads=self.records.reads(visit))
        return advance_by_all(known, changed=found.changed if found is not None else {})
