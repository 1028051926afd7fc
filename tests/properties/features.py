"""What a case exercised, to be counted: a test of random cases is worth what they contain."""

from collections.abc import Iterator

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from tests.properties.cases import Outcome
from tests.properties.comparing import expected_errors, null_point
from tests.properties.model import Batch

FEATURES = (
    "aliases",
    "the same field twice",
    "fragments on abstract types",
    "@skip/@include with variables",
    "variables in input objects",
    "several operations in a document",
    "mutations",
    "nested lists",
    "errors in lists",
    "non-null propagation",
    "data null to the root",
    "failing APIs",
    "entities filled by key",
    "batches by key",
    "batches of a field",
    "denied fields",
    "fields of several calls",
)


def features(outcome: Outcome) -> set[str]:
    found = _Written(set(outcome.case.stage.model.abstract))
    visit(outcome.case.document.node, found)
    return {*found.seen, *_of_errors(outcome), *_of_calls(outcome), *_of_data(outcome)}


class _Written(Visitor):
    """What stands in the document."""

    def __init__(self, abstract: set[str]) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self._abstract = abstract
        self._names: list[set[str]] = []
        self._operations = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.alias is not None:
            self.seen.add("aliases")
        key = (node.alias or node.name).value
        if self._names and key in self._names[-1] and node.selection_set is not None:
            self.seen.add("the same field twice")
        if self._names:
            self._names[-1].add(key)

    def enter_selection_set(self, *_: object) -> None:
        self._names.append(set())

    def leave_selection_set(self, *_: object) -> None:
        self._names.pop()

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition is not None and node.type_condition.name.value in self._abstract:
            self.seen.add("fragments on abstract types")

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        if node.type_condition.name.value in self._abstract:
            self.seen.add("fragments on abstract types")

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if any(isinstance(argument.value, VariableNode) for argument in node.arguments or ()):
            self.seen.add("@skip/@include with variables")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        if isinstance(node.value, VariableNode):
            self.seen.add("variables in input objects")

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        self._operations += 1
        if self._operations > 1:
            self.seen.add("several operations in a document")
        if node.operation.value == "mutation":
            self.seen.add("mutations")


def _of_errors(outcome: Outcome) -> Iterator[str]:
    data = outcome.expected.data
    for path, code in expected_errors(outcome):
        if any(isinstance(key, int) for key in path):
            yield "errors in lists"
        if null_point(data, path) != path:
            yield "non-null propagation"
        if code in ("ACCESS_DENIED", "UNAUTHENTICATED"):
            yield "denied fields"
        if code.startswith("UPSTREAM"):
            yield "failing APIs"
    if data is None:
        yield "data null to the root"


def _of_calls(outcome: Outcome) -> Iterator[str]:
    model = outcome.case.stage.model
    if outcome.oracle.joins:
        yield "fields of several calls"
    filling = {api.id for spec in model.types.values() for api in spec.entities}
    for name, _ in outcome.oracle.asked:
        if name in filling:
            yield "entities filled by key"
        match model.apis[name].batch:
            case Batch(key=None):
                yield "batches by key"
            case Batch():
                yield "batches of a field"
            case None:
                pass


def _of_data(outcome: Outcome) -> Iterator[str]:
    left: list[object] = [outcome.expected.data]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            if any(isinstance(member, list) for member in value):
                yield "nested lists"
            left.extend(value)
