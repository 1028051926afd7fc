"""Decide @skip and @include before planning: a plan is made per value of the variables they use."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
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


def condition_variables(
    operation: OperationDefinitionNode, fragments: Iterable[FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The names of the variables that @skip and @include use, sorted."""
    roots = [operation.selection_set, *(fragment.selection_set for fragment in fragments)]
    return tuple(sorted({name for root in roots for name in _condition_variables(root)}))


def _condition_variables(selections: SelectionSetNode) -> Iterator[str]:
    for selection in selections.selections:
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                values = [argument.value for argument in directive.arguments or ()]
                yield from (value.name.value for value in values if isinstance(value, VariableNode))
        if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set is not None:
            yield from _condition_variables(selection.selection_set)
