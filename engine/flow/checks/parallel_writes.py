"""Branches that run at the same time do not write the same variable: which value stays would be chance."""

from itertools import combinations

from engine.flow.checks.known_variables import writes_of
from engine.flow.checks.subject import Subject
from engine.flow.model import Element, ElementKey, ExclusiveGateway, UserTask


def check_parallel_writes(subject: Subject) -> None:
    model, graph = subject.model, subject.graph
    writes = {key: set(writes_of(element, model)) for key, element in model.elements.items()}
    for element in model.elements.values():
        if _forks(element):
            targets = [model.flows[key].target for key in element.outgoing]
            branches = [graph.reached([target], without=element.key) for target in targets]
            for left, right in combinations(branches, 2):
                _compare(subject, element, left - right, right - left, writes)


def _forks(element: Element) -> bool:
    return len(element.outgoing) > 1 and not isinstance(element, ExclusiveGateway | UserTask)


def _compare(
    subject: Subject,
    fork: Element,
    left: set[ElementKey],
    right: set[ElementKey],
    writes: dict[ElementKey, set[str]],
) -> None:
    def writers(branch: set[ElementKey]) -> dict[str, ElementKey]:
        return {name: key for key in writes if key in branch for name in sorted(writes[key])}

    first, second = writers(left), writers(right)
    for name in sorted(first.keys() & second.keys()):
        message = f"'{first[name]}' and '{second[name]}' in parallel branches both write '{name}'"
        hint = "Write different variables, and combine them behind the join."
        subject.warn("PARALLEL_WRITES", message, fork.key, suggestion=hint)
