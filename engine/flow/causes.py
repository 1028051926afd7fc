"""Which node instances came of which: what rollback follows, backwards to a target and forwards from it.

A sub-process's node is the cause of the first node in it and of those after it; what comes after also came of
everything in it. A boundary event's node is caused by its host, and by no flow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.flow.instance import Instance, NodeId, NodeInstance, NodeStatus


@dataclass(frozen=True, slots=True)
class Causes:
    """All nodes of an instance, oldest first, and who caused whom."""

    nodes: Mapping[NodeId, NodeInstance]
    caused: Mapping[NodeId, Sequence[NodeInstance]]
    inside: Mapping[NodeId | None, Sequence[NodeInstance]]  # by scope
    stopped: Mapping[NodeId, Sequence[NodeInstance]]  # by the node that stopped them

    @staticmethod
    def of(instance: Instance, history: Iterable[NodeInstance] = ()) -> "Causes":
        """`history`: the nodes that have spilled. Of a node in both, the instance's own is the newer."""
        nodes = {node.id: node for node in history} | instance.nodes
        caused: dict[NodeId, list[NodeInstance]] = defaultdict(list)
        inside: dict[NodeId | None, list[NodeInstance]] = defaultdict(list)
        stopped: dict[NodeId, list[NodeInstance]] = defaultdict(list)
        for node in nodes.values():
            if node.status is NodeStatus.ROLLED_BACK:
                continue
            for cause in node.causes:
                caused[cause].append(node)
            inside[node.scope].append(node)
            if node.stopped_by is not None:
                stopped[node.stopped_by].append(node)
        return Causes(nodes, caused, inside, stopped)

    def after(self, node: NodeInstance) -> Iterable[NodeInstance]:
        """What tokens that left a node led to; neither what lies in it nor its boundary events."""
        return [other for other in self.caused.get(node.id, ()) if other.via]

    def before(self, node: NodeInstance) -> list[NodeInstance]:
        """All that a node came of, the last completed first. What still runs is not among it."""
        found: dict[NodeId, NodeInstance] = {}
        waiting = [node]
        while waiting:
            current = waiting.pop()
            for cause in current.causes:
                source = self.nodes[cause]
                came_of = [source, *(self.inside.get(cause, ()) if current.via else ())]
                new = [other for other in came_of if other.id not in found]
                found.update((other.id, other) for other in new)
                waiting += new
        completed = [other for other in found.values() if other.status is NodeStatus.COMPLETED]
        return sorted(completed, key=lambda other: other.order or 0, reverse=True)
