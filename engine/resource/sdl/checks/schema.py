"""The whole is a valid GraphQL schema: types have fields, interfaces are implemented, unions have members."""

from collections.abc import Collection

from graphql import GraphQLError, NamedTypeNode, specified_scalar_types, validate_schema

from engine.resource.model import Registry
from engine.resource.sdl.findings import Findings
from engine.resource.sdl.vocabulary import vocabulary_schema


def check_schema(registry: Registry, findings: Findings) -> None:
    if not registry.modules:
        return  # before any module there may be nothing at all
    known = {*registry.definitions, *specified_scalar_types, *vocabulary_schema().type_map}
    for error in validate_schema(registry.schema):
        if not _follows(error, known):
            findings.add_graphql_error("INVALID_SCHEMA", error)


def _follows(error: GraphQLError, known: Collection[str]) -> bool:
    """Whether it is only said because a type is unknown or a name reserved, which is reported as such."""
    return error.message.startswith("Name '__") or any(
        isinstance(node, NamedTypeNode) and node.name.value not in known for node in error.nodes or ()
    )
