"""Which connectors can fill a type by its key: its own, and Query fields with `entity: true`."""

from collections.abc import Iterator, Mapping

from graphql import ListTypeNode, NonNullTypeNode, TypeNode

from engine.resource.model import EntityConnector, Type


def entity_connectors(types: Mapping[str, Type]) -> dict[str, tuple[EntityConnector, ...]]:
    """By type: its own connectors first, then Query fields, each in the order written."""
    found = {name: list(_own(owner)) for name, owner in types.items()}
    query = types.get("Query")
    for name, entity in _of_query(query) if query is not None else ():
        if name in found:
            found[name].append(entity)
    return {name: tuple(listed) for name, listed in found.items()}


def _own(owner: Type) -> Iterator[EntityConnector]:
    for connector in owner.connectors:
        keys = tuple(sorted({path[0] for path in connector.this_paths}))
        yield EntityConnector(connector=connector, keys=keys, arguments=False)


def _of_query(query: Type) -> Iterator[tuple[str, EntityConnector]]:
    for field in query.fields.values():
        if isinstance(_nullable(field.node.type), ListTypeNode):
            continue
        keys = tuple(argument.name.value for argument in field.node.arguments or ())
        for connector in field.connectors:
            if connector.entity:
                entity = EntityConnector(connector=connector, keys=keys, arguments=True)
                yield named_type(field.node.type), entity


def _nullable(node: TypeNode) -> TypeNode:
    return node.type if isinstance(node, NonNullTypeNode) else node


def named_type(node: TypeNode) -> str:
    while isinstance(node, ListTypeNode | NonNullTypeNode):
        node = node.type
    name = getattr(node, "name")  # noqa: B009 # only named types are left
    return name.value
