"""Merge the modules' definitions with the platform's into one list of types; report what does not fit.

The result always builds: what is wrong is reported and then left out or replaced by a stand-in, so that
everything else in the documents can still be read and checked.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    build_ast_schema,
    parse,
    specified_scalar_types,
    visit,
)
from graphql.language import Visitor
from graphql.validation import (
    ASTValidationRule,
    KnownDirectivesRule,
    KnownTypeNamesRule,
    PossibleTypeExtensionsRule,
    UniqueArgumentDefinitionNamesRule,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueEnumValueNamesRule,
    UniqueFieldDefinitionNamesRule,
    UniqueInputFieldNamesRule,
)
from graphql.validation.rules.known_argument_names import KnownArgumentNamesOnDirectivesRule
from graphql.validation.rules.provided_required_arguments import ProvidedRequiredArgumentsOnDirectivesRule
from graphql.validation.validate import validate_sdl

from engine.resource.model import Module
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse, unsupported, vocabulary_document, vocabulary_schema

ROOTS = ("Query", "Mutation", "Subscription")

RULES: tuple[tuple[type[ASTValidationRule], str], ...] = (
    (KnownTypeNamesRule, "UNKNOWN_TYPE"),
    (KnownDirectivesRule, "UNKNOWN_DIRECTIVE"),
    (KnownArgumentNamesOnDirectivesRule, "UNKNOWN_ARGUMENT"),
    (ProvidedRequiredArgumentsOnDirectivesRule, "MISSING_ARGUMENT"),
    (PossibleTypeExtensionsRule, "UNKNOWN_TYPE"),
    (UniqueFieldDefinitionNamesRule, "DUPLICATE_FIELD"),
    (UniqueEnumValueNamesRule, "DUPLICATE_ENUM_VALUE"),
    (UniqueArgumentDefinitionNamesRule, "DUPLICATE_ARGUMENT"),
    (UniqueArgumentNamesRule, "DUPLICATE_ARGUMENT"),
    (UniqueInputFieldNamesRule, "DUPLICATE_FIELD"),
    (UniqueDirectivesPerLocationRule, "DUPLICATE_DIRECTIVE"),
)


def _minimal_platform() -> DocumentNode:
    return parse("scalar JSON scalar DateTime", no_location=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What stands in the graph before any module: its definitions, and the names modules may not take."""

    document: DocumentNode = field(default_factory=_minimal_platform)
    reserved_types: frozenset[str] = frozenset()
    reserved_fields: frozenset[str] = frozenset()  # coordinates: "Query.me"


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
    clean = {module.name: _without_bad_directives(module.document, findings) for module in modules}
    platform_types = {
        node.name.value: node
        for node in platform.document.definitions
        if isinstance(node, TypeDefinitionNode)
    }
    parts = _collect_parts(clean, platform, findings)
    _check_sdl(clean, platform, findings)
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
        schema_directives={name: tuple(_schema_directives(doc)) for name, doc in clean.items()},
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
                findings.add(
                    "UNEXPECTED_DEFINITION",
                    "a module holds types, extensions and `extend schema` only",
                    place_of(node),
                )
                continue
            name = node.name.value
            if _reserved(node, platform, findings):
                continue
            if isinstance(node, TypeDefinitionNode) and name not in ROOTS:
                if name in owners:
                    findings.add(
                        "DUPLICATE_TYPE",
                        f"type '{name}' is defined in module '{owners[name]}'",
                        place_of(node.name),
                        suggestion=f"write `extend type {name}` to add fields to it",
                    )
                    continue
                owners[name] = module
            parts.setdefault(name, []).append(Part(module=module, node=node))
    return {name: listed for name, listed in parts.items() if name in owners or name in ROOTS}


def _reserved(node: TypeDefinitionNode | TypeExtensionNode, platform: Platform, findings: Findings) -> bool:
    name = node.name.value
    if name in ROOTS:
        for field_node in getattr(node, "fields", ()):
            coordinate = f"{name}.{field_node.name.value}"
            if coordinate in platform.reserved_fields or field_node.name.value.startswith("__"):
                findings.add(
                    "RESERVED_NAME", f"{coordinate} belongs to the platform", place_of(field_node.name)
                )
        return False
    taken = name in platform.reserved_types or name in specified_scalar_types
    if taken or name in vocabulary_schema().type_map or name.startswith(("__", "Paifang")):
        findings.add("RESERVED_NAME", f"type '{name}' belongs to the platform", place_of(node.name))
        return True
    return False


def _check_sdl(documents: Mapping[str, DocumentNode], platform: Platform, findings: Findings) -> None:
    """graphql-core's SDL rules over all modules at once, each under our code for it."""
    definitions = [_as_extension(node) for document in documents.values() for node in document.definitions]
    roots = parse("type Query type Mutation type Subscription", no_location=True).definitions
    present = {n.name.value for n in platform.document.definitions if isinstance(n, TypeDefinitionNode)}
    base = build_ast_schema(
        DocumentNode(
            definitions=(
                *platform.document.definitions,
                *(n for n in roots if isinstance(n, TypeDefinitionNode) and n.name.value not in present),
                *vocabulary_document().definitions,
            )
        ),
        assume_valid_sdl=True,
    )
    document = DocumentNode(definitions=tuple(definitions))
    for rule, code in RULES:
        for error in validate_sdl(document, base, [rule]):
            findings.add_graphql_error(code, error)


def _as_extension(node: DefinitionNode) -> DefinitionNode:
    """In a module `type Query` means `extend type Query`."""
    if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ROOTS:
        return ObjectTypeExtensionNode(
            name=node.name,
            directives=node.directives,
            interfaces=node.interfaces,
            fields=node.fields,
            loc=node.loc,
        )
    return node


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


class _TypeNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.names.add(node.name.value)


def _with_stand_ins(definitions: Mapping[str, TypeDefinitionNode]) -> dict[str, TypeDefinitionNode]:
    """The definitions plus a scalar for every name that is used and unknown (it is reported already)."""
    used = _TypeNames()
    for node in definitions.values():
        visit(node, used)
    known: Collection[str] = {*definitions, *specified_scalar_types, *vocabulary_schema().type_map}
    missing = sorted(used.names.difference(known))
    return {
        **definitions,
        **{name: ScalarTypeDefinitionNode(name=NameNode(value=name)) for name in missing},
    }


def _schema_directives(document: DocumentNode) -> Iterator[ConstDirectiveNode]:
    for node in document.definitions:
        if isinstance(node, SchemaExtensionNode):
            yield from node.directives or ()


def _without_bad_directives(document: DocumentNode, findings: Findings) -> DocumentNode:
    """Report directives that cannot be read or are not built yet, and take them out."""

    class Cleaner(Visitor):
        def enter_directive(self, node: ConstDirectiveNode, *_: object) -> object:
            return None if _is_readable(node, findings) else self.REMOVE

    return visit(document, Cleaner())


def _is_readable(node: ConstDirectiveNode, findings: Findings) -> bool:
    if vocabulary_schema().get_directive(node.name.value) is None:
        return True  # unknown directives are the SDL rules' business
    try:
        DirectiveUse(node)
    except GraphQLError as error:
        findings.add_graphql_error("BAD_ARGUMENT", error)
        return False
    what = unsupported(node)
    if what is not None:
        findings.add(
            "NOT_SUPPORTED",
            f"{what} is not supported yet",
            place_of(node),
            suggestion="remove it; nothing is ignored silently",
        )
        return False
    return True
