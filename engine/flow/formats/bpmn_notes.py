"""What importing BPMN has to say: each with the element it belongs to and its line."""

from engine.flow.fields import Problems
from engine.flow.formats.bpmn_names import BPMN
from engine.flow.formats.xml_tree import XmlNode
from engine.problem import Problem, Severity


class Notes(Problems):
    """Errors for what would run otherwise, warnings for what changes nothing in a run."""

    def unsupported(self, what: str, where: XmlNode, key: str | None) -> None:
        message = f"{what} has no equal here"
        self.put(Problem(code="BPMN_UNSUPPORTED", message=message, path=key, line=where.line))

    def ignored(self, what: str, where: XmlNode, key: str | None) -> None:
        self.put(
            Problem(
                code="BPMN_IGNORED",
                message=f"{what} is not kept",
                path=key,
                line=where.line,
                severity=Severity.WARNING,
            )
        )

    def not_bpmn(self, message: str, where: XmlNode) -> None:
        self.put(Problem(code="NOT_BPMN", message=message, line=where.line))


def named(node: XmlNode) -> str:
    """An element as a person would call it."""
    return node.local if node.namespace == BPMN else f"{node.local} of {node.namespace or 'no namespace'}"
