"""A flow, and each sub-process in it, has exactly one start and at least one end."""

from engine.flow.checks.subject import Subject
from engine.flow.model import Element, EndEvent, StartEvent, SubProcess


def check_ends(subject: Subject) -> None:
    inside = subject.graph.inside
    _check_scope(subject, inside[None], None)
    for element in subject.model.elements.values():
        if isinstance(element, SubProcess):
            _check_scope(subject, inside[element.key], element.key)
        if isinstance(element, StartEvent) and element.incoming:
            subject.warn("START_ENTERED", "a flow leads into the start event", f"{element.key}/incoming")
        if isinstance(element, EndEvent) and element.outgoing:
            message = "a flow leads out of the end event: nothing ever takes it"
            subject.warn("END_LEFT", message, f"{element.key}/outgoing")


def _check_scope(subject: Subject, elements: list[Element], path: str | None) -> None:
    whose = "the sub-process" if path else "the flow"
    starts = [element for element in elements if isinstance(element, StartEvent)]
    if not starts:
        subject.error("START_MISSING", f"{whose} has no start event", path)
    for start in starts[1:]:
        message = f"{whose} starts at '{starts[0].key}' already"
        subject.error("START_TWICE", message, start.key, suggestion="Join both ways behind one start event.")
    if not any(isinstance(element, EndEvent) for element in elements):
        subject.error("END_MISSING", f"{whose} has no end event", path)
