"""An operation as it is recorded: printed one way, without the values that a client wrote into it."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    get_named_type,
    print_ast,
    visit,
)

from engine.resource.sdl.entities import named_type
from resolvers.operations.ports import OperationForm
from schema.operation import Operation
from schema.reserved import RESERVED_FIELDS, RESERVED_TYPES

SCALARS = frozenset({"Int", "Float", "String", "ID", "Boolean"})


def form_of(operation: Operation) -> OperationForm:
    """Made once for an operation; CPU-bound, 1 ms for a screen's."""
    if operation.form is None:
        operation.form = _form(operation)
    return operation.form


def _form(operation: Operation) -> OperationForm:
    reading = _Reading(operation)
    root = operation.schema.get_root_type(operation.kind)
    assert root is not None, "a valid operation has its root type"
    fields = frozenset(reading.fields(operation.node.selection_set, root))
    fragments = [operation.fragments[name] for name in sorted(reading.spread)]
    document = DocumentNode(definitions=(operation.node, *fragments))
    text = print_ast(visit(document, _Blanks()))
    definitions = operation.node.variable_definitions or ()
    return OperationForm(
        hash=sha256(text.encode()).hexdigest(),
        text=text,
        name=operation.node.name.value if operation.node.name else None,
        kind=operation.kind.value,
        fields=fields,
        inputs=frozenset(named_type(one.type) for one in definitions) - SCALARS,
    )


class _Reading:
    """Which fields of modules are asked for, each fragment read once; `spread` names the fragments."""

    def __init__(self, operation: Operation) -> None:
        self._schema: GraphQLSchema = operation.schema
        self._fragments = operation.fragments
        self.spread: set[str] = set()

    def fields(self, node: SelectionSetNode | None, parent: GraphQLNamedType) -> Iterator[str]:
        for selection in node.selections if node is not None else ():
            match selection:
                case FieldNode():
                    yield from self._field(selection, parent)
                case FragmentSpreadNode():
                    yield from self._fragment(selection.name.value)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    owner = parent if condition is None else self._schema.type_map[condition.name.value]
                    yield from self.fields(selection.selection_set, owner)
                case _:
                    raise AssertionError("GraphQL has no other selection")

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Iterator[str]:
        """None of the platform's own, which no module takes away."""
        known = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        definition = known.get(node.name.value)
        coordinate = f"{parent.name}.{node.name.value}"
        if definition is None or coordinate in RESERVED_FIELDS or parent.name in RESERVED_TYPES:
            return
        yield coordinate
        yield from self.fields(node.selection_set, get_named_type(definition.type))

    def _fragment(self, name: str) -> Iterator[str]:
        if name not in self.spread:
            self.spread.add(name)
            node = self._fragments[name]
            yield from self.fields(node.selection_set, self._schema.type_map[node.type_condition.name.value])


class _Blanks(Visitor):
    """Nothing that a person may have typed stays; what the schema names (enum values, fields) does."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> StringValueNode:
        return StringValueNode(value="", block=False)

    def enter_int_value(self, node: IntValueNode, *_: object) -> IntValueNode:
        return IntValueNode(value="0")

    def enter_float_value(self, node: FloatValueNode, *_: object) -> FloatValueNode:
        return FloatValueNode(value="0.0")

    def leave_list_value(self, node: ListValueNode, *_: object) -> ListValueNode:
        """How many there are says something, too; one of each kind is enough to be checked."""
        kinds: dict[str, Node] = {print_ast(value): value for value in node.values}
        return replace(node, values=tuple(kinds.values()))  # pyright: ignore[reportArgumentType] # values of this list
