"""Would a past instance go another way in another version? What it was given is given again, in its order.

No call is made: results stand in the history as what they changed, and reads as what conditions saw. Where
the other version asks what the history cannot answer, that is undecidable. What shows outside is compared:
tasks, waits, mutations, called flows, ends. What was rolled back counts as never done.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.flow.calendars import NamedCalendars
from engine.flow.compiled import CompiledFlow, compile_flow
from engine.flow.elements import AnyElementType
from engine.flow.errors import FlowRefusal
from engine.flow.executor import FlowExecutor, Step
from engine.flow.instance import Instance, InstanceStatus, NodeInstance, NodeStatus
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    ElementKey,
    EndEvent,
    FlowModel,
    MessageCatchEvent,
    TimerCatchEvent,
    UserTask,
)
from engine.flow.testing.recorded import CallsFail, Diverged, Records, Undecidable, replaying

GIVEN = UserTask | TimerCatchEvent | MessageCatchEvent | CallActivity | BoundaryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An instance that has ended, all its nodes in order of entry, and the model it ran."""

    instance: Instance
    nodes: Sequence[NodeInstance]
    model: FlowModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where an instance parts from its past: at which element, what was, what would be."""

    at: str
    was: str
    would_be: str
    undecidable: bool = False


@dataclass(slots=True, kw_only=True)
class Replayer:
    """Replays on one model. Raises ValueError for a model that cannot be compiled."""

    model: FlowModel
    types: Sequence[AnyElementType]
    calendars: NamedCalendars = field(default_factory=NamedCalendars)
    _records: Records = field(init=False)
    _flow: CompiledFlow = field(init=False)
    _executor: FlowExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._records = Records(new=self.model)
        self._flow = compile_flow(self.model, [replaying(row, self._records) for row in self.types])
        self._executor = FlowExecutor(resources=CallsFail(), calendars=self.calendars)

    async def replay(self, past: Past) -> Divergence | None:
        """None: it goes the same way."""
        self._records.load(past.nodes, past.model)
        working = _fresh(past.instance)
        at = "start"
        try:
            await self._step(working, past.instance.started_at).begin()
            for node in _given(past):
                at = node.element
                if not await self._give(working, node):
                    return Divergence(at=at, was=f"{at} was open", would_be=_said(working))
        except Undecidable as unknown:
            return Divergence(at=unknown.at, was="", would_be=unknown.reason, undecidable=True)
        except Diverged as diverged:
            return Divergence(at=diverged.at, was=_ways(past), would_be=diverged.reason)
        except FlowRefusal as refusal:
            return Divergence(at=at, was="it went on", would_be=f"{refusal.code}: {refusal}")
        return self._compare_end(past, working)

    def _step(self, working: Instance, now: datetime | None) -> Step:
        moment = now or working.started_at
        return self._executor.step(self._flow, working, now=moment, by="replay", attended=True)

    async def _give(self, working: Instance, given: NodeInstance) -> bool:
        """Whether somebody waits for it."""
        step, key = self._step(working, given.left_at), given.element
        model = self.model.elements.get(key)
        for timer in list(working.timers):
            if timer.element == key:
                await step.fire_timer(timer)
                return True
        for wait in list(working.messages):
            if wait.element == key:
                await step.receive_message(wait, {})
                return True
        nodes = [node for node in working.nodes.values() if node.element == key]
        open_ = [node for node in nodes if node.status is NodeStatus.ACTIVE]
        if not open_:
            return isinstance(model, BoundaryEvent) and model.error is not None and key in working.visits
        if isinstance(model, CallActivity):
            await step.complete_child(open_[0].id, 0, {})
        else:
            await step.commit_task(open_[0].id, dict(given.changed))
        return True

    def _compare_end(self, past: Past, working: Instance) -> Divergence | None:
        if working.status is not past.instance.status:
            return Divergence(at="end", was=str(past.instance.status), would_be=_said(working))
        missing = self._records.unmade
        if missing:
            return Divergence(at=missing[0], was=f"{missing[0]} was called", would_be="it is not called")
        both = self.model.elements.keys() & past.model.elements.keys()
        was = _ends({node.element for node in past.nodes if _counts(node)} & both, past.model)
        would_be = _ends(set(working.visits) & both, self.model)
        if was != would_be:
            return Divergence(at="end", was=", ".join(sorted(was)), would_be=", ".join(sorted(would_be)))
        return None


def _fresh(instance: Instance) -> Instance:
    return Instance(
        id=instance.id,
        version=0,
        flow_key=instance.flow_key,
        deployment=instance.deployment,
        unit=instance.unit,
        owner=instance.owner,
        started_at=instance.started_at,
        case_id=instance.case_id,
        start_variables=dict(instance.start_variables),
    )


def _given(past: Past) -> list[NodeInstance]:
    """What came from outside, in its order."""
    came = [
        node
        for node in past.nodes
        if node.status is NodeStatus.COMPLETED and isinstance(past.model.elements.get(node.element), GIVEN)
    ]
    return sorted(came, key=lambda node: node.order or 0)


def _counts(node: NodeInstance) -> bool:
    return node.status is not NodeStatus.ROLLED_BACK


def _ends(keys: set[ElementKey], model: FlowModel) -> set[str]:
    return {key for key in keys if isinstance(model.elements[key], EndEvent)}


def _said(working: Instance) -> str:
    if working.status is not InstanceStatus.RUNNING:
        return str(working.status)
    waiting = sorted({node.element for node in working.nodes.values() if node.status is NodeStatus.ACTIVE})
    return f"open is {', '.join(waiting) or 'nothing'}"


def _ways(past: Past) -> str:
    return f"it went on to {past.instance.status}"


Grouped = Mapping[tuple[str, str, str, bool], list[str]]


def grouped(found: Sequence[tuple[Past, Divergence]]) -> Grouped:
    """The instances of each divergence, the most frequent first."""
    groups: dict[tuple[str, str, str, bool], list[str]] = defaultdict(list)
    for past, one in found:
        groups[one.at, one.was, one.would_be, one.undecidable].append(past.instance.id)
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))
