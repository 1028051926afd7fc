"""Who reaches whom along the sequence flows of a model."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.flow.model import ElementKey

Successors = Mapping[ElementKey, Sequence[ElementKey]]


def reachable_from(starts: Iterable[ElementKey], successors: Successors) -> frozenset[ElementKey]:
    """The starts, and every element a token from one of them can come to."""
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for key in successors.get(waiting.pop(), ()):
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    return frozenset(reached)


def reaching(target: ElementKey, successors: Successors, *, without: ElementKey) -> frozenset[ElementKey]:
    """The target, and every element from which a token can come to it without entering `without`.

    `without` itself is among them if it leads there: a token that is in it need not enter it again.
    """
    predecessors: dict[ElementKey, list[ElementKey]] = defaultdict(list)
    for source, targets in successors.items():
        for key in targets:
            predecessors[key].append(source)
    reached = {target}
    waiting = [target] if target != without else []
    while waiting:
        for key in predecessors.get(waiting.pop(), ()):
            if key not in reached:
                reached.add(key)
                if key != without:
                    waiting.append(key)
    return frozenset(reached)
