"""What undoing takes back outside: the calls that undo completed ones, in the order they have to run.

Going back may reach over several instances: the flows that undone nodes had called, and the caller of a flow
that runs again. The compensations of all of them run one after the other, the last completed first, and all
are kept in the instance whose task opens after the last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.flow.compiled import CompiledFlow
from engine.flow.elements.contract import CompiledCall
from engine.flow.expressions import evaluate_all
from engine.flow.instance import Effect, Instance, NodeId, NodeInstance, NodeStatus
from engine.flow.model import Retry, ServiceTask
from engine.flow.rollback import variables_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What is undone in one instance. `nodes` are all it has; `calls` are, by the node that called them, the
    instances in which something is undone as well.
    """

    flow: CompiledFlow
    instance: Instance
    nodes: Mapping[NodeId, NodeInstance]
    undone: Sequence[NodeInstance]
    calls: Mapping[NodeId, Sequence["Undone"]] = field(default_factory=dict[NodeId, Sequence["Undone"]])


def plan_compensations(outermost: Undone, *, keeper: Instance) -> list[Effect]:
    """The last completed first, each with the variables as its node left them; `keeper` is to run them.

    Raises `ConditionFailed` for one whose variables cannot be computed.
    """
    places = sorted(_places(outermost, _Span()), key=lambda place: place.path)
    places.sort(key=lambda place: place.at, reverse=True)
    return [_effect(place, call, keeper) for place in places if (call := place.call) is not None]


def keep_compensations(instance: Instance, effects: Sequence[Effect], target: NodeId, now: datetime) -> None:
    """They wait in the instance that is to run them, the first is due; `target` opens after the last."""
    instance.effects.update((effect.node, effect) for effect in effects)
    effects[0].due_at = now
    instance.reopens = target


def finish_compensation(instance: Instance, effect: Effect, now: datetime) -> NodeInstance | None:
    """One compensation has run: the next is due now; after the last, gives the task that opens again."""
    del instance.effects[effect.node]
    following = next((other for other in instance.effects.values() if other.compensates), None)
    if following is not None:
        following.due_at = now
        return None
    target, instance.reopens = instance.reopens, None
    return instance.nodes[target] if target is not None else None


_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """When a called flow ran, as its caller counts: its own nodes were completed within it, whatever the
    clock said. `path`: the completions of the calls around it, counted backwards.
    """

    path: tuple[int, ...] = ()
    since: datetime = _EVER[0]
    until: datetime = _EVER[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an undone node stands among all that were completed; by `path` where the time is the same."""

    undone: Undone
    node: NodeInstance
    at: datetime
    path: tuple[int, ...]

    @property
    def call(self) -> CompiledCall | None:
        completed = self.node.status is NodeStatus.COMPLETED
        return self.undone.flow.elements[self.node.element].compensate if completed else None


def _places(undone: Undone, span: _Span) -> Iterator[_Place]:
    moments = _moments(undone.nodes.values(), span)
    for node in undone.undone:
        if node.order is not None:
            yield _Place(undone=undone, node=node, at=moments[node.id], path=(*span.path, -node.order))
    for call, inside in undone.calls.items():
        order = undone.nodes[call].order or undone.instance.completions + 1
        causes = [moments.get(cause, span.since) for cause in undone.nodes[call].causes]
        within = _Span(
            path=(*span.path, -order),
            since=max(causes, default=span.since),
            until=moments.get(call, span.until),
        )
        for one in inside:
            yield from _places(one, within)


def _moments(nodes: Iterable[NodeInstance], span: _Span) -> dict[NodeId, datetime]:
    """When each was completed: never before one that was completed earlier, should the clock have stepped."""
    latest, moments = span.since, dict[NodeId, datetime]()
    for node in sorted(nodes, key=lambda node: node.order or 0):
        if node.order is not None:
            latest = max(latest, node.left_at or latest)
            moments[node.id] = min(latest, span.until)
    return moments


def _effect(place: _Place, call: CompiledCall, keeper: Instance) -> Effect:
    node, instance = place.node, place.undone.instance
    earlier = [other for other in place.undone.nodes.values() if (other.order or 0) <= (node.order or 0)]
    bindings = {"vars": variables_of(instance, earlier), "reads": node.reads}
    model = place.undone.flow.elements[node.element].model
    return Effect(
        node=node.id if instance.id == keeper.id else NodeId(f"{instance.id}:{node.id}"),
        key=f"{instance.id}.{node.id}.compensate",
        query=call.call.query,
        variables=evaluate_all(call.variables, bindings),
        compensates=node.id,
        element=node.element,
        unit=instance.unit,
        retry=model.retry if isinstance(model, ServiceTask) else Retry(),
    )
