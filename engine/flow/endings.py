"""What ends when nothing moves: a sub-process that has emptied, the instance."""

from datetime import datetime

from engine.flow.compiled import CompiledFlow
from engine.flow.instance import Incident, Instance, InstanceStatus, NodeInstance, NodeStatus
from engine.flow.marking import OPEN, open_nodes
from engine.flow.model import SubProcess


def emptied_scopes(instance: Instance, flow: CompiledFlow) -> list[NodeInstance]:
    """Open sub-processes in which no token is left."""
    waiting = {token.scope for token in instance.tokens}
    return [
        node
        for node in instance.nodes.values()
        if node.status is NodeStatus.ACTIVE
        and _is_scope(node, flow)
        and node.id not in waiting
        and next(open_nodes(instance, node.id), None) is None
    ]


def end_instance(instance: Instance, flow: CompiledFlow, now: datetime) -> None:
    """Once nothing in it is open. Tokens that wait then wait for ever: it has FAILED, each an incident."""
    if instance.status is not InstanceStatus.RUNNING or instance.reopens is not None:
        return
    if any(_may_go_on(node, flow) for node in reversed(instance.nodes.values())):
        return
    instance.ended_at = now
    instance.status = InstanceStatus.FAILED if instance.tokens else InstanceStatus.COMPLETED
    for token in instance.tokens:
        instance.incidents.append(
            Incident(
                node=token.source,
                element=instance.nodes[token.source].element,
                code="JOIN_INCOMPLETE",
                message=f"A token waits after {token.flow!r} for others that can never come.",
                at=now,
            )
        )


def _may_go_on(node: NodeInstance, flow: CompiledFlow) -> bool:
    """A sub-process goes on by what is open in it, unless it failed as it was left."""
    return node.status in OPEN and (node.status is NodeStatus.FAILED or not _is_scope(node, flow))


def _is_scope(node: NodeInstance, flow: CompiledFlow) -> bool:
    return isinstance(flow.elements[node.element].model, SubProcess)
