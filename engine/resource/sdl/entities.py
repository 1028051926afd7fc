"""Which connectors can fill a type by its key: its own, and Query fields with `entity: true`."""

from collections.abc import Iterator, Mapping

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from engine.resource.model import EntityConnector, Type


def entity_connectors(owner: Type, types: Mapping[str, Type]) -> tuple[EntityConnector, ...]:
    """The type's own connectors first, then Query fields, each in the order written."""
    return (*_own(owner), *_of_query(owner, types))


def _own(owner: Type) -> Iterator[EntityConnector]:
    for connector in owner.connectors:
        keys = tuple(sorted({path[0] for path in connector.this_paths}))
        yield EntityConnector(connector=connector, keys=keys, arguments=False)


def _of_query(owner: Type, types: Mapping[str, Type]) -> Iterator[EntityConnector]:
    query = types.get("Query")
    if query is None:
        return
    for field in query.fields.values():
        if named_type(field.node.type) != owner.name or isinstance(_nullable(field.node.type), ListTypeNode):
            continue
        names = tuple(argument.name.value for argument in field.node.arguments or ())
        for connector in field.connectors:
            if connector.entity:
                yield EntityConnector(connector=connector, keys=names, arguments=True)


def _nullable(node: TypeNode) -> TypeNode:
    return node.type if isinstance(node, NonNullTypeNode) else node


def named_type(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    name = getattr(node, "name")  # noqa: B009 # only named types are left
    return name.value
