"""A sequence flow stays in its sub-process: tokens enter one at its start and leave it at its ends."""

from engine.flow.checks.subject import Subject


def check_scopes(subject: Subject) -> None:
    elements = subject.model.elements
    for key, flow in subject.model.flows.items():
        source, target = elements[flow.source].parent, elements[flow.target].parent
        if source != target:
            inner, outer = (source or "the flow itself"), (target or "the flow itself")
            message = f"it leads from '{flow.source}' in {inner} to '{flow.target}' in {outer}"
            subject.error("SCOPE_CROSSED", message, key, suggestion="Lead it to the sub-process itself.")
