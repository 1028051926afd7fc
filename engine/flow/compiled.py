"""Compile a model to what runs: expressions compiled, flows in order, joins that know who still reaches them.

Cheap to keep: a deployment never changes, so whoever loads one keeps its `CompiledFlow` by its id.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse

from engine.flow.elements import ELEMENT_TYPES, AnyElementType, by_model
from engine.flow.elements.contract import (
    Arrow,
    CompiledCall,
    CompiledElement,
    CompiledRead,
    Compiling,
    Join,
    Reach,
)
from engine.flow.expressions import compile_for
from engine.flow.model import BoundaryEvent, Call, Element, ElementKey, FlowModel, SequenceFlow, StartEvent
from engine.flow.reach import Successors, reachable_from, reaching


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFlow:
    """`start` is where an instance begins. `types` names each element's type as models do."""

    model: FlowModel
    elements: Mapping[ElementKey, CompiledElement]
    start: ElementKey
    types: Mapping[ElementKey, str]
    has_scopes: bool


def compile_flow(model: FlowModel, types: Iterable[AnyElementType] = ELEMENT_TYPES) -> CompiledFlow:
    """Raises ValueError, naming the element, for a model that the checks refuse."""
    compiler = _Compiler(model=model, types=by_model(types))
    starts = compiler.starts
    if None not in starts:
        raise ValueError("the flow has no start event")
    return CompiledFlow(
        model=model,
        elements={key: compiler.compile(element) for key, element in model.elements.items()},
        start=starts[None],
        types={key: compiler.row_of(element).name for key, element in model.elements.items()},
        has_scopes=len(starts) > 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiler:
    model: FlowModel
    types: Mapping[type[Element], AnyElementType]
    starts: dict[ElementKey | None, ElementKey] = field(init=False)  # by the scope it begins
    boundaries: dict[ElementKey, list[ElementKey]] = field(init=False)  # by host
    flows: dict[ElementKey, list[ElementKey]] = field(init=False)  # the targets by source
    successors: dict[ElementKey, list[ElementKey]] = field(
        init=False
    )  # the same, and a host's boundary events
    reached: frozenset[ElementKey] = field(init=False)

    def __post_init__(self) -> None:
        starts: dict[ElementKey | None, ElementKey] = {}
        boundaries: dict[ElementKey, list[ElementKey]] = defaultdict(list)
        flows: dict[ElementKey, list[ElementKey]] = defaultdict(list)
        for flow in self.model.flows.values():
            flows[flow.source].append(flow.target)
        successors = {source: list(targets) for source, targets in flows.items()}
        for element in self.model.elements.values():
            if isinstance(element, StartEvent):
                starts.setdefault(element.parent, element.key)
            if isinstance(element, BoundaryEvent):
                boundaries[element.attached_to].append(element.key)
                successors.setdefault(element.attached_to, []).append(element.key)
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "boundaries", boundaries)
        object.__setattr__(self, "flows", flows)
        object.__setattr__(self, "successors", successors)
        object.__setattr__(self, "reached", reachable_from(starts.values(), successors))

    def row_of(self, element: Element) -> AnyElementType:
        if (row := self.types.get(type(element))) is None:
            raise ValueError(f"{element.key}: there is no element type for {type(element).__name__}")
        return row

    def compile(self, element: Element) -> CompiledElement:
        row = self.row_of(element)
        outgoing = tuple(self._arrow(self.model.flows[key]) for key in self._outgoing(element))
        incoming = self._incoming(element)
        default = getattr(element, "default", None)  # these two: of the types that may name one
        compensate = getattr(element, "compensate", None)
        join = row.join if len(incoming) > 1 else None
        start = self.starts.get(element.key)
        compiling = Compiling(key=element.key, outgoing=outgoing, start=start, call_of=_compile_call)
        return CompiledElement(
            model=element,
            executor=row.compile(element, compiling),
            incoming=incoming,
            outgoing=outgoing,
            default=next((arrow for arrow in outgoing if arrow.key == default), None),
            reads=tuple(self._reads(element)),
            boundaries=tuple(self.boundaries.get(element.key, ())),
            compensate=_compile_call(element.key, compensate) if compensate else None,
            join=join,
            reach=self._reach(element, incoming, self.successors) if join is Join.INCLUSIVE else {},
            plain_reach=self._reach(element, incoming, self.flows) if join is Join.INCLUSIVE else {},
        )

    def _arrow(self, flow: SequenceFlow) -> Arrow:
        condition = compile_for(flow.key, flow.condition) if flow.condition else None
        return Arrow(key=flow.key, source=flow.source, target=flow.target, condition=condition)

    def _outgoing(self, element: Element) -> Iterable[ElementKey]:
        """In the element's order; flows it does not list follow, for an imported model may forget to."""
        own = [flow.key for flow in self.model.flows.values() if flow.source == element.key]
        listed = [key for key in element.outgoing if key in own]
        return dict.fromkeys([*listed, *own])

    def _incoming(self, element: Element) -> tuple[ElementKey, ...]:
        flows = [flow for flow in self.model.flows.values() if flow.target == element.key]
        return tuple(flow.key for flow in flows if flow.source in self.reached)

    def _reach(self, join: Element, incoming: Iterable[ElementKey], successors: Successors) -> Reach:
        return {key: reaching(self.model.flows[key].source, successors, without=join.key) for key in incoming}

    def _reads(self, element: Element) -> Iterable[CompiledRead]:
        for name, read in element.reads.items():
            call = _compile_call(element.key, read.call)
            yield CompiledRead(name=name, call=call, value=compile_for(element.key, read.value))


def _compile_call(element: ElementKey, call: Call) -> CompiledCall:
    try:
        definitions = parse(call.query, no_location=True).definitions
    except GraphQLSyntaxError as error:
        raise ValueError(f"{element}: {error.message}") from None
    operations = [node.operation for node in definitions if isinstance(node, OperationDefinitionNode)]
    variables = {name: compile_for(element, source) for name, source in call.variables.items()}
    return CompiledCall(call=call, mutation=OperationType.MUTATION in operations, variables=variables)
