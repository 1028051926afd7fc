"""Every loop waits somewhere: for a person, a moment, a message or a called flow. Else it runs for ever."""

from engine.flow.checks.subject import Subject
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    Element,
    ElementKey,
    MessageCatchEvent,
    TimerCatchEvent,
    UserTask,
)


def check_loops(subject: Subject) -> None:
    elements = subject.model.elements
    passing = {key for key in subject.graph.successors if not _waits(elements.get(key))}
    degree = {key: sum(1 for target in subject.graph.successors[key] if target in passing) for key in passing}
    ready = [key for key, count in degree.items() if count == 0]
    while ready:  # what leads into no loop goes, until only loops and what leads into them is left
        for source in subject.graph.predecessors.get(ready.pop(), ()):
            if source in degree:
                degree[source] -= 1
                if degree[source] == 0:
                    ready.append(source)
    left = {key for key, count in degree.items() if count > 0}
    told: set[ElementKey] = set()
    for key in elements:
        if key in left and key not in told and (loop := _loop_through(subject, key, left)):
            told |= set(loop)
            _report(subject, key, [part for part in loop if part in elements])


def _waits(element: Element | None) -> bool:
    if isinstance(element, BoundaryEvent):
        return element.error is None
    return isinstance(element, UserTask | CallActivity | TimerCatchEvent | MessageCatchEvent)


def _loop_through(subject: Subject, key: ElementKey, left: set[ElementKey]) -> list[ElementKey]:
    """The shortest loop from an element back to it; empty if it only leads into one."""
    came_from: dict[ElementKey, ElementKey] = {}
    waiting = [key]
    for current in waiting:
        for target in subject.graph.successors[current]:
            if target == key:
                return _way_back(came_from, current, key)
            if target in left and target not in came_from:
                came_from[target] = current
                waiting.append(target)
    return []


def _way_back(
    came_from: dict[ElementKey, ElementKey], last: ElementKey, first: ElementKey
) -> list[ElementKey]:
    way = [last]
    while way[-1] != first:
        way.append(came_from[way[-1]])
    return way[::-1]


def _report(subject: Subject, key: ElementKey, loop: list[ElementKey]) -> None:
    named = " → ".join([*loop[:10], key] if len(loop) <= 10 else [*loop[:10], "…", key])
    hint = "Let it wait for a task, a timer, a message or a called flow."
    subject.error("LOOP_WITHOUT_WAIT", f"the loop {named} never waits", key, suggestion=hint)
