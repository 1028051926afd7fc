"""The directives a module may use, and typed access to their arguments."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import cast

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    build_ast_schema,
    parse,
)
from graphql.execution.values import get_argument_values


@cache  # a constant of the package, parsed when first asked for
def vocabulary_document() -> DocumentNode:
    text = files("engine.resource").joinpath("vocabulary.graphql").read_text("utf-8")
    return parse(text, no_location=True)


@cache
def vocabulary_schema() -> GraphQLSchema:
    scalars = parse("scalar JSON scalar DateTime", no_location=True).definitions
    document = vocabulary_document()
    schema = build_ast_schema(DocumentNode(definitions=(*scalars, *document.definitions)), assume_valid=True)
    for name in ("URLTemplate", "Selection", "CEL"):
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.parse_literal = GraphQLString.parse_literal  # they are written as strings, nothing else
    return schema


def directive_names() -> list[str]:
    return [directive.name for directive in vocabulary_schema().directives]


class DirectiveUse:
    """One use of a directive: coerced argument values beside the nodes they were written as."""

    def __init__(self, node: DirectiveNode) -> None:
        self.node = cast("ConstDirectiveNode", node)  # in a module: the parser's types say less
        self.name = node.name.value
        definition = vocabulary_schema().get_directive(self.name)
        assert definition is not None, f"@{self.name} is checked before it is read"
        self.values = get_argument_values(definition, node)

    def get(self, path: str) -> object:
        """The coerced value at a dotted path ("http.GET"); None where it is absent."""
        value: object = self.values
        for key in path.split("."):
            if not isinstance(value, dict) or key not in value:
                return None
            value = value[key]  # pyright: ignore[reportUnknownVariableType] # coerced input objects are untyped
        return value  # pyright: ignore[reportUnknownVariableType]

    def node_at(self, path: str) -> ValueNode | None:
        """The value node as written at a dotted path; list members by index ("http.headers.0.value")."""
        head, *rest = path.split(".")
        node: ValueNode | None = next(
            (a.value for a in self.node.arguments or () if a.name.value == head), None
        )
        for key in rest:
            if isinstance(node, ObjectValueNode):
                node = next((f.value for f in node.fields if f.name.value == key), None)
            elif key.isdigit():
                members = node.values if isinstance(node, ListValueNode) else (node,)  # [x] may be written x
                node = members[int(key)] if int(key) < len(members) else None
            else:
                return None
        return node

    def text_at(self, path: str) -> StringValueNode | None:
        node = self.node_at(path)
        return node if isinstance(node, StringValueNode) else None

    def has(self, path: str) -> bool:
        """Whether the author wrote the argument, defaults aside."""
        return self.node_at(path) is not None


def uses(nodes: tuple[ConstDirectiveNode, ...] | None, name: str) -> Iterator[DirectiveUse]:
    for node in nodes or ():
        if node.name.value == name:
            yield DirectiveUse(node)


def first_use(nodes: tuple[ConstDirectiveNode, ...] | None, name: str) -> DirectiveUse | None:
    return next(uses(nodes, name), None)
