"""The schema that a class of callers sees: without inaccessible parts and without what is hidden from it."""

from collections.abc import Callable, Collection
from dataclasses import replace

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    TypeDefinitionNode,
    build_ast_schema,
)

from engine.resource.model import AccessRule, OnDeny, Registry
from engine.resource.sdl.entities import named_type

_KEPT_DIRECTIVES = ("deprecated", "specifiedBy", "oneOf", "cost", "listSize")  # the last two bound documents
_PARTS = ("fields", "values", "types", "interfaces", "directives")


def hiding_rules(registry: Registry) -> tuple[AccessRule, ...]:
    """The rules that decide visibility: a caller's class is the set of those it fails."""
    return tuple(rule for rule in registry.rules if rule.on_deny is OnDeny.HIDE)


def client_schema(registry: Registry, failed: Collection[int]) -> GraphQLSchema:
    """The schema for callers that fail exactly these hiding rules (by id)."""
    hidden = _hidden_coordinates(registry, failed)
    definitions = {name: node for name, node in registry.definitions.items() if name not in hidden}
    gone = set(registry.definitions).difference(definitions)
    while True:  # a type whose last field is gone is gone itself, and so on
        trimmed = {name: _trim(node, hidden, gone) for name, node in definitions.items()}
        empty = {name for name, node in trimmed.items() if _is_empty(node) and name != "Query"}
        if not empty:
            break
        gone |= empty
        definitions = {name: node for name, node in definitions.items() if name not in empty}
    directives = tuple(
        node for node in registry.platform.definitions if not isinstance(node, TypeDefinitionNode)
    )
    document = DocumentNode(definitions=(*trimmed.values(), *directives))
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


def _hidden_coordinates(registry: Registry, failed: Collection[int]) -> set[str]:
    hidden = {rule.coordinate for rule in registry.rules if rule.id in failed}
    for owner in registry.types.values():
        if owner.inaccessible:
            hidden.add(owner.name)
        hidden.update(field.coordinate for field in owner.fields.values() if field.inaccessible)
    return hidden


def _trim(node: TypeDefinitionNode, hidden: Collection[str], gone: Collection[str]) -> TypeDefinitionNode:
    """A definition without hidden fields and without anything that names a type that is gone."""
    name = node.name.value
    keep: dict[str, Callable[[Node], bool]] = {
        "fields": lambda field: f"{name}.{_name_of(field)}" not in hidden and not _names_any(field, gone),
        "types": lambda member: _name_of(member) not in gone,
        "interfaces": lambda member: _name_of(member) not in gone,
        "directives": lambda use: _name_of(use) in _KEPT_DIRECTIVES,
        "values": lambda _: True,
    }
    changes: dict[str, tuple[Node, ...]] = {}
    for part in _PARTS:
        members: tuple[Node, ...] = getattr(node, part, None) or ()
        if members:
            changes[part] = tuple(_without_directives(m) for m in members if keep[part](m))
    return replace(node, **changes) if changes else node  # pyright: ignore[reportArgumentType] # parts of this node


def _without_directives(node: Node) -> Node:
    if isinstance(node, ConstDirectiveNode | NamedTypeNode):
        return node
    directives: tuple[ConstDirectiveNode, ...] = getattr(node, "directives", None) or ()
    if not directives:
        return node
    kept = tuple(use for use in directives if use.name.value in _KEPT_DIRECTIVES)
    return replace(node, directives=kept)  # pyright: ignore[reportCallIssue] # nodes with directives


def _names_any(field: Node, gone: Collection[str]) -> bool:
    """Whether a field's type, or the type of one of its arguments, is gone."""
    if not gone:
        return False
    types = [getattr(field, "type", None), *(a.type for a in getattr(field, "arguments", None) or ())]
    return any(node is not None and named_type(node) in gone for node in types)


def _name_of(node: Node) -> str:
    return node.name.value  # type: ignore[attr-defined] # members of definitions have names


def _is_empty(node: TypeDefinitionNode) -> bool:
    members = getattr(node, "fields", None)
    if members is None:
        members = getattr(node, "types", None)
    return members is not None and not members
