"""An instance's nodes, tokens and waits changed one at a time: entering, leaving, cancelling.

Nothing here decides; `executor.py` does. Ids derive from what led to a node, so that a step made again, after
a lost write, gives the same ids.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from engine.flow.elements.call_activity import running_children
from engine.flow.instance import Instance, InstanceId, NodeId, NodeInstance, NodeStatus, Token, Variables
from engine.flow.model import ElementKey

OPEN = frozenset({NodeStatus.ACTIVE, NodeStatus.WAITING, NodeStatus.FAILED})
NODE_ID_BYTES = 9  # collisions matter within one instance only


@dataclass(slots=True, kw_only=True)
class Entry:
    """How a node comes to be: the tokens it takes, its scope. Only to be read, as a `Visit`."""

    element: ElementKey
    causes: tuple[NodeId, ...] = ()
    via: tuple[ElementKey, ...] = ()
    scope: NodeId | None = None


def enter(instance: Instance, entry: Entry, now: datetime) -> NodeInstance:
    """A new ACTIVE node."""
    visit = instance.visits.get(entry.element, 0) + 1
    instance.visits[entry.element] = visit
    node = NodeInstance(
        id=node_id(entry, visit),
        element=entry.element,
        status=NodeStatus.ACTIVE,
        causes=entry.causes,
        via=entry.via,
        visit=visit,
        entered_at=now,
        scope=entry.scope,
        changed={},
        reads={},
        state={},
    )
    instance.nodes[node.id] = node
    return node


def node_id(entry: Entry, visit: int) -> NodeId:
    text = f"{'|'.join(entry.causes)}>{'|'.join(entry.via)}>{entry.element}>{visit}"
    return NodeId(blake2b(text.encode(), digest_size=NODE_ID_BYTES).hexdigest())


def leave(instance: Instance, node: NodeInstance, changed: Variables, now: datetime) -> None:
    """The node is COMPLETED: its changes replace top-level variables, and nothing waits for it any more."""
    node.status = NodeStatus.COMPLETED
    node.left_at = now
    change_variables(instance, node, changed)
    drop_waits(instance, node.id)


def change_variables(instance: Instance, node: NodeInstance, changed: Variables) -> None:
    """The node's delta; numbered, so that the variables can be made again from all deltas in their order."""
    instance.completions += 1
    node.order = instance.completions
    if changed:
        node.changed = {**node.changed, **changed}
        instance.variables.update(changed)


def cancel(
    instance: Instance, node: NodeInstance, now: datetime, *, stopped_by: NodeId | None
) -> list[InstanceId]:
    """Stops an open node and all that lies in it; gives the called instances that are to stop too."""
    if node.status not in OPEN:
        return []
    node.status = NodeStatus.CANCELLED
    node.left_at = now
    node.stopped_by = stopped_by
    drop_waits(instance, node.id)
    return running_children(node) + empty_scope(instance, node.id, now, stopped_by=stopped_by)


def empty_scope(
    instance: Instance, scope: NodeId | None, now: datetime, *, stopped_by: NodeId | None
) -> list[InstanceId]:
    """Stops everything in a scope; gives the called instances that are to stop too."""
    instance.tokens = [token for token in instance.tokens if token.scope != scope]
    children: list[InstanceId] = []
    for node in list(instance.nodes.values()):
        if node.scope == scope:
            children += cancel(instance, node, now, stopped_by=stopped_by)
    return children


def drop_waits(instance: Instance, node: NodeId) -> None:
    """Task, timers, messages, effect and incidents of a node that waits no longer."""
    instance.tasks.pop(node, None)
    instance.effects.pop(node, None)
    if instance.timers:
        instance.timers = [timer for timer in instance.timers if timer.node != node]
    if instance.messages:
        instance.messages = [wait for wait in instance.messages if wait.node != node]
    if instance.incidents:
        instance.incidents = [incident for incident in instance.incidents if incident.node != node]


def open_nodes(instance: Instance, scope: NodeId | None) -> Iterator[NodeInstance]:
    """With the task that opens again after compensations: nothing goes on as if no token were there."""
    reopens = instance.reopens
    return (
        node
        for node in instance.nodes.values()
        if node.scope == scope and (node.status in OPEN or node.id == reopens)
    )


def take_tokens(instance: Instance, flows: Iterable[ElementKey], scope: NodeId | None) -> list[Token]:
    """The oldest token of each of these flows that has one, in the flows' order; they are taken away."""
    taken: list[Token] = []
    for flow in flows:
        for token in instance.tokens:
            if token.flow == flow and token.scope == scope:
                taken.append(token)
                break
    instance.tokens = [token for token in instance.tokens if not any(token is other for other in taken)]
    return taken
