"""What a module says of itself in `extend schema`, and whom to ask about what it defines."""

from collections.abc import Mapping, Sequence

from graphql import ConstDirectiveNode, DocumentNode, GraphQLError, SchemaExtensionNode, StringValueNode

from engine.resource.sdl.findings import place_of


def directives_of_schema(document: DocumentNode) -> Sequence[ConstDirectiveNode]:
    """What a module says in `extend schema`."""
    extensions = (node for node in document.definitions if isinstance(node, SchemaExtensionNode))
    return tuple(directive for node in extensions for directive in node.directives or ())


def owner_told(module: str, documents: Mapping[str, DocumentNode]) -> str:
    """`module 'rides' of unit rides (contact: rides@example.com)`."""
    said: dict[str, str] = {}
    for node in directives_of_schema(documents[module]):
        if node.name.value == "owner":
            values = ((one.name.value, one.value) for one in node.arguments or ())
            said |= {name: value.value for name, value in values if isinstance(value, StringValueNode)}
    contact = f" (contact: {said['contact']})" if "contact" in said else ""
    return f"module '{module}' of unit {said.get('unit', module)}{contact}"


def other_owner(error: GraphQLError, documents: Mapping[str, DocumentNode]) -> str | None:
    """Of two definitions that clash, whose the first is, where they stand in different modules."""
    modules = [place_of(node).module for node in error.nodes or () if node.loc is not None]
    if len(modules) < 2 or modules[0] == modules[-1]:
        return None
    return owner_told(modules[0], documents)
