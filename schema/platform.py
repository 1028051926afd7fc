"""What the platform brings into the graph before any module: its definitions and its reserved names."""

from graphql import DocumentNode, SchemaDefinitionNode, parse, print_schema

from engine.resource.sdl import Platform
from engine.resource.sdl.checks.addresses import LiteralGuard
from schema.executable import PlatformSchema
from schema.reserved import RESERVED_FIELDS, RESERVED_TYPES


def platform_of(schema: PlatformSchema, guard: LiteralGuard | None = None) -> Platform:
    """The platform's side of a composition; `guard` judges the addresses that modules write out."""
    return Platform(
        document=platform_document(schema),
        reserved_types=RESERVED_TYPES,
        reserved_fields=RESERVED_FIELDS,
        guard=guard,
    )


def platform_document(schema: PlatformSchema) -> DocumentNode:
    """The definitions of the platform's types, roots included."""
    document = parse(platform_sdl(schema), no_location=True)
    kept = tuple(node for node in document.definitions if not isinstance(node, SchemaDefinitionNode))
    return DocumentNode(definitions=kept)


def platform_sdl(schema: PlatformSchema) -> str:
    """The platform's API as text: what `schema.graphql` holds."""
    return print_schema(schema.core) + "\n"
