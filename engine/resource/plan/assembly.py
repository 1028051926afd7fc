"""Order drafts into steps: who waits for whom, who may go without, what each call fetches."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from engine.resource.answers import AnswerReader
from engine.resource.model import Registry
from engine.resource.outcome import MAPPING_ERROR
from engine.resource.plan.arguments import NO_ARGUMENTS
from engine.resource.plan.batching import compile_batch
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.drafts import Dependency, Draft, Join
from engine.resource.plan.guards import Guards
from engine.resource.plan.joining import compile_join
from engine.resource.plan.ordering import in_order, object_plan_of
from engine.resource.plan.reading import read_dependency, read_supply
from engine.resource.plan.request import compile_request
from engine.resource.plan.steps import (
    CallStep,
    ChildStep,
    ConstStep,
    GuardStep,
    Input,
    JoinStep,
    ObjectPlan,
    PositionPlan,
    Read,
    Step,
    ValueStep,
)
from engine.resource.plan.wanted import ObjectWants, Position, Selected, Wanted

_NOTHING = ObjectPlan(type_name="", steps=(), dependents=(), linear=True)


class Assembly:
    """Turns a resolved operation into object plans; `guards` says who may see what."""

    def __init__(self, registry: Registry, drafting: Drafting, *, mutation: bool) -> None:
        self._registry = registry
        self._drafting = drafting
        self._mutation = mutation
        self.guards = Guards(registry, drafting)
        self._facts: dict[str, Mapping[str, object]] = {}  # by connector
        self.positions = 0
        self.waits = False

    def assemble(self, root: Position, selected: Selected) -> tuple[ObjectPlan, ...]:
        """One plan for a query's root object; one for each root field of a mutation, in order."""
        self.guards.collect(selected)
        self.guards.settle()
        self._drafting.finish()
        wants = next(iter(root.objects.values()))
        if not self._mutation:
            return (self._object_plan(wants, is_root=True),)
        serials = sorted({wanted.serial for wanted in wants.fields.values()})
        return tuple(self._object_plan(wants, is_root=True, serial=serial) for serial in serials)

    def read(self, wanted: Wanted) -> Read:
        return read_supply(self._drafting.supplies[wanted])

    def slot_and_name(self, wanted: Wanted) -> tuple[int | None, str | None]:
        """Where the projection finds a field: a slot, a name, or a name inside a slot's entity."""
        supply = self._drafting.supplies[wanted]
        return (supply.draft.slot if supply.draft else None), supply.name

    def facts_of(self, wanted: Wanted) -> Mapping[str, object] | None:
        """What errors say of the API that gives a field; None: it is part of the object around it."""
        draft = self._drafting.supplies[wanted].draft
        calls = self._drafting.givers_of(wanted) if draft is None else draft.calls
        if draft is None and not calls:
            return None
        connector = calls[0].connector if len(calls) == 1 else None  # several: none of them alone
        if connector is None:
            return {}
        known = self._facts.get(connector.site)
        if known is None:
            known = self._facts[connector.site] = AnswerReader.of(connector).failure(MAPPING_ERROR, "").facts
        return known

    def reads_arguments(self, wanted: Wanted) -> bool:
        """Whether a step of its own takes a field's arguments, and says where they do not fit."""
        draft = self._drafting.supplies[wanted].draft
        if draft is None or draft.entity is not None:
            return False
        return draft.value is None or draft.value.expression is not None

    # ------------------------------------------------------------------ positions and objects
    def _position_plan(self, position: Position) -> PositionPlan | None:
        """The plan of a position; None where nothing is left to do for its objects."""
        plans = {name: self._object_plan(wants) for name, wants in position.objects.items()}
        if not any(plan.steps for plan in plans.values()):
            return None
        self.positions += 1
        return PositionPlan(
            index=self.positions,
            only=None if position.abstract else next(iter(plans.values())),
            by_type=plans,
            gathers=any(_gathers(step) for plan in plans.values() for step in plan.steps),
        )

    def _object_plan(
        self, wants: ObjectWants, *, is_root: bool = False, serial: int | None = None
    ) -> ObjectPlan:
        nodes: list[Draft | Wanted] = [
            draft
            for draft in self._drafting.drafts.get(wants, [])
            if serial is None or draft.wanted is None or draft.wanted.serial == serial
        ]
        children: dict[Wanted, PositionPlan] = {}
        for wanted in wants.fields.values():
            if wanted.child is None or (serial is not None and wanted.serial != serial):
                continue
            child = self._position_plan(wanted.child)
            if child is not None:
                children[wanted] = child
                nodes.append(wanted)
        waits = {node: self._waits_for(node, children) for node in nodes}
        order = in_order(nodes, waits)
        index = {node: i for i, node in enumerate(order)}
        steps: list[Step] = []
        for node in order:
            after = tuple(sorted(index[needed] for needed in waits[node] if needed in index))
            if isinstance(node, Wanted):
                steps.append(self._child_step(node, children[node], after))
            else:
                steps.append(self._step(node, after, is_root=is_root))
        return object_plan_of(wants.type_name, steps)

    def _waits_for(
        self, node: Draft | Wanted, children: Mapping[Wanted, PositionPlan]
    ) -> list[Draft | Wanted]:
        if isinstance(node, Wanted):
            supplied = self._drafting.supplies[node].draft
            needed: list[Draft | Wanted] = [supplied] if supplied is not None else []
            return needed + list(self.guards.drafts_before(node))
        needed = list(self.guards.drafts_before(node))
        if node.join is not None:
            needed += node.calls
        for dependency in node.dependencies:
            first = dependency.wanted[0]
            supplied = self._drafting.supplies[first].draft
            if supplied is not None:
                needed.append(supplied)
            if first in children and self._waits_below(dependency):
                needed.append(first)
        return needed

    def _waits_below(self, dependency: Dependency) -> bool:
        """Whether what a dependency reads, or whether it may be read, is known only after a step below."""
        nested = dependency.wanted[1:]
        return dependency.through_child or any(self.guards.slots_of_nested(wanted) for wanted in nested)

    # ------------------------------------------------------------------ steps
    def _child_step(self, wanted: Wanted, child: PositionPlan, after: tuple[int, ...]) -> ChildStep:
        position = wanted.child
        assert position is not None, "leaves have no children"
        return ChildStep(
            read=self.read(wanted),
            child=child,
            list_depth=wanted.list_depth,
            stub_key=position.stub_key,
            list_path=position.path if wanted.list_depth else None,
            demand=self.guards.demand_of(wanted),
            after=after,
        )

    def _step(self, draft: Draft, after: tuple[int, ...], *, is_root: bool) -> Step:
        if draft.rule is not None:
            return self._guard_step(draft, after)
        if draft.value is not None:
            return self._value_step(draft, after)
        if draft.join is not None:
            return self._join_step(draft, draft.join, after)
        return self._call_step(draft, after, is_root=is_root)

    def _guard_step(self, draft: Draft, after: tuple[int, ...]) -> GuardStep:
        assert draft.rule is not None, "the caller looked"
        coordinate = draft.rule.coordinate
        return GuardStep(
            slot=draft.slot,
            rule=draft.rule.id,
            module=self._module_of(coordinate),
            inputs=self._inputs(draft, guarded=False),
            arguments=draft.arguments or NO_ARGUMENTS,
            after=after,
        )

    def _value_step(self, draft: Draft, after: tuple[int, ...]) -> Step:
        value, wanted = draft.value, draft.wanted
        assert value is not None, "the caller looked"
        assert wanted is not None, "values fill a field"
        if value.expression is None:
            const = value.const
            mutable = isinstance(const, dict | list)
            return ConstStep(
                slot=draft.slot, copy=(lambda: deepcopy(const)) if mutable else (lambda: const), after=after
            )
        return ValueStep(
            slot=draft.slot,
            coordinate=wanted.coordinate,
            module=self._module_of(wanted.coordinate),
            expression=value.expression,
            inputs=self._inputs(draft),
            arguments=wanted.arguments,
            wraps_objects=wanted.child is not None,
            after=after,
        )

    def _join_step(self, draft: Draft, join: Join, after: tuple[int, ...]) -> JoinStep:
        assert draft.wanted is not None, "joins fill a field"
        answers = {index: AnswerReader.of(join.connectors[index]) for index in join.calls}
        return JoinStep(
            slot=draft.slot,
            slots={index: call.slot for index, call in join.calls.items()},
            join=compile_join(join.divide(), draft.wanted.declared, answers, self._registry.schema),
            after=after,
        )

    def _call_step(self, draft: Draft, after: tuple[int, ...], *, is_root: bool) -> CallStep:
        self.waits = True
        connector = draft.connector
        assert connector is not None, "a draft is a rule, a value or a call"
        inputs = self._inputs(draft)
        by_arguments = draft.entity is not None and draft.entity.arguments
        needs = draft.view.needs
        if draft.entity is None and draft.wanted is not None and draft.wanted.child is None:
            needs = None  # a leaf is mapped whole
        batch, mapper = None, None
        if connector.batch is not None:
            many = draft.wanted is not None and draft.wanted.list_depth > 0
            batch, mapper = compile_batch(
                connector, self._reads_of_keys(draft), needs, schema=self._registry.schema, many=many
            )
        keys = tuple(i.read for i in inputs) if draft.entity is not None else ()
        request, reads = compile_request(connector), {use.name for use in connector.variables}
        return CallStep(
            slot=draft.slot,
            connector=connector,
            request=request,
            answer=AnswerReader.of(connector),
            mapper=mapper or connector.selection.compile(needs),
            inputs=() if by_arguments else inputs,
            arguments=draft.arguments or NO_ARGUMENTS,
            argument_inputs=inputs if by_arguments else (),
            key_inputs=keys,
            entity=draft.entity is not None,
            batch=batch,
            demand=self.guards.demand_of(draft),
            mutation=self._mutation and is_root,
            steered=connector.policy.steers,
            reads_context="$context" in reads,
            reads_request="$request" in reads or bool(request.forwards),
            after=after,
        )

    def _reads_of_keys(self, draft: Draft) -> tuple[Read, ...]:
        assert draft.connector is not None, "only calls batch"
        assert draft.connector.batch is not None, "the caller looked"
        by_path = {dependency.path: self._read(dependency) for dependency in draft.dependencies}
        return tuple(by_path[path] for path in draft.connector.batch.parents)

    def _inputs(self, draft: Draft, *, guarded: bool = True) -> tuple[Input, ...]:
        return tuple(
            Input(path=dependency.path, read=self._read(dependency, guarded=guarded))
            for dependency in draft.dependencies
        )

    def _read(self, dependency: Dependency, *, guarded: bool = True) -> Read:
        nested: Callable[[Wanted], Sequence[int]] = self.guards.slots_of_nested if guarded else lambda _: ()
        first = dependency.wanted[0]
        return read_dependency(
            dependency,
            lambda wanted: self._drafting.supplies[wanted],
            lambda wanted: () if wanted is first else nested(wanted),
        )

    def _module_of(self, coordinate: str) -> str:
        type_name, _, name = coordinate.partition(".")
        registered = self._registry.field(type_name, name)
        return registered.module if registered is not None else self._registry.types[type_name].module


def _gathers(step: Step) -> bool:
    if isinstance(step, CallStep):
        return step.batch is not None
    return isinstance(step, ChildStep) and step.child.gathers
