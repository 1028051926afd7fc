"""Merge the modules' definitions with the platform's into one list of types; report what does not fit.

The result always builds: what is wrong is reported and then left out or replaced by a stand-in, so that
everything else in the documents can still be read and checked.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    GraphQLSchema,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    build_ast_schema,
    parse,
    specified_scalar_types,
)

from engine.resource.model import Module
from engine.resource.sdl.checks.addresses import LiteralGuard
from engine.resource.sdl.definitions import ROOTS, check_definitions
from engine.resource.sdl.entities import named_type
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.owners import directives_of_schema, owner_told
from engine.resource.sdl.vocabulary import vocabulary_document, vocabulary_schema


def _minimal_platform() -> DocumentNode:
    return parse("scalar JSON scalar DateTime", no_location=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What stands in the graph before any module: its definitions, and the names modules may not take."""

    document: DocumentNode = field(default_factory=_minimal_platform)
    reserved_types: frozenset[str] = frozenset()
    reserved_fields: frozenset[str] = frozenset()  # coordinates: "Query.me"
    guard: LiteralGuard | None = None  # what judges registered URLs; without one they are judged when called


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One definition or extension of a type, as a module wrote it."""

    module: str
    node: TypeDefinitionNode | TypeExtensionNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All parts by type name in module order, the merged definitions, and the schema they make."""

    parts: Mapping[str, Sequence[Part]]
    definitions: Mapping[str, TypeDefinitionNode]
    schema_directives: Mapping[str, Sequence[ConstDirectiveNode]]  # by module: @source, @owner
    schema: GraphQLSchema


def merge(modules: Sequence[Module], platform: Platform, findings: Findings) -> Merged:
    for module in modules:
        findings.repeat(module.problems, module.unread)
    clean = {module.name: module.readable for module in modules}
    platform_types = {
        node.name.value: node
        for node in platform.document.definitions
        if isinstance(node, TypeDefinitionNode)
    }
    parts = _collect_parts(clean, platform, findings)
    written = {module.name: module.document for module in modules}
    check_definitions(written, platform.document, findings)
    definitions = {**platform_types, **_merge_parts(parts, platform_types)}
    document = DocumentNode(
        definitions=(
            *_with_stand_ins(definitions).values(),
            *(n for n in platform.document.definitions if not isinstance(n, TypeDefinitionNode)),
            *vocabulary_document().definitions,
        )
    )
    return Merged(
        parts=parts,
        definitions=definitions,
        schema_directives={name: directives_of_schema(doc) for name, doc in clean.items()},
        schema=build_ast_schema(document, assume_valid_sdl=True),
    )


def _collect_parts(
    documents: Mapping[str, DocumentNode], platform: Platform, findings: Findings
) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = {}
    owners: dict[str, str] = {}
    for module, document in documents.items():
        for node in document.definitions:
            if isinstance(node, SchemaExtensionNode):
                continue
            if not isinstance(node, TypeDefinitionNode | TypeExtensionNode):
                message = "a module holds types, extensions and `extend schema` only"
                findings.add("UNEXPECTED_DEFINITION", message, place_of(node))
            elif not _reserved(node, platform, findings) and _owns(node, owners, documents, findings):
                parts.setdefault(node.name.value, []).append(Part(module=module, node=node))
    return {name: listed for name, listed in parts.items() if name in owners or name in ROOTS}


def _owns(
    node: TypeDefinitionNode | TypeExtensionNode,
    owners: dict[str, str],
    documents: Mapping[str, DocumentNode],
    findings: Findings,
) -> bool:
    """Whether this is the one definition of a type, or an extension of one."""
    name, module = node.name.value, place_of(node).module
    if not isinstance(node, TypeDefinitionNode) or name in ROOTS:
        return True
    if name in owners:
        own = owners[name] == module
        findings.add(
            "DUPLICATE_TYPE",
            f"type '{name}' is defined in "
            + (f"module '{module}'" if own else owner_told(owners[name], documents)),
            place_of(node.name),
            suggestion=f"write `extend type {name}` to add fields to it",
        )
        return False
    owners[name] = module
    return True


def _reserved(node: TypeDefinitionNode | TypeExtensionNode, platform: Platform, findings: Findings) -> bool:
    name = node.name.value
    for field_node in getattr(node, "fields", None) or ():
        coordinate = f"{name}.{field_node.name.value}"
        if coordinate in platform.reserved_fields or field_node.name.value.startswith("__"):
            message = f"{coordinate} belongs to the platform"
            findings.add("RESERVED_NAME", message, place_of(field_node.name), path=coordinate)
    if name in ROOTS:
        return False
    taken = name in platform.reserved_types or name in specified_scalar_types
    if taken or name in vocabulary_schema().type_map or name.startswith(("__", "Paifang")):
        findings.add("RESERVED_NAME", f"type '{name}' belongs to the platform", place_of(node.name))
        return True
    return False


def _merge_parts(
    parts: Mapping[str, Sequence[Part]], platform_types: Mapping[str, TypeDefinitionNode]
) -> dict[str, TypeDefinitionNode]:
    merged: dict[str, TypeDefinitionNode] = {}
    for name, listed in parts.items():
        first = platform_types.get(name) or next(
            (part.node for part in listed if isinstance(part.node, TypeDefinitionNode)), None
        )
        if first is None:
            first = ObjectTypeDefinitionNode(name=NameNode(value=name))
        others = [part.node for part in listed if part.node is not first]
        merged[name] = _joined(first, others)
    return merged


def _joined(
    first: TypeDefinitionNode, others: Sequence[TypeDefinitionNode | TypeExtensionNode]
) -> TypeDefinitionNode:
    """One definition with the fields, members, values, interfaces and directives of all parts."""
    changes: dict[str, tuple[Node, ...]] = {}
    for key in ("fields", "values", "types", "interfaces", "directives"):
        if hasattr(first, key):
            every = [node for part in (first, *others) for node in getattr(part, key, None) or ()]
            changes[key] = _unique(every) if key in ("fields", "values") else tuple(every)
    return replace(first, **changes)  # pyright: ignore[reportArgumentType] # the keys exist on this kind of node


def _unique(nodes: Sequence[Node]) -> tuple[Node, ...]:
    by_name: dict[str, Node] = {}
    for node in nodes:
        by_name.setdefault(node.name.value, node)  # type: ignore[attr-defined] # fields and enum values have names
    return tuple(by_name.values())


def _names_in(node: TypeDefinitionNode) -> Iterator[str]:
    """The types that a definition names."""
    for part in (*(getattr(node, "interfaces", None) or ()), *(getattr(node, "types", None) or ())):
        yield part.name.value
    for member in getattr(node, "fields", None) or ():
        yield named_type(member.type)
        for argument in getattr(member, "arguments", None) or ():
            yield named_type(argument.type)


def _with_stand_ins(definitions: Mapping[str, TypeDefinitionNode]) -> dict[str, TypeDefinitionNode]:
    """The definitions plus a scalar for every name that is used and unknown (it is reported already)."""
    used = {name for node in definitions.values() for name in _names_in(node)}
    known: Collection[str] = {*definitions, *specified_scalar_types, *vocabulary_schema().type_map}
    missing = sorted(used.difference(known))
    return {
        **definitions,
        **{name: ScalarTypeDefinitionNode(name=NameNode(value=name)) for name in missing},
    }
