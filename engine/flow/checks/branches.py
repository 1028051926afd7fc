"""Where a token chooses, it finds a way: every flow has a condition or is the default, and one holds."""

from engine.expr.nodes import Binary, Literal, Node, Unary
from engine.flow.checks.reading_expressions import parsed, text_of
from engine.flow.checks.subject import Subject
from engine.flow.model import (
    Element,
    ElementKey,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
    SequenceFlow,
    UserTask,
)

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def check_branches(subject: Subject) -> None:
    for element in subject.model.elements.values():
        flows = [subject.model.flows[key] for key in element.outgoing]
        default: ElementKey | None = getattr(element, "default", None)  # of the types that may name one
        conditional = [flow for flow in flows if flow.condition is not None and flow.key != default]
        _check_unused(subject, element, flows, default)
        if isinstance(element, ParallelGateway):
            continue
        chooses = isinstance(element, ExclusiveGateway | InclusiveGateway | UserTask)
        if chooses and len(flows) > 1:
            for flow in flows:
                if flow.condition is None and flow.key != default:
                    message = f"'{element.key}' chooses, and this flow has no condition and is no default"
                    subject.error("CONDITION_MISSING", message, flow.key)
        if conditional and default is None and len(conditional) == len(flows) and not _is_total(conditional):
            message = "there is no default, and perhaps no condition holds: the step would be refused"
            subject.warn("NO_DEFAULT", message, element.key, suggestion="Name one flow as its 'default'.")


def _check_unused(
    subject: Subject, element: Element, flows: list[SequenceFlow], default: ElementKey | None
) -> None:
    for flow in flows:
        if flow.condition is not None and (flow.key == default or isinstance(element, ParallelGateway)):
            why = "a default is taken where no other condition holds"
            if flow.key != default:
                why = "a parallel gateway takes all its flows"
            subject.warn("CONDITION_UNUSED", f"the condition is never asked: {why}", f"{flow.key}/condition")


def _is_total(flows: list[SequenceFlow]) -> bool:
    """Whether one holds in any case: one is plainly true, or two are each other's opposite."""
    conditions = [node for flow in flows if (node := parsed(flow.condition or "")) is not None]
    if any(isinstance(node, Literal) and node.value is True for node in conditions):
        return True
    said = {form for node in conditions for form in _forms(node)}
    return any(_opposite(node) in said for node in conditions)


def _forms(node: Node) -> set[str]:
    """A condition as text without its layout, and the other way round."""
    if isinstance(node, Binary) and node.operator in MIRRORED:
        left, right = text_of(node.left), text_of(node.right)
        return {f"{left} {node.operator} {right}", f"{right} {MIRRORED[node.operator]} {left}"}
    return {text_of(node)}


def _opposite(node: Node) -> str:
    if isinstance(node, Binary) and node.operator in OPPOSITE:
        return f"{text_of(node.left)} {OPPOSITE[node.operator]} {text_of(node.right)}"
    if isinstance(node, Unary) and node.operator == "!":
        return min(_forms(node.operand))
    return f"!{text_of(node)}"
