"""graphql-core's rules for SDL over all modules at once, each under our code for it."""

from collections.abc import Mapping
from functools import partial

from graphql import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    build_ast_schema,
    parse,
    visit,
)
from graphql.language import ParallelVisitor, Visitor
from graphql.validation import (
    ASTValidationRule,
    KnownDirectivesRule,
    KnownTypeNamesRule,
    PossibleTypeExtensionsRule,
    SDLValidationContext,
    UniqueArgumentDefinitionNamesRule,
    UniqueArgumentNamesRule,
    UniqueDirectivesPerLocationRule,
    UniqueEnumValueNamesRule,
    UniqueFieldDefinitionNamesRule,
    UniqueInputFieldNamesRule,
)
from graphql.validation.rules.known_argument_names import KnownArgumentNamesOnDirectivesRule
from graphql.validation.rules.provided_required_arguments import ProvidedRequiredArgumentsOnDirectivesRule

from engine.resource.sdl.findings import Findings, did_you_mean, place_of
from engine.resource.sdl.owners import other_owner
from engine.resource.sdl.vocabulary import directive_names, vocabulary_document, vocabulary_schema

ROOTS = ("Query", "Mutation", "Subscription")


class UniqueDirectivesRule(UniqueDirectivesPerLocationRule):
    """`extend schema` is said by each module for itself; everything else belongs to one graph."""

    def __init__(self, context: SDLValidationContext) -> None:
        super().__init__(context)
        self._of_modules: dict[str, dict[str, DirectiveNode]] = {}

    def enter(self, node: Node, *_: object) -> None:
        if isinstance(node, SchemaExtensionNode):
            self.schema_directives = self._of_modules.setdefault(place_of(node).module, {})
        super().enter(node)


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
    (UniqueDirectivesRule, "DUPLICATE_DIRECTIVE"),
)


def check_definitions(
    documents: Mapping[str, DocumentNode], platform: DocumentNode, findings: Findings
) -> None:
    """Report what is wrong with the definitions as SDL: names, duplicates, places of directives."""
    document = DocumentNode(
        definitions=tuple(_as_extension(node) for doc in documents.values() for node in doc.definitions)
    )
    before = _schema_before(platform)
    found: list[tuple[int, str, GraphQLError]] = []
    rules: list[Visitor] = []
    for index, (rule, code) in enumerate(RULES):
        report = partial(_collect, found, index, code)
        rules.append(rule(SDLValidationContext(document, before, report)))
    visit(document, ParallelVisitor(rules))  # one visit for all: each costs 7 ms per 500 lines
    for _, code, error in sorted(found, key=lambda each: each[0]):
        owner = other_owner(error, documents)
        findings.add_graphql_error(code, error, suggestion=_nearest_directive(error), beside=owner)


def _nearest_directive(error: GraphQLError) -> str | None:
    """graphql-core suggests types and arguments itself, and no directives."""
    node = error.nodes[-1] if error.nodes else None
    known = vocabulary_schema().get_directive(node.name.value) if isinstance(node, DirectiveNode) else None
    if not isinstance(node, DirectiveNode) or known is not None:
        return None
    return did_you_mean(f"@{node.name.value}", [f"@{name}" for name in directive_names()])


def _collect(found: list[tuple[int, str, GraphQLError]], index: int, code: str, error: GraphQLError) -> None:
    found.append((index, code, error))


def _schema_before(platform: DocumentNode) -> GraphQLSchema:
    """What modules extend: the platform, the root types whether it has them or not, the vocabulary."""
    roots = parse("type Query type Mutation type Subscription", no_location=True).definitions
    present = {node.name.value for node in platform.definitions if isinstance(node, TypeDefinitionNode)}
    absent = (n for n in roots if isinstance(n, TypeDefinitionNode) and n.name.value not in present)
    document = DocumentNode(definitions=(*platform.definitions, *absent, *vocabulary_document().definitions))
    return build_ast_schema(document, assume_valid_sdl=True)


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
