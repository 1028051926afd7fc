"""What a field is taken to cost, and how long a list: by `@cost` and `@listSize`, or by neither."""

from collections.abc import Mapping

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    IntValueNode,
    ListValueNode,
    StringValueNode,
    ValueNode,
    is_composite_type,
)

LIST_SIZE = 10  # items a list is taken to have
OBJECT_COST = 1

Sized = tuple[tuple[str, int], ...]
"""How long lists are taken to be that stand right below a field which says so (`sizedFields`)."""


def cost_of(definition: GraphQLField, named: GraphQLNamedType) -> int:
    """Of one value: the field's own weight, else its type's, else 1 for an object and nothing for a leaf."""
    for node in (definition.ast_node, named.ast_node):
        weight = _argument(_use(node, "cost"), "weight")
        if isinstance(weight, IntValueNode):
            return int(weight.value)
    return OBJECT_COST if is_composite_type(named) else 0


def size_of(node: FieldNode, definition: GraphQLField, sized: Sized) -> int:
    """How many values the field is taken to have; 1 for what is no list."""
    depth = str(definition.type).count("[")
    if depth == 0:
        return 1
    said = dict(sized).get(node.name.value)
    if said is None:
        said = _said_size(node, definition)
    return said * LIST_SIZE ** (depth - 1)


def sized_below(node: FieldNode, definition: GraphQLField) -> Sized:
    """What the field says of lists right below it."""
    named = _texts(_argument(_use(definition.ast_node, "listSize"), "sizedFields"))
    size = _said_size(node, definition) if named else 0
    return tuple((name, size) for name in named)


def _said_size(node: FieldNode, definition: GraphQLField) -> int:
    """The largest slicing argument that is written out or a default; else `assumedSize`, else ten.

    A variable is not known here: documents are measured once, for all their variables.
    """
    use = _use(definition.ast_node, "listSize")
    given = {one.name.value: one.value for one in node.arguments or ()}
    sizes = [_size(definition, name, given) for name in _texts(_argument(use, "slicingArguments"))]
    known = [size for size in sizes if size is not None]
    if known:
        return max(known)
    assumed = _argument(use, "assumedSize")
    return int(assumed.value) if isinstance(assumed, IntValueNode) else LIST_SIZE


def _size(definition: GraphQLField, name: str, given: Mapping[str, ValueNode]) -> int | None:
    argument = definition.args.get(name)
    default = argument.ast_node.default_value if argument is not None and argument.ast_node else None
    value = given.get(name, default)
    return max(int(value.value), 0) if isinstance(value, IntValueNode) else None


def _use(node: object, name: str) -> DirectiveNode | None:
    uses: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
    return next((use for use in uses if use.name.value == name), None)


def _argument(use: DirectiveNode | None, name: str) -> ValueNode | None:
    arguments = use.arguments or () if use is not None else ()
    return next((one.value for one in arguments if one.name.value == name), None)


def _texts(value: ValueNode | None) -> list[str]:
    values = value.values if isinstance(value, ListValueNode) else () if value is None else (value,)
    return [one.value for one in values if isinstance(one, StringValueNode)]
