"""What an element names by its key is there, and is of the kind that is meant."""

from collections.abc import Iterable

from engine.flow.checks.subject import Subject
from engine.flow.model import (
    Element,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
    SubProcess,
    UserTask,
)

MAX_NESTING = 20  # sub-processes within each other; two or three are usual


def check_references(subject: Subject) -> None:
    for element in subject.model.elements.values():
        _check_parent(subject, element)
        if isinstance(element, UserTask | ExclusiveGateway | InclusiveGateway) and element.default:
            _check_default(subject, element, element.default)
        if isinstance(element, ParallelGateway | InclusiveGateway) and element.pairs_with:
            _check_pair(subject, element, element.pairs_with)
        if isinstance(element, UserTask) and element.form and element.form not in subject.model.forms:
            _unknown(subject, f"{element.key}/form", "form", element.form, subject.model.forms)


def _check_parent(subject: Subject, element: Element) -> None:
    """The parent is a sub-process, and does not lie, at any depth, in this very element."""
    elements, parent, path = subject.model.elements, element.parent, f"{element.key}/parent"
    if parent is None:
        return
    if parent not in elements:
        _unknown(subject, path, "sub-process", parent, elements)
    elif not isinstance(elements[parent], SubProcess):
        subject.error("REFERENCE_WRONG", f"'{parent}' is no sub-process", path)
    passed = {element.key}
    while parent is not None and parent in elements and parent not in passed:
        passed.add(parent)
        parent = elements[parent].parent
    if parent == element.key:
        subject.error("PARENT_CYCLE", "it lies in itself", path)
    elif len(passed) > MAX_NESTING:
        subject.error("SCOPE_TOO_DEEP", f"sub-processes nest deeper than {MAX_NESTING}", path)


def _check_default(subject: Subject, element: Element, default: str) -> None:
    if default not in element.outgoing:
        path = f"{element.key}/default"
        if default in subject.model.flows:
            subject.error("REFERENCE_WRONG", f"'{default}' is no flow out of here", path)
        else:
            _unknown(subject, path, "flow", default, element.outgoing)


def _check_pair(subject: Subject, element: Element, other: str) -> None:
    if other not in subject.model.elements:
        hint = subject.problems.nearest(other, subject.model.elements)
        message = f"there is no element '{other}'"
        subject.forbid("UNKNOWN_REFERENCE", message, f"{element.key}/pairsWith", suggestion=hint)


def _unknown(subject: Subject, path: str, what: str, name: str, known: Iterable[str]) -> None:
    hint = subject.problems.nearest(name, known)
    subject.error("UNKNOWN_REFERENCE", f"there is no {what} '{name}'", path, suggestion=hint)
