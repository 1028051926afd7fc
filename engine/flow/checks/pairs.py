"""Where a gateway claims to be half of a block, the other half agrees, and every branch leads there."""

from engine.flow.checks.subject import Subject
from engine.flow.model import ElementKey, EndEvent, InclusiveGateway, ParallelGateway

Gateway = ParallelGateway | InclusiveGateway


def check_pairs(subject: Subject) -> None:
    for element in subject.model.elements.values():
        other_key = element.pairs_with if isinstance(element, Gateway) else None
        other = subject.model.elements.get(other_key) if other_key is not None else None
        if isinstance(element, Gateway) and other is not None:
            path = f"{element.key}/pairsWith"
            if not isinstance(other, Gateway) or other.__class__ is not element.__class__:
                subject.forbid("PAIR_MISMATCH", f"'{other.key}' is a gateway of another type, or none", path)
            elif other is element or other.pairs_with != element.key:
                subject.forbid("PAIR_MISMATCH", f"'{other.key}' does not pair with this gateway", path)
            elif len(element.outgoing) > 1:
                _check_block(subject, element, other, path)


def _check_block(subject: Subject, fork: Gateway, join: Gateway, path: str) -> None:
    graph = subject.graph
    branches = [subject.model.flows[key].target for key in fork.outgoing]
    within = graph.reached([key for key in branches if key != join.key], without=join.key)
    lost = [key for key in subject.model.elements if key in within and _ends(subject, key)]
    for key in lost:
        message = f"'{key}' ends a branch before it comes to '{join.key}'"
        subject.forbid("PAIR_BROKEN", message, path)
    if not lost and join.key not in graph.reached(branches):
        subject.forbid("PAIR_BROKEN", f"no branch leads to '{join.key}'", path)


def _ends(subject: Subject, key: ElementKey) -> bool:
    """It takes a token away for good; an end of a sub-process leads on, one that terminates ends the join."""
    element = subject.model.elements[key]
    is_last = isinstance(element, EndEvent) and not element.terminate
    return is_last and not subject.graph.successors.get(key)
