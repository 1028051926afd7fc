"""What a checked operation gives and uses: the types of its variables and result, what may be null."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    TypeNode,
    is_composite_type,
)

from engine.expr import ANY, BOOL, DOUBLE, INT, STRING, ExprType, ListType, ObjectType
from engine.flow.ports import CallType
from engine.problem import Problem, Severity
from schema.operation import Operation
from schema.reserved import RESERVED_FIELDS

SCALARS: Mapping[str, ExprType] = {
    "Int": INT,
    "Float": DOUBLE,
    "String": STRING,
    "ID": STRING,
    "Boolean": BOOL,
}
TYPENAME = "__typename"

Path = tuple[str, ...]


def describe_operation(operation: Operation) -> CallType:
    """The operation is valid under its schema."""
    described = _Description(operation=operation)
    root = operation.schema.get_root_type(operation.kind)
    assert root is not None, "a valid operation has its root type"
    result = described.object_of(root, [operation.node.selection_set], ())
    definitions = operation.node.variable_definitions or ()
    return CallType(
        mutation=operation.kind is OperationType.MUTATION,
        variables={
            definition.variable.name.value: _variable_type(definition.type) for definition in definitions
        },
        result=result,
        uses=frozenset(described.uses),
        nullable=frozenset(described.nullable),
        problems=tuple(described.problems.values()),
    )


@dataclass(slots=True, kw_only=True)
class _Description:
    """Walks the selections once, fields with one response name together."""

    operation: Operation
    uses: set[str] = field(default_factory=set[str])
    nullable: set[Path] = field(default_factory=set[Path])
    problems: dict[str, Problem] = field(default_factory=dict[str, Problem])

    @property
    def schema(self) -> GraphQLSchema:
        return self.operation.schema

    def object_of(self, parent: GraphQLNamedType, selections: list[SelectionSetNode], path: Path) -> ExprType:
        groups: dict[str, list[tuple[GraphQLNamedType, FieldNode]]] = {}
        for selection_set in selections:
            for owner, node in self._fields(parent, selection_set):
                key = node.alias.value if node.alias else node.name.value
                groups.setdefault(key, []).append((owner, node))
        fields = {key: self._field_type(parent, nodes, (*path, key)) for key, nodes in groups.items()}
        return ObjectType(parent.name, lambda: fields)

    def _fields(
        self, parent: GraphQLNamedType, selection_set: SelectionSetNode
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                yield parent, selection
                continue
            fragment = fragment_of(selection, self.operation.fragments)
            condition = fragment.type_condition
            owner = parent if condition is None else self.schema.type_map[condition.name.value]
            yield from self._fields(owner, fragment.selection_set)

    def _field_type(
        self, parent: GraphQLNamedType, nodes: list[tuple[GraphQLNamedType, FieldNode]], path: Path
    ) -> ExprType:
        for owner, node in nodes:
            self._note(owner, node)
        owner, node = nodes[0]
        if node.name.value == TYPENAME:
            return STRING
        definition = _definition(owner, node)
        if definition is None:
            return ANY
        conditional = any(one.directives for _, one in nodes) or all(one is not parent for one, _ in nodes)
        inner, may_be_null = _unwrapped(definition.type)
        if may_be_null or conditional:
            self.nullable.add(path)
        if is_composite_type(inner):
            below = [one.selection_set for _, one in nodes if one.selection_set is not None]
            found = self.object_of(inner, below, path)
        else:
            found = SCALARS.get(inner.name, ANY)
        return _listed(definition.type, found)

    def _note(self, owner: GraphQLNamedType, node: FieldNode) -> None:
        name = node.name.value
        coordinate = f"{owner.name}.{name}"
        definition = _definition(owner, node)
        if definition is None:
            return
        self.uses.add(coordinate)
        if definition.deprecation_reason is not None:
            self.problems[coordinate] = Problem(
                code="FIELD_DEPRECATED",
                severity=Severity.WARNING,
                message=f"{coordinate} is deprecated: {definition.deprecation_reason}",
            )
        if coordinate in RESERVED_FIELDS:
            message = f"{coordinate} is the platform's own: flows use what units publish"
            self.problems[coordinate] = Problem(code="PLATFORM_FIELD", message=message)


def fragment_of(
    selection: SelectionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> FragmentDefinitionNode | InlineFragmentNode:
    """What a selection that is no field stands for."""
    if isinstance(selection, FragmentSpreadNode):
        return fragments[selection.name.value]
    assert isinstance(selection, InlineFragmentNode), "there are fields, spreads and inline fragments"
    return selection


def _definition(owner: GraphQLNamedType, node: FieldNode) -> GraphQLField | None:
    """None for __typename and introspection."""
    fields = owner.fields if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType) else {}
    return fields.get(node.name.value)


def _unwrapped(type_: GraphQLType) -> tuple[GraphQLNamedType, bool]:
    """The named type, and whether it or any list around it may be null."""
    may_be_null = False
    while True:
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        else:
            may_be_null = True
        if isinstance(type_, GraphQLList):
            type_ = type_.of_type
            continue
        assert isinstance(type_, GraphQLNamedType), "lists and non-null are unwrapped"
        return type_, may_be_null


def _listed(type_: GraphQLType, inner: ExprType) -> ExprType:
    if isinstance(type_, GraphQLNonNull):
        return _listed(type_.of_type, inner)
    return ListType(_listed(type_.of_type, inner)) if isinstance(type_, GraphQLList) else inner


def _variable_type(node: TypeNode) -> ExprType:
    if isinstance(node, NonNullTypeNode):
        return _variable_type(node.type)
    if isinstance(node, ListTypeNode):
        return ListType(_variable_type(node.type))
    return SCALARS.get(node.name.value, ANY) if isinstance(node, NamedTypeNode) else ANY
