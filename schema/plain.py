"""Recognise documents that no rule of validation has anything to say about, in one pass over their fields.

Nearly every operation that clients send is valid, and plainly so. Saying why one is not takes the rules of
graphql-core, which look at each node up to eleven times; saying that one is needs less than a tenth of that.
What is not understood here is not plain: `schema/validation.py` then asks the rules.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLType,
    InlineFragmentNode,
    ListValueNode,
    NamedTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    is_input_type,
    is_required_argument,
    is_type_sub_type_of,
    type_from_ast,
)
from graphql.utilities.validate_input_value import validate_input_literal

from engine.resource.plan.wanted import TYPENAME

_CONDITIONS = (GraphQLSkipDirective, GraphQLIncludeDirective)
Answer = tuple[GraphQLNamedType, str] | None
"""The field that a response name stands for, where all that ask for it ask for the same leaf; else None."""


def is_plainly_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether all rules accept the document; False is no verdict.

    The work is that of the selections with fragments expanded, which `DocumentLimits.check` bounds.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(operations) != 1 or len(fragments) != len(document.definitions) - 1:
        return False
    named = {node.name.value: node for node in fragments}
    try:
        reading = _Reading(schema=schema, fragments=named, variables=_variables_of(schema, operations[0]))
        reading.operation(operations[0])
        _require(len(named) == len(fragments) == len(reading.spread))
        _require(len(reading.used) == len(reading.variables))
    except _NotPlain:
        return False
    return True


class _NotPlain(Exception):
    """Something here is for the rules to judge."""


def _require(holds: object) -> None:
    if not holds:
        raise _NotPlain


def _variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, GraphQLType]:
    definitions: Collection[VariableDefinitionNode] = operation.variable_definitions or ()
    types: dict[str, GraphQLType] = {}
    for definition in definitions:
        declared = type_from_ast(schema, definition.type)
        if declared is None or not is_input_type(declared) or definition.directives:
            raise _NotPlain
        if definition.default_value is not None:
            _check_literal(definition.default_value, declared)
        types[definition.variable.name.value] = declared
    _require(len(types) == len(definitions))
    return types


def _check_literal(value: ValueNode, declared: GraphQLType) -> None:
    """A constant that is neither a list nor an object, as graphql-core itself judges it."""
    if isinstance(value, ListValueNode | ObjectValueNode) or not is_input_type(declared):
        raise _NotPlain
    errors: list[object] = []
    validate_input_literal(value, declared, lambda error, _: errors.append(error), None, None, True)
    _require(not errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One operation. Fragments are read where they are spread, as if they were written there."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, GraphQLType]
    used: set[str] = field(default_factory=set[str])
    spread: set[str] = field(default_factory=set[str])
    within: list[str] = field(default_factory=list[str])  # fragments around

    def operation(self, node: OperationDefinitionNode) -> None:
        root = self.schema.get_root_type(node.operation)
        if root is None or node.directives or node.operation is OperationType.SUBSCRIPTION:
            raise _NotPlain
        self.selections(node.selection_set, root, {})

    def selections(
        self, node: SelectionSetNode, parent: GraphQLNamedType, answers: dict[str, Answer]
    ) -> None:
        """`answers`: by response name, what the selections of this level stand for so far."""
        for selection in node.selections:
            if selection.directives:
                self._conditions(selection.directives)
            match selection:
                case FieldNode():
                    self._field(selection, parent, answers)
                case FragmentSpreadNode():
                    self._spread(selection.name.value, parent, answers)
                case InlineFragmentNode():
                    inner = self._narrowed(parent, selection.type_condition)
                    self.selections(selection.selection_set, inner, answers)
                case _:
                    raise AssertionError("GraphQL has no other selection")

    def _field(self, node: FieldNode, parent: GraphQLNamedType, answers: dict[str, Answer]) -> None:
        name = node.name.value
        if name == TYPENAME:
            _require(not node.arguments and node.selection_set is None)
        else:
            if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
                raise _NotPlain
            definition = parent.fields[name]
            self._arguments(node.arguments or (), definition.args)
            self._below(node.selection_set, definition.type)
        answer = None if node.arguments or node.selection_set is not None else (parent, name)
        key = (node.alias or node.name).value
        _require(key not in answers or (answer is not None and answers[key] == answer))
        answers[key] = answer

    def _below(self, node: SelectionSetNode | None, declared: GraphQLType) -> None:
        named = get_named_type(declared)
        if is_composite_type(named) != (node is not None):
            raise _NotPlain
        if node is not None:
            self.selections(node, named, {})

    def _spread(self, name: str, parent: GraphQLNamedType, answers: dict[str, Answer]) -> None:
        node = self.fragments.get(name)
        if node is None or node.directives or node.variable_definitions or name in self.within:
            raise _NotPlain
        self.spread.add(name)
        self.within.append(name)
        self.selections(node.selection_set, self._narrowed(parent, node.type_condition), answers)
        self.within.pop()

    def _narrowed(self, parent: GraphQLNamedType, condition: NamedTypeNode | None) -> GraphQLNamedType:
        """What is asked of objects of `parent` that meet the condition is asked of this type."""
        named = parent if condition is None else self.schema.get_type(condition.name.value)
        if named is parent:
            return parent
        if not (is_composite_type(named) and is_composite_type(parent)):
            raise _NotPlain
        _require(do_types_overlap(self.schema, named, parent))
        return named

    def _conditions(self, nodes: Collection[DirectiveNode]) -> None:
        """@skip and @include, each once at most."""
        known = {one.name: one for one in _CONDITIONS if self.schema.get_directive(one.name) is one}
        for node in nodes:
            directive = known.pop(node.name.value, None)
            if directive is None:
                raise _NotPlain
            self._arguments(node.arguments or (), directive.args)

    def _arguments(self, nodes: Collection[ArgumentNode], declared: Mapping[str, GraphQLArgument]) -> None:
        if not nodes and not declared:
            return
        given = {node.name.value for node in nodes}
        _require(len(given) == len(nodes))
        for node in nodes:
            argument = declared.get(node.name.value)
            if argument is None:
                raise _NotPlain
            self._value(node.value, argument.type)
        _require(all(name in given or not is_required_argument(one) for name, one in declared.items()))

    def _value(self, node: ValueNode, declared: GraphQLType) -> None:
        if not isinstance(node, VariableNode):
            return _check_literal(node, declared)
        name = node.name.value
        self.used.add(name)
        own = self.variables.get(name)
        if own is None or not is_type_sub_type_of(self.schema, own, declared):
            raise _NotPlain
        return None
