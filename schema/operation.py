"""Prepare an operation: parse, limit, validate, split its root fields, compile; each once per text."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from engine.resource.model import Registry
from engine.resource.plan.arguments import Variables, compile_variables
from engine.resource.plan.compile import Plan, compile_plan, draft_operation, fragments_of, root_fields
from engine.resource.plan.conditions import Conditions, condition_variables
from engine.resource.plan.wanted import TYPENAME
from resolvers.operations.ports import OperationForm
from schema.response import Response

MAX_VARIANTS = 32  # plans of one operation, by the values of its @skip and @include variables
MAX_CONSTANT = 65_536  # bytes of an answer that is kept
MAX_ECHO = 100  # characters of a name that are said back
INTROSPECTION = ("__schema", "__type")


class OperationRefused(Exception):
    """The document or the choice of operation is at fault. `errors` are GraphQL errors, `code` theirs all."""

    def __init__(
        self,
        code: str,
        errors: Sequence[GraphQLError],
        *,
        facts: Mapping[str, object] | None = None,
        status: int = 400,
    ) -> None:
        self.errors = [without_value(error) for error in errors]
        super().__init__(self.errors[0].message)
        self.code = code
        self.facts = facts or {}
        self.status = status


_VALUE = re.compile(r"(?:,? [Ff]ound: .*|(?P<kept> cannot represent [^:]*): .*)\Z", re.DOTALL)


def without_value(error: GraphQLError) -> GraphQLError:
    """The error without the refused value that graphql-core quotes at its end: it may hold a secret."""
    found = _VALUE.search(error.message)
    if found is None:
        return error
    message = error.message[: found.start()] + (found["kept"] or "") + "."
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Root fields that one executor answers: a sub-document of the operation, by response key."""

    document: DocumentNode
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An operation ready to run for one assignment of its conditions. `keys`: all response keys, in order."""

    keys: tuple[str, ...]
    plan: Plan | None
    platform: Part | None
    introspection: Part | None
    typenames: Mapping[str, str]
    fields: Mapping[str, Sequence[FieldNode]]


class Constant(NamedTuple):
    """An answer that stays the same, and the plan that gave it."""

    plan: Plan
    response: Response


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One operation of a valid document under one visibility class."""

    registry: Registry
    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    kind: OperationType
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: tuple[str, ...]
    coerce: Callable[[Mapping[str, object]], Variables]
    coerce_whole: Callable[[Mapping[str, object]], Variables]
    constants: dict[bool, Constant] = field(default_factory=dict[bool, Constant])  # by: authenticated
    calls: dict[str, int] = field(default_factory=dict[str, int])  # by client, since they were taken
    form: OperationForm | None = None  # as it is recorded, once it is
    _variants: dict[tuple[bool, ...], Prepared] = field(default_factory=dict[tuple[bool, ...], Prepared])

    def keep_constant(self, plan: Plan, response: Response, *, authenticated: bool) -> None:
        """Keep the answer if nothing but another revision can change it, for all who are as authenticated."""
        uses = plan.uses
        given = self.node.variable_definitions or uses.context or uses.headers or uses.rules
        if not (plan.waits or given) and len(response.body) <= MAX_CONSTANT:
            self.constants[authenticated] = Constant(plan, response)

    def prepared(self, variables: Variables) -> Prepared:
        """The compiled form for these values of the conditions' variables."""
        values = tuple([bool(variables.coerced.get(name)) for name in self.conditions])
        prepared = self._variants.get(values)
        if prepared is None:
            if len(self._variants) >= MAX_VARIANTS:
                self._variants.pop(next(iter(self._variants)))
            conditions = Conditions(values=dict(zip(self.conditions, values, strict=True)))
            prepared = self._variants[values] = _prepare(self, conditions)
        return prepared


def open_operation(
    registry: Registry, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode
) -> Operation:
    """An operation of a document that is valid under `schema`; nothing is compiled yet."""
    fragments = fragments_of(document)
    definitions = node.variable_definitions or ()
    return Operation(
        registry=registry,
        schema=schema,
        document=document,
        node=node,
        kind=node.operation,
        fragments=fragments,
        conditions=condition_variables(node, fragments.values()),
        coerce=compile_variables(schema, definitions, whole=False),
        coerce_whole=compile_variables(schema, definitions, whole=True),
    )


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation that runs. Raises OperationRefused where the name does not decide it."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        message = "name the operation to run" if operations else "the document holds no operation"
        raise OperationRefused("BAD_REQUEST", [GraphQLError(message)])
    for node in operations:
        if node.name is not None and node.name.value == name:
            return node
    message = f"the document has no operation named '{name[:MAX_ECHO]}'"
    raise OperationRefused("BAD_REQUEST", [GraphQLError(message)])


def _prepare(operation: Operation, conditions: Conditions) -> Prepared:
    """Split the root fields by who answers them, and compile the plan of ours."""
    grouped = root_fields(operation.schema, operation.node, operation.fragments, conditions)
    root = operation.schema.get_root_type(operation.node.operation)
    assert root is not None, "validated"
    registered = operation.registry.types.get(root.name)
    ours = set(registered.fields) if registered is not None else set[str]()
    names = {key: nodes[0].name.value for key, nodes in grouped.items()}
    plan = None
    if any(name in ours for name in names.values()):
        drafted = draft_operation(
            operation.registry,
            operation.schema,
            operation.node,
            fragments=operation.fragments,
            conditions=conditions,
        )
        plan = compile_plan(operation.registry, drafted)
    rest = [key for key, name in names.items() if name not in ours and name != TYPENAME]
    return Prepared(
        keys=tuple(grouped),
        plan=plan,
        platform=_part(operation, grouped, [key for key in rest if names[key] not in INTROSPECTION]),
        introspection=_part(operation, grouped, [key for key in rest if names[key] in INTROSPECTION]),
        typenames={key: root.name for key, name in names.items() if name == TYPENAME},
        fields=grouped,
    )


def _part(
    operation: Operation, grouped: Mapping[str, Sequence[FieldNode]], keys: Sequence[str]
) -> Part | None:
    return Part(document=sub_document(operation, grouped, keys), keys=tuple(keys)) if keys else None


def sub_document(
    operation: Operation, grouped: Mapping[str, Sequence[FieldNode]], keys: Sequence[str]
) -> DocumentNode:
    """The operation with only these root fields; fragments stay for what is below."""
    nodes = tuple(node for key in keys for node in grouped[key])
    node = replace(operation.node, selection_set=SelectionSetNode(selections=nodes))
    return DocumentNode(definitions=(node, *operation.fragments.values()))
