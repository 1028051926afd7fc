"""Causal rollback of one instance: what it would undo, as a value, and how it is done.

What undoing takes back outside is said by `compensation.py`.

*After* the target is what tokens that descend from its node instance reached. A scope that had ended with
something undone in it is open again. What an undone event had stopped is begun anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.flow.causes import Causes
from engine.flow.compiled import CompiledFlow
from engine.flow.errors import RollbackImpossible
from engine.flow.instance import (
    Instance,
    NodeId,
    NodeInstance,
    NodeStatus,
    Token,
    Variables,
    task_id,
)
from engine.flow.marking import OPEN, drop_waits
from engine.flow.model import ElementKey, EndEvent, SubProcess, UserTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """`undone` are in order of entry. `reopened` are sub-processes, or a call activity, that had ended.
    `revived` had been stopped by something undone. `nodes` are all of the instance, those that spilled too.
    """

    target: NodeInstance
    undone: Sequence[NodeInstance]
    reopened: Sequence[NodeInstance]
    revived: Sequence[NodeInstance]
    tokens: Sequence[Token]
    variables: Variables
    nodes: Mapping[NodeId, NodeInstance]

    @property
    def opens(self) -> list[ElementKey]:
        """The elements that are entered anew."""
        return [node.element for node in (self.target, *self.revived)]

    @property
    def calls(self) -> list[NodeInstance]:
        """Call activities whose called instances, ended or not, are undone with them."""
        return [node for node in (*self.undone, *self.revived) if node.children]


def previous_task(
    flow: CompiledFlow, instance: Instance, node: NodeId, history: Iterable[NodeInstance] = ()
) -> NodeInstance:
    """The user task that was completed last among all that led to an open node.

    Raises `RollbackImpossible` if there is none in this instance.
    """
    causes = Causes.of(instance, history)
    for other in causes.before(causes.nodes[node]):
        element = flow.elements.get(other.element)
        if element is not None and isinstance(element.model, UserTask):
            return other
    raise RollbackImpossible(task=task_id(instance.id, node), reason="no completed task led to it")


def plan_rollback(
    flow: CompiledFlow, instance: Instance, target: NodeId, history: Iterable[NodeInstance] = ()
) -> Undoing:
    """What a rollback to a completed task would do; nothing is changed. `history`: all that has spilled.

    Raises `RollbackImpossible`.
    """
    causes = Causes.of(instance, history)
    node = causes.nodes.get(target)
    name = task_id(instance.id, target)
    element = flow.elements.get(node.element) if node is not None else None
    if node is None or element is None or not isinstance(element.model, UserTask):
        raise RollbackImpossible(task=name, reason="the target is no task of this instance")
    if node.status is not NodeStatus.COMPLETED:
        raise RollbackImpossible(task=name, reason=f"the target is {node.status}, not COMPLETED")
    spread = _Spread(causes=causes)
    spread.undo(node)
    return _undoing(flow, instance, causes, spread, node)


def plan_reopening(
    flow: CompiledFlow, instance: Instance, call: NodeId, history: Iterable[NodeInstance] = ()
) -> Undoing:
    """As `plan_rollback`, for a call activity one of whose called instances goes back and runs again."""
    causes = Causes.of(instance, history)
    node = causes.nodes[call]
    spread = _Spread(causes=causes)
    spread.open(node)
    return _undoing(flow, instance, causes, spread, node)


def undo(instance: Instance, undoing: Undoing, now: datetime) -> None:
    """Final for the nodes undone; what opens again is opened after it."""
    for node in (*undoing.undone, *undoing.revived):
        node.status = NodeStatus.ROLLED_BACK
        node.left_at = node.left_at or now
        drop_waits(instance, node.id)
    for node in undoing.reopened:
        node.status = NodeStatus.ACTIVE
        node.left_at = node.order = node.stopped_by = None
        node.changed, node.took = {}, ()
    touched = (*undoing.undone, *undoing.revived, *undoing.reopened)
    instance.nodes = {**_spilled(instance, touched), **instance.nodes}
    instance.tokens = list(undoing.tokens)
    instance.variables = dict(undoing.variables)


def undo_all(instance: Instance, nodes: Iterable[NodeInstance], now: datetime) -> None:
    """Of a called instance that has been stopped, whose call is undone: as if it had done nothing."""
    undone = list(nodes)
    for node in undone:
        node.status = NodeStatus.ROLLED_BACK
        node.left_at = node.left_at or now
    instance.nodes = {**_spilled(instance, undone), **instance.nodes}
    instance.variables = dict(instance.start_variables)


def variables_of(instance: Instance, nodes: Iterable[NodeInstance]) -> Variables:
    """The start variables and the deltas of those of these nodes that are not rolled back, in their order."""
    variables = dict(instance.start_variables)
    changes = [
        (node.order, node.changed)
        for node in nodes
        if node.order is not None and node.changed and node.status is not NodeStatus.ROLLED_BACK
    ]
    for _, changed in sorted(changes, key=lambda change: change[0]):
        variables.update(changed)
    return variables


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """How far a rollback reaches."""

    causes: Causes
    undone: dict[NodeId, NodeInstance] = field(default_factory=dict[NodeId, NodeInstance])
    opened: dict[NodeId, NodeInstance] = field(default_factory=dict[NodeId, NodeInstance])

    def undo(self, node: NodeInstance) -> None:
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current.id in self.undone:
                continue
            self.undone[current.id] = current
            waiting += self.causes.caused.get(current.id, ())
            waiting += self._opening(current.scope)

    def open(self, node: NodeInstance) -> None:
        for other in self._opened(node):
            self.undo(other)

    def _opening(self, scope: NodeId | None) -> list[NodeInstance]:
        return self._opened(self.causes.nodes[scope]) if scope is not None else []

    def _opened(self, node: NodeInstance) -> list[NodeInstance]:
        """What has to be undone so that a node that had ended is open again."""
        if node.status in OPEN or node.id in self.opened or node.id in self.undone:
            return []
        self.opened[node.id] = node
        stopper = [self.causes.nodes[node.stopped_by]] if node.stopped_by is not None else []
        return [*self.causes.after(node), *stopper, *self._opening(node.scope)]


def _undoing(
    flow: CompiledFlow, instance: Instance, causes: Causes, spread: _Spread, target: NodeInstance
) -> Undoing:
    undone = [node for node in causes.nodes.values() if node.id in spread.undone]
    stopped = [
        other for node in undone for other in causes.stopped.get(node.id, ()) if other.id not in spread.undone
    ]
    refuse_unknown(flow, instance, (*undone, *stopped))
    scopes = [node for node in stopped if isinstance(flow.elements[node.element].model, SubProcess)]
    opened = spread.opened | {node.id: node for node in scopes}
    reopened = [node for node in opened.values() if node.id not in spread.undone]
    revived = [node for node in stopped if node.id not in opened]
    gone = {node.id for node in (*undone, *reopened)}
    return Undoing(
        target=target,
        undone=undone,
        reopened=reopened,
        revived=revived,
        tokens=_tokens(flow, instance, causes, undone, gone),
        variables=variables_of(instance, [node for node in causes.nodes.values() if node.id not in gone]),
        nodes=causes.nodes,
    )


def _spilled(instance: Instance, nodes: Iterable[NodeInstance]) -> dict[NodeId, NodeInstance]:
    """Those of these nodes that come back from the history, since they were changed."""
    return {node.id: node for node in nodes if node.id not in instance.nodes}


def refuse_unknown(flow: CompiledFlow, instance: Instance, nodes: Iterable[NodeInstance]) -> None:
    """An instance that came from another version may have passed what this one does not have."""
    for node in nodes:
        if node.element not in flow.elements:
            reason = f"it passed {node.element!r} in a version of the flow that it has left"
            raise RollbackImpossible(task=task_id(instance.id, node.id), reason=reason)


def _tokens(
    flow: CompiledFlow,
    instance: Instance,
    causes: Causes,
    undone: Sequence[NodeInstance],
    gone: set[NodeId],
) -> list[Token]:
    """Those that wait, those an undone join had taken, and those an undone event had swept away; each if
    whoever sent it stands.
    """
    tokens = list(instance.tokens)
    for join in undone:
        tokens += [
            Token(flow=via, source=cause, scope=join.scope)
            for via, cause in zip(join.via, join.causes, strict=False)
            if flow.elements[join.element].join is not None
        ]
    swept = {node.scope for join in undone for node in (*causes.stopped.get(join.id, ()), *_ends(flow, join))}
    for scope in swept:
        tokens += _unused(flow, causes, scope)
    kept = {(token.flow, token.source): token for token in tokens if token.source not in gone}
    return list(kept.values())


def _ends(flow: CompiledFlow, node: NodeInstance) -> list[NodeInstance]:
    model = flow.elements[node.element].model
    return [node] if isinstance(model, EndEvent) and model.terminate else []


def _unused(flow: CompiledFlow, causes: Causes, scope: NodeId | None) -> list[Token]:
    """Tokens sent to a join of this scope that no node has taken."""
    taken = {
        (via, cause)
        for node in causes.inside.get(scope, ())
        for via, cause in zip(node.via, node.causes, strict=False)
    }
    return [
        Token(flow=key, source=node.id, scope=scope)
        for node in causes.inside.get(scope, ())
        for key in node.took
        if key in flow.model.flows
        and flow.elements[flow.model.flows[key].target].join is not None
        and (key, node.id) not in taken
    ]
