"""Which nodes leave the instance for pages of its history, so that a long run stays cheap to write."""

from engine.flow.instance import Instance, NodeId, NodeInstance
from engine.flow.marking import OPEN

MAX_NODES = 200  # in the document: about 30 kB
PAGE = 100  # nodes a page, and what stays at least


def nodes_to_spill(instance: Instance) -> list[list[NodeInstance]]:
    """Full pages of the oldest nodes that have settled and that nothing open refers to; none up to 200 nodes.

    The caller takes them out of `nodes` and counts the pages in `spilled`. A node may come again in a later
    page, after a rollback changed it: the later one counts.
    """
    if len(instance.nodes) <= MAX_NODES:
        return []
    kept = _referred_to(instance)
    settled = [node for node in instance.nodes.values() if node.status not in OPEN and node.id not in kept]
    pages = min(len(settled), len(instance.nodes) - PAGE) // PAGE
    return [settled[at * PAGE : (at + 1) * PAGE] for at in range(pages)]


def _referred_to(instance: Instance) -> set[NodeId]:
    kept = {token.source for token in instance.tokens} | instance.effects.keys()
    for node in instance.nodes.values():
        if node.status in OPEN:
            kept.update(node.causes)
    if instance.reopens is not None:
        kept.add(instance.reopens)
    return kept
