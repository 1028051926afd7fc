"""Make a failing operation small: take away selections as long as it still fails."""

import re
from collections.abc import Callable, Iterator

from graphql import (
    REMOVE,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql.language import Visitor, VisitorAction

MAX_TRIES = 400


def shrink(
    document: DocumentNode, schema: GraphQLSchema, fails: Callable[[DocumentNode], bool]
) -> DocumentNode:
    """A smaller document that fails too, and from which no single selection can be taken."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(document):
            tries += 1
            if tries > MAX_TRIES:
                return document
            if not validate(schema, candidate) and fails(candidate):
                document, smaller = candidate, True
                break
    return document


def used_lines(sdl: str, document: DocumentNode) -> str:
    """The lines of a schema that an operation leads to: its types whole of the fields it names."""
    names = set(re.findall(r"\w+", print_ast(document)))
    lines = sdl.splitlines()
    while True:
        kept = [line for line in lines if not re.match(r"  \w+[:(]", line) or _name(line) in names]
        found = {
            n
            for line in kept
            for n in re.findall(r"this\.(\w+)(?:\.(\w+))?|batch\.(\w+)", line)
            for n in n
            if n
        }
        if found <= names:
            return "\n".join(kept)
        names |= found


def _name(line: str) -> str:
    return re.split(r"[:(]", line.strip(), maxsplit=1)[0]


def _smaller(document: DocumentNode) -> Iterator[DocumentNode]:
    selections: list[Node] = []

    class Find(Visitor):
        def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
            if len(node.selections) > 1:
                selections.extend(node.selections)

    visit(document, Find())
    for selection in selections:
        yield _tidy(_without(document, selection))


def _without(document: DocumentNode, gone: Node) -> DocumentNode:
    class Remove(Visitor):
        def enter(self, node: Node, *_: object) -> VisitorAction:
            return REMOVE if node is gone else None

    return parse(print_ast(visit(document, Remove())))


def _tidy(document: DocumentNode) -> DocumentNode:
    """Without the fragments and variables that nothing uses any more."""
    while True:
        used: set[str] = set()

        class Uses(Visitor):
            def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
                used.add(node.name.value)  # noqa: B023 # visited within this turn of the loop

            def enter_variable(self, node: VariableNode, _key: object, parent: object, *_: object) -> None:
                if not isinstance(parent, VariableDefinitionNode):
                    used.add("$" + node.name.value)  # noqa: B023 # as above

        visit(document, Uses())
        kept = [
            d
            for d in document.definitions
            if not isinstance(d, FragmentDefinitionNode) or d.name.value in used
        ]
        definitions = tuple(
            _declaring(d, used) if isinstance(d, OperationDefinitionNode) else d for d in kept
        )
        if len(kept) == len(document.definitions):
            return DocumentNode(definitions=definitions)
        document = DocumentNode(definitions=definitions)


def _declaring(operation: OperationDefinitionNode, used: set[str]) -> OperationDefinitionNode:
    declared = tuple(d for d in operation.variable_definitions or () if "$" + d.variable.name.value in used)
    return OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=declared,
        directives=operation.directives,
        selection_set=operation.selection_set,
    )
