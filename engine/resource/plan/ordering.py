"""Order the steps of one object type: each after what it waits for."""

from collections.abc import Mapping, Sequence

from engine.resource.plan.drafts import Draft
from engine.resource.plan.steps import CallStep, ChildStep, ObjectPlan, Step
from engine.resource.plan.wanted import Wanted


def in_order(
    nodes: Sequence[Draft | Wanted], waits: Mapping[Draft | Wanted, Sequence[Draft | Wanted]]
) -> list[Draft | Wanted]:
    """Every node after what it waits for; otherwise in the order given."""
    order: list[Draft | Wanted] = []
    placed: set[Draft | Wanted] = set()

    def place(node: Draft | Wanted) -> None:
        if node in placed:
            return
        placed.add(node)
        for needed in waits.get(node, ()):
            if needed in waits:
                place(needed)
        order.append(node)

    for node in nodes:
        place(node)
    return order


def object_plan_of(type_name: str, steps: Sequence[Step]) -> ObjectPlan:
    dependents: list[list[int]] = [[] for _ in steps]
    for index, step in enumerate(steps):
        for needed in step.after:
            dependents[needed].append(index)
    return ObjectPlan(
        type_name=type_name,
        steps=tuple(steps),
        dependents=tuple(tuple(d) for d in dependents),
        linear=_is_linear(steps),
    )


def _is_linear(steps: Sequence[Step]) -> bool:
    """Whether running the steps one after the other delays none: the waiting ones form one chain."""
    behind: list[set[int]] = []  # by step: all steps it follows, directly or not
    waiting: list[int] = []
    for index, step in enumerate(steps):
        follows = set(step.after).union(*(behind[needed] for needed in step.after))
        if waiting and waiting[-1] not in follows and isinstance(step, CallStep | ChildStep):
            return False
        behind.append(follows)
        if isinstance(step, CallStep | ChildStep):
            waiting.append(index)
    return True
