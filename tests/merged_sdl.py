"""Several modules as one plain GraphQL schema by the vocabulary, for tests that need no registry."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from graphql import (
    DocumentNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaExtensionNode,
    build_ast_schema,
    parse,
)
from graphql.language import DefinitionNode

VOCABULARY = Path(__file__).parents[1] / "engine" / "resource" / "vocabulary.graphql"


def merge_modules(modules: Iterable[str]) -> GraphQLSchema:
    """The modules' SDL as one schema, nothing hidden.

    Raises:
        TypeError: the SDL is not valid: an unknown directive, argument or type, a duplicate, a missing field.
    """
    texts = list(modules)
    roots = [root for root in ("Query", "Mutation") if any(f"type {root}" in text for text in texts)]
    base = f"schema {{ {' '.join(f'{root.lower()}: {root}' for root in roots)} }} scalar JSON scalar DateTime"
    given = parse(" ".join([base, *(f"type {root}" for root in roots)])).definitions
    vocabulary = parse(VOCABULARY.read_text(encoding="utf-8")).definitions
    added = [node for text in texts for node in parse(text).definitions]
    return build_ast_schema(DocumentNode(definitions=(*given, *vocabulary, *_as_extensions(added))))


def _as_extensions(nodes: list[DefinitionNode]) -> Iterator[DefinitionNode]:
    """In a module a root type is an extension; and of the modules' owners one schema can have one only."""
    for node in nodes:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ("Query", "Mutation"):
            yield ObjectTypeExtensionNode(name=node.name, fields=node.fields, directives=node.directives)
        elif isinstance(node, SchemaExtensionNode):
            sources = tuple(d for d in node.directives or () if d.name.value == "source")
            yield cast(
                DefinitionNode, SchemaExtensionNode(directives=sources)
            )  # documents hold extensions too
        else:
            yield node
