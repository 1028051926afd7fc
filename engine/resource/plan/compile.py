"""Compile an operation into a frozen plan: interpret, preprocess, order steps, generate the projection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)

from engine.resource.mapping import ObjectShape
from engine.resource.model import Registry
from engine.resource.plan.assembly import Assembly
from engine.resource.plan.bound import Bound, bound_of
from engine.resource.plan.conditions import Conditions
from engine.resource.plan.coverage import Coverage, coverage_of
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.interpret import Grouped, Interpreter
from engine.resource.plan.projection import Projection, generate_projection
from engine.resource.plan.shapes import View
from engine.resource.plan.steps import ObjectPlan
from engine.resource.plan.uses import Uses, uses_of
from engine.resource.plan.wanted import ObjectWants, Position, Selected

NOTHING = ObjectShape(fields={})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # a key of shared work
class Plan:
    """A compiled operation. `serial` holds one root per field of a mutation, in order; else one root."""

    operation: str  # query or mutation
    keys: tuple[str, ...]  # response keys of the root fields it answers
    roots: tuple[ObjectPlan, ...]
    project: Projection
    whole_variables: bool  # whether arguments need VariableValues.sources
    waits: bool  # whether running it can wait for anything
    uses: Uses
    bound: Bound
    coverage: Coverage
    positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """An operation after preprocessing: what is wanted and how each field is supplied."""

    operation: OperationDefinitionNode
    root: Position
    selected: Selected
    drafting: Drafting
    interpreter: Interpreter


def root_fields(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    conditions: Conditions,
) -> Grouped:
    """The root fields of an operation by response key, conditions applied."""
    return Interpreter(schema, fragments, conditions).root_fields(
        _root_type(schema, operation), operation.selection_set
    )


def draft_operation(
    registry: Registry,
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    *,
    fragments: Mapping[str, FragmentDefinitionNode],
    conditions: Conditions,
) -> Drafted:
    """Interpret the registered root fields of a valid operation and find everything they depend on."""
    interpreter = Interpreter(schema, fragments, conditions)
    root_type = _root_type(schema, operation)
    registered = registry.types.get(root_type.name)
    names = set(registered.fields) if registered is not None else set[str]()
    grouped = interpreter.root_fields(root_type, operation.selection_set)
    ours = {key: nodes for key, nodes in grouped.items() if nodes[0].name.value in names}
    root = Position(declared=root_type, path=())
    wants = root.objects.setdefault(root_type.name, ObjectWants(type_name=root_type.name))
    serial = operation.operation is OperationType.MUTATION
    selected = interpreter.select(root, wants, ours, serial=serial)
    drafting = Drafting(registry, interpreter)
    drafting.resolve(root, View(NOTHING))
    drafting.settle()
    return Drafted(
        operation=operation, root=root, selected=selected, drafting=drafting, interpreter=interpreter
    )


def compile_plan(registry: Registry, drafted: Drafted) -> Plan:
    """Freeze a drafted operation into steps and a projection."""
    assembly = Assembly(registry, drafted.drafting, mutation=_is_mutation(drafted.operation))
    roots = assembly.assemble(drafted.root, drafted.selected)
    outputs = next(iter(drafted.selected.outputs.values()))
    return Plan(
        operation=drafted.operation.operation.value,
        keys=tuple(output.key for output in outputs),
        roots=roots,
        project=generate_projection(drafted.selected, assembly),
        whole_variables=drafted.interpreter.needs_whole_variables,
        waits=assembly.waits,
        uses=uses_of(drafted.drafting, registry, assembly),
        bound=bound_of(drafted.root, drafted.drafting),
        coverage=coverage_of(drafted.root, drafted.selected, drafted.drafting, registry),
        positions=assembly.positions,
    )


def _is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION


def _root_type(schema: GraphQLSchema, operation: OperationDefinitionNode) -> GraphQLObjectType:
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validated: the schema has this kind of operation"
    return root


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }


__all__: Sequence[str] = (
    "Drafted",
    "Plan",
    "compile_plan",
    "draft_operation",
    "fragments_of",
    "root_fields",
)
