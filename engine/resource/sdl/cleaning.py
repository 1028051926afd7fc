"""Take directives that mean nothing, or nothing yet, out of a module's document, and report them."""

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    TypeDefinitionNode,
    TypeExtensionNode,
    is_required_argument,
    visit,
)
from graphql.language import Visitor

from engine.resource.sdl.findings import Findings
from engine.resource.sdl.vocabulary import DirectiveUse, vocabulary_schema


def without_bad_directives(document: DocumentNode, findings: Findings) -> DocumentNode:
    """The document with readable directives only; where one is taken out, `findings` knows."""
    return visit(document, _Cleaner(findings))


class _Cleaner(Visitor):
    def __init__(self, findings: Findings) -> None:
        super().__init__()
        self._findings = findings
        self._type = ""
        self._coordinate = ""

    def enter(self, node: object, *_: object) -> object:
        if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            self._type = self._coordinate = node.name.value
        elif isinstance(node, FieldDefinitionNode):
            self._coordinate = f"{self._type}.{node.name.value}"
        elif isinstance(node, DirectiveNode) and not _is_readable(node, self._findings):
            self._findings.unread.add(self._coordinate)
            return self.REMOVE
        return None

    def leave(self, node: object, *_: object) -> None:
        if isinstance(node, FieldDefinitionNode):
            self._coordinate = self._type
        elif isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            self._type = self._coordinate = ""


def _is_readable(node: DirectiveNode, findings: Findings) -> bool:
    """Whether a directive means something; why not is reported here, or by the rules of SDL."""
    definition = vocabulary_schema().get_directive(node.name.value)
    if definition is None:
        return False
    given = {argument.name.value for argument in node.arguments or ()}
    required = {name for name, argument in definition.args.items() if is_required_argument(argument)}
    if not required <= given <= set(definition.args):
        return False
    try:
        DirectiveUse(node)
    except GraphQLError as error:
        findings.add_graphql_error("BAD_ARGUMENT", error)
        return False
    return True
