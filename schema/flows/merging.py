"""Several queries as one operation: variables, fragments and root fields told apart by a prefix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from engine.flow.instance import Variables
from engine.flow.model import JsonObject
from schema.flows.describing import fragment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """`declared`: the variables of each query. Names of queries are GraphQL names."""

    text: str
    declared: Mapping[str, frozenset[str]]

    def variables_of(self, given: Mapping[str, JsonObject]) -> Variables:
        """A variable that its query does not declare is left out, as GraphQL does."""
        return {
            _prefixed(query, name): value
            for query, variables in given.items()
            for name, value in variables.items()
            if name in self.declared[query]
        }

    def query_of(self, key: str) -> str | None:
        """Whose a response key is."""
        query = key.partition(_SEPARATOR)[0]
        return query if query in self.declared else None

    def split(self, data: JsonObject) -> dict[str, JsonObject]:
        results: dict[str, dict[str, object]] = {query: {} for query in self.declared}
        for key, value in data.items():
            query, _, own = key.partition(_SEPARATOR)
            results[query][own] = value
        return cast("dict[str, JsonObject]", results)  # parts of a JSON object


_SEPARATOR = "__q__"


def merge_queries(queries: Mapping[str, str]) -> Merged:
    """Raises GraphQLError for a text that does not parse; the queries are valid by themselves."""
    selections: list[SelectionNode] = []
    variables: list[VariableDefinitionNode] = []
    fragments: list[FragmentDefinitionNode] = []
    declared: dict[str, frozenset[str]] = {}
    for query, text in queries.items():
        document = cast("DocumentNode", visit(parse(text, no_location=True), _Prefixing(query)))
        known = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        definitions = operation.variable_definitions or ()
        declared[query] = frozenset(_own(one.variable.name.value) for one in definitions)
        variables += definitions
        fragments += known.values()
        selections += _aliased(operation.selection_set, query, known)
    merged = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=tuple(variables),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(selections)),
    )
    used = DocumentNode(definitions=(merged, *_reached(merged, fragments)))
    return Merged(text=print_ast(used), declared=declared)


class _Prefixing(Visitor):
    """Renames variables and fragments."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self._query = query

    def enter_variable(self, node: VariableNode, *_: object) -> VariableNode:
        return VariableNode(name=NameNode(value=_prefixed(self._query, node.name.value)))

    def leave_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> FragmentSpreadNode:
        name = NameNode(value=_prefixed(self._query, node.name.value))
        return FragmentSpreadNode(name=name, directives=node.directives)

    def leave_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> FragmentDefinitionNode:
        return FragmentDefinitionNode(
            name=NameNode(value=_prefixed(self._query, node.name.value)),
            type_condition=node.type_condition,
            directives=node.directives,
            selection_set=node.selection_set,
            variable_definitions=(),
        )


def _aliased(
    selection_set: SelectionSetNode, query: str, fragments: Mapping[str, FragmentDefinitionNode]
) -> list[SelectionNode]:
    """Root fields under prefixed response names; fragments at the root are written out."""
    written: list[SelectionNode] = []
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            key = (selection.alias or selection.name).value
            written.append(
                FieldNode(
                    alias=NameNode(value=_prefixed(query, key)),
                    name=selection.name,
                    arguments=selection.arguments,
                    directives=selection.directives,
                    selection_set=selection.selection_set,
                )
            )
            continue
        inner = fragment_of(selection, fragments)
        below = SelectionSetNode(selections=tuple(_aliased(inner.selection_set, query, fragments)))
        written.append(
            InlineFragmentNode(
                type_condition=inner.type_condition,
                directives=selection.directives,
                selection_set=below,
            )
        )
    return written


def _reached(
    operation: OperationDefinitionNode, fragments: list[FragmentDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """Fragments that are still spread: GraphQL refuses unused ones."""
    known = {fragment.name.value: fragment for fragment in fragments}
    reached: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Node] = [operation]
    while waiting:
        names: list[str] = []
        visit(waiting.pop(), _Spreads(names))
        for name in names:
            if name not in reached:
                reached[name] = known[name]
                waiting.append(known[name])
    return list(reached.values())


class _Spreads(Visitor):
    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self._names.append(node.name.value)


def _prefixed(query: str, name: str) -> str:
    return f"{query}{_SEPARATOR}{name}"


def _own(name: str) -> str:
    return name.partition(_SEPARATOR)[2]
