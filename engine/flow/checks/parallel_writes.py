"""Branches that run at the same time do not write the same variable: which value stays would be chance."""

from collections import defaultdict
from itertools import combinations

from engine.flow.checks.known_variables import writes_of
from engine.flow.checks.subject import Subject
from engine.flow.model import Element, ElementKey, ExclusiveGateway, UserTask


def check_parallel_writes(subject: Subject) -> None:
    model = subject.model
    writers: dict[str, list[ElementKey]] = defaultdict(list)
    for key, element in model.elements.items():
        for name in dict.fromkeys(writes_of(element, model)):
            writers[name].append(key)
    contested = {name: keys for name, keys in writers.items() if len(keys) > 1}
    for fork in model.elements.values():
        if contested and len(fork.outgoing) > 1 and not isinstance(fork, ExclusiveGateway | UserTask):
            _check_fork(subject, fork, contested)


def _check_fork(subject: Subject, fork: Element, contested: dict[str, list[ElementKey]]) -> None:
    """Two elements run at the same time if each lies on a branch that does not come to the other."""
    branches: dict[ElementKey, int] = defaultdict(int)  # of each element, a bit for every branch it lies on
    for at, flow in enumerate(fork.outgoing):
        for key in subject.graph.reached([subject.model.flows[flow].target], without=fork.key):
            branches[key] |= 1 << at
    for name, keys in contested.items():
        first = {
            branches[key]: key for key in reversed(keys) if key in branches
        }  # one of each kind is enough
        for (left, one), (right, other) in combinations(first.items(), 2):
            if left & ~right and right & ~left:
                message = f"'{other}' and '{one}' in parallel branches both write '{name}'"
                hint = "Write different variables, and combine them behind the join."
                subject.warn("PARALLEL_WRITES", message, fork.key, suggestion=hint)
                break
