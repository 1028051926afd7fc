"""Decide @skip and @include before planning: a plan is made per value of the variables they use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FragmentDefinitionNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
    Visitor,
    visit,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The values of the variables that decide which selections are there."""

    values: Mapping[str, bool]

    def includes(self, selection: SelectionNode) -> bool:
        for directive in selection.directives or ():
            name = directive.name.value
            if name == "skip" and self._decides(directive):
                return False
            if name == "include" and not self._decides(directive):
                return False
        return True

    def _decides(self, directive: DirectiveNode) -> bool:
        value = next(a.value for a in directive.arguments or () if a.name.value == "if")
        if isinstance(value, VariableNode):
            return self.values[value.name.value]
        return isinstance(value, BooleanValueNode) and value.value


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names.add(argument.value.name.value)


def condition_variables(
    operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The names of the variables that @skip and @include use, sorted."""
    found = _Variables()
    nodes: list[Node] = [operation, *fragments]
    for node in nodes:
        visit(node, found)
    return tuple(sorted(found.names))
