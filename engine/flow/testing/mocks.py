"""The resource graph as a test writes it: values by field or API, nothing called.

| key | stands for |
|---|---|
| `Query.order`, `Order.buyer` | the value of this field, wherever it is asked for |
| `orders.get` | the value of the fields that this API gives, where the graph is known |
| `order` | the same as `Query.order` or `Mutation.order` |

A value answers whatever is selected below it, by the fields' names. `{"$error": {"code", "message",
"retryable"}}` fails the call. `{"$sequence": [...]}` gives one after another, the last for ever. A root field
without a value, or one below it that may not be null, fails with NOT_MOCKED.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    value_from_ast_untyped,
)

from engine.expr import ANY, ExprType, ListType, ObjectType
from engine.flow.model import Call, Json, JsonObject
from engine.flow.ports import CallFailed, CallType, OnBehalf
from engine.problem import Problem

NOT_MOCKED = "NOT_MOCKED"
MAX_ANSWERED = 100_000  # selections of one operation, counted for each object they are asked of
ERROR, SEQUENCE = "$error", "$sequence"
Describe = Callable[[Call], CallType]
ApisOf = Callable[[str], Sequence[str]]
_ABSENT = object()


def no_apis(_: str) -> Sequence[str]:
    return ()


@dataclass(slots=True, kw_only=True)
class MockedResources:
    """Implements `Resources`. `problems` are the fields that were asked for and have no value."""

    mocks: Mapping[str, Json]
    known: Describe | None = None  # the graph, where there is one
    apis_of: ApisOf = no_apis  # the APIs that give a field, by its coordinate
    problems: list[Problem] = field(default_factory=list[Problem])
    _given: dict[str, int] = field(default_factory=dict[str, int])  # how often each sequence was asked

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        if self.known is not None:
            return self.known(call)
        mutation = "mutation" in call.query and _operation(call.query)[0].operation.value == "mutation"
        return CallType(mutation=mutation, variables={}, result=ANY, uses=frozenset())

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        operation, fragments = _operation(call.query)
        described = self.describe(call)
        asked = _Asked(mocks=self, variables=variables, fragments=fragments, described=described)
        root = operation.operation.value.title()
        try:
            return asked.object_of(root, described.result, {}, operation.selection_set, ())
        except RecursionError:
            raise _too_large() from None

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        return {
            name: await self.run(call, variables, on_behalf=on_behalf)
            for name, (call, variables) in calls.items()
        }

    def find(self, *keys: str) -> object:
        """The value under the first key that has one. Raises `CallFailed` for one that is to fail."""
        key = next((key for key in keys if key in self.mocks), None)
        return _ABSENT if key is None else self._taken(key, self.mocks[key])

    def _taken(self, key: str, value: Json) -> Json:
        if isinstance(value, dict) and value.keys() == {SEQUENCE}:
            values = given if isinstance(given := value[SEQUENCE], list) else []
            at = self._given.get(key, 0)
            self._given[key] = at + 1
            return self._taken(key, values[min(at, len(values) - 1)] if values else None)
        if isinstance(value, dict) and value.keys() == {ERROR}:
            facts = given if isinstance(given := value[ERROR], dict) else {}
            raise CallFailed(
                code=str(facts.get("code", "UPSTREAM_STATUS")),
                message=str(facts.get("message", f"The mock {key!r} fails.")),
                retryable=facts.get("retryable") is True,
            )
        return value

    def miss(self, coordinate: str) -> CallFailed:
        problem = Problem(
            code=NOT_MOCKED,
            message=f"{coordinate} was asked for and has no value: give it one among the resources",
            path=f"resources/{coordinate}",
        )
        if problem not in self.problems:
            self.problems.append(problem)
        return CallFailed(code=NOT_MOCKED, message=problem.message, retryable=False)


@dataclass(slots=True, kw_only=True)
class _Asked:
    """One operation, answered by walking its selections beside the values."""

    mocks: MockedResources
    variables: JsonObject
    fragments: Mapping[str, FragmentDefinitionNode]
    described: CallType
    answered: int = 0  # selections: a few fragments may stand for very many

    def object_of(
        self,
        owner: str,
        known: ExprType,
        value: JsonObject,
        selections: SelectionSetNode,
        path: tuple[str, ...],
    ) -> dict[str, Json]:
        types = known.fields() if isinstance(known, ObjectType) else {}
        answered: dict[str, Json] = {}
        for node in self._fields(selections):
            key = node.alias.value if node.alias else node.name.value
            below = self._value_of(owner, node, value, (*path, key))
            answered[key] = self._complete(types.get(key, ANY), node, below, (*path, key))
        return answered

    def _fields(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        for selection in selections.selections:
            self.answered += 1
            if self.answered > MAX_ANSWERED:
                raise _too_large()
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value in self.fragments:  # else the checks told it
                    yield from self._fields(self.fragments[selection.name.value].selection_set)
            elif isinstance(selection, InlineFragmentNode):
                yield from self._fields(selection.selection_set)

    def _is_included(self, selection: SelectionNode) -> bool:
        given = dict(self.variables)
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                holds = any(value_from_ast_untyped(one.value, given) for one in directive.arguments or ())
                if holds is (directive.name.value == "skip"):
                    return False
        return True

    def _value_of(self, owner: str, node: FieldNode, parent: JsonObject, path: tuple[str, ...]) -> Json:
        name = node.name.value
        if name == "__typename":
            return parent.get(name, owner)
        coordinate = f"{owner}.{name}"
        root = (name,) if len(path) == 1 else ()
        found = self.mocks.find(coordinate, *root, *self.mocks.apis_of(coordinate))
        if found is not _ABSENT:
            return cast("Json", found)
        if name in parent:
            return parent[name]
        checked = isinstance(self.described.result, ObjectType)
        if root or (checked and path not in self.described.nullable):
            raise self.mocks.miss(coordinate)
        return None

    def _complete(self, known: ExprType, node: FieldNode, value: Json, path: tuple[str, ...]) -> Json:
        if isinstance(value, list):
            item = known.item if isinstance(known, ListType) else ANY
            return [self._complete(item, node, one, path) for one in value]
        if node.selection_set is None or not isinstance(value, dict):
            return value
        name = known.name if isinstance(known, ObjectType) else str(value.get("__typename", ""))
        return cast("Json", self.object_of(name, known, value, node.selection_set, path))


def _too_large() -> CallFailed:
    return CallFailed(code="OPERATION_LIMIT", message="the operation selects too much", retryable=False)


def _operation(query: str) -> tuple[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]]:
    """Raises `CallFailed` for a text that is no operation: the checks told it."""
    try:
        definitions = parse(query, no_location=True).definitions
    except GraphQLSyntaxError as error:
        raise CallFailed(code="GRAPHQL_PARSE_FAILED", message=error.message, retryable=False) from None
    except RecursionError:
        raise _too_large() from None
    operation = next((one for one in definitions if isinstance(one, OperationDefinitionNode)), None)
    if operation is None:
        raise CallFailed(code="GRAPHQL_PARSE_FAILED", message="there is no operation", retryable=False)
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    return operation, fragments
