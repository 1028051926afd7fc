"""Allocate: split an operation's calls and values into independent groups, and each group into waves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.resource.model import Connector
from engine.resource.plan.bound import bound_of
from engine.resource.plan.compile import Drafted
from engine.resource.plan.description import CallDescription, Description, GroupDescription
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.drafts import Draft
from engine.resource.plan.picture import draw_mermaid, tell
from engine.resource.plan.wanted import Position, Wanted

Node = Draft | Wanted
_FED_PARAMETER = re.compile(r"[?&]([^=&{}]+)=[^&{]*\{[^}]*\$(?:this|batch)\b")


@dataclass(slots=True, kw_only=True)
class Network:
    """Calls, values and the fields they feed, with who needs whom.

    `feeds[node]` are the nodes that `node` needs directly; `calls` are drafts with a connector.
    """

    nodes: list[Node] = field(default_factory=list[Node])
    feeds: dict[Node, list[Node]] = field(default_factory=dict[Node, list[Node]])
    waves: dict[Draft, int] = field(default_factory=dict[Draft, int])


def describe(drafted: Drafted) -> Description:
    """Groups, waves, calls and the bound of a drafted operation, as people read them."""
    network = _Builder(drafted.drafting).build(drafted.root)
    groups = tuple(_describe_group(nodes, network, drafted.drafting) for nodes in _components(network))
    return Description(
        groups=groups,
        bound=str(bound_of(drafted.root, drafted.drafting)),
        max_waves=max(network.waves.values(), default=0),
        text=tell(
            groups, network_lines(network, drafted.drafting), str(bound_of(drafted.root, drafted.drafting))
        ),
        mermaid=draw_mermaid(groups),
    )


class _Builder:
    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting
        self._network = Network()

    def build(self, root: Position) -> Network:
        self._visit(root, ())
        return self._network

    def _visit(self, position: Position, providers: Sequence[Draft]) -> None:
        """Add everything at a position; `providers` are the calls that made its objects, if any."""
        for wants in position.objects.values():
            for wanted in wants.fields.values():
                self._add(wanted, providers)
        for wants in position.objects.values():
            for wanted in wants.fields.values():
                if wanted.child is not None:
                    self._visit(wanted.child, self._makers_of(wanted, providers))

    def _makers_of(self, wanted: Wanted, providers: Sequence[Draft]) -> Sequence[Draft]:
        draft = self._drafting.supplies[wanted].draft
        if draft is None:
            return self._drafting.givers_of(wanted) or providers
        return tuple(call for call in draft.calls if call.connector is not None)

    def _add(self, wanted: Wanted, providers: Sequence[Draft]) -> None:
        network = self._network
        draft = self._drafting.supplies[wanted].draft
        network.nodes.append(wanted)
        if draft is None:
            network.feeds[wanted] = list(self._drafting.givers_of(wanted) or providers)
            return
        network.feeds[wanted] = list(draft.calls)
        for call in draft.calls:
            if call not in network.feeds:
                self._add_draft(call, providers)

    def _add_draft(self, draft: Draft, providers: Sequence[Draft]) -> None:
        network = self._network
        network.nodes.append(draft)
        needed: list[Node] = [w for d in draft.dependencies for w in d.wanted]
        network.feeds[draft] = [*needed, *providers]
        for member in needed:
            if isinstance(member, Wanted) and member not in network.feeds:
                self._add(member, providers)
        if draft.connector is not None:
            network.waves[draft] = 1 + max((self._wave(n) for n in network.feeds[draft]), default=0)

    def _wave(self, node: Node) -> int:
        """The wave of the last call that a node waits for; 0 for none."""
        if isinstance(node, Draft) and node in self._network.waves:
            return self._network.waves[node]
        return max((self._wave(n) for n in self._network.feeds.get(node, ())), default=0)


def _components(network: Network) -> list[list[Node]]:
    """Connected components, in order of first mention; fields that no call or value feeds join none."""
    leader: dict[Node, Node] = {node: node for node in network.nodes}

    def find(node: Node) -> Node:
        while leader[node] is not node:
            node = leader[node]
        return node

    for node, needed in network.feeds.items():
        for other in needed:
            leader[find(node)] = find(other)
    groups: dict[Node, list[Node]] = {}
    for node in network.nodes:
        groups.setdefault(find(node), []).append(node)
    return [nodes for nodes in groups.values() if any(_is_call(node) for node in nodes)]


def _is_call(node: Node) -> bool:
    return isinstance(node, Draft) and node.connector is not None


def _describe_group(nodes: list[Node], network: Network, drafting: Drafting) -> GroupDescription:
    fed_first = sorted(nodes, key=lambda node: _depth(node, network))
    fields = dict.fromkeys(node.coordinate for node in fed_first if isinstance(node, Wanted))
    calls = [node for node in nodes if isinstance(node, Draft) and node.connector is not None]
    calls.sort(key=lambda draft: network.waves[draft])
    return GroupDescription(
        fields=tuple(fields), calls=tuple(_describe_call(draft, network, nodes) for draft in calls)
    )


def _depth(node: Node, network: Network) -> int:
    """How long the longest chain below a node is: what needs nothing stands first."""
    return max((1 + _depth(needed, network) for needed in network.feeds.get(node, ())), default=0)


def _describe_call(draft: Draft, network: Network, nodes: list[Node]) -> CallDescription:
    connector = draft.connector
    assert connector is not None, "only calls are described"
    depends = dict.fromkeys(_name(node) for node in network.feeds[draft])
    needed_by = dict.fromkeys(
        node.coordinate for node in nodes if isinstance(node, Wanted) and draft in network.feeds[node]
    )
    return CallDescription(
        api=connector.api,
        source=connector.source_name,
        method=connector.method,
        url=connector.url.text,
        wave=network.waves[draft],
        batch=connector.batch is not None,
        depends_on=tuple(depends),
        needed_by=tuple(needed_by),
        policy=str(connector.policy) or None,
    )


def _name(node: Node) -> str:
    if isinstance(node, Wanted):
        return node.coordinate
    return node.connector.api if node.connector is not None else node.fills[0]


# ---------------------------------------------------------------------- dependency lines
def network_lines(network: Network, drafting: Drafting) -> Iterator[str]:
    """For each field that a call or value feeds and nobody else needs: `f1 ← a1(q) ← f4 ← f3`."""
    needed = {member for feeds in network.feeds.values() for member in feeds}
    for node in network.nodes:
        if isinstance(node, Wanted) and node not in needed and drafting.supplies[node].draft is not None:
            yield from _chains(node, network, drafting, (node.name,))


def _chains(node: Node, network: Network, drafting: Drafting, so_far: tuple[str, ...]) -> Iterator[str]:
    following = list(_causes(node, network))
    if not following:
        yield " ← ".join(so_far)
    for label, cause in following:
        yield from _chains(cause, network, drafting, (*so_far, label) if label else so_far)


def _causes(node: Node, network: Network) -> Iterator[tuple[str, Node]]:
    """What a node needs, each with its label; the draft of a value has its field's name already."""
    feeds = network.feeds.get(node, [])
    fields = [needed for needed in feeds if isinstance(needed, Wanted)]
    for needed in fields or feeds:  # a call that reads fields: its parent's provider is theirs too
        if isinstance(needed, Wanted):
            yield needed.name, needed
        elif needed.connector is not None:
            yield _call_label(needed.connector), needed
        else:
            yield "", needed


def _call_label(connector: Connector) -> str:
    """`a1(q)`: the API with the parameters that fields feed."""
    inputs = tuple(_FED_PARAMETER.findall(connector.url.text)) or tuple(
        sorted({path[-1] for path in connector.this_paths})
    )
    return f"{connector.api}({', '.join(inputs)})" if inputs else connector.api
