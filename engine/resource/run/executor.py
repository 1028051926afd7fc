"""Run a plan: each step as soon as its inputs are known, all objects of a place together.

Steps leave their results in the objects' slots; a failure is a value there and hurts only what reads it.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import cast

from graphql import GraphQLError

from engine.expr import Expression, ExprFault
from engine.resource.answers import Received
from engine.resource.mapping import Issues, MappingError
from engine.resource.model import OnDeny, OnError, Registry
from engine.resource.outcome import (
    ACCESS_DENIED,
    BAD_USER_INPUT,
    BATCH_KEY_MISSING,
    DENIED_SILENTLY,
    MAPPING_ERROR,
    UNAUTHENTICATED,
    VALUE_ERROR,
    Failure,
)
from engine.resource.plan.reading import is_absent
from engine.resource.plan.steps import (
    CallStep,
    ChildStep,
    ConstStep,
    Guard,
    GuardStep,
    Input,
    Object,
    ObjectPlan,
    PositionPlan,
    Step,
    ValueStep,
)
from engine.resource.run.batches import BatchLoading
from engine.resource.run.fetching import fetch
from engine.resource.run.request import KeySet, Loader, Request, is_credential
from engine.resource.run.runtime import Runtime

Objects = Sequence[Object]


class Executor:
    """Runs one operation's plan for one request."""

    def __init__(self, registry: Registry, runtime: Runtime, request: Request) -> None:
        self._registry = registry
        self._runtime = runtime
        self._request = request
        self._variables: dict[str, dict[str, object]] = {}  # by source

    # ------------------------------------------------------------------ objects and positions
    async def run_objects(self, plan: ObjectPlan, objects: Objects) -> None:
        """Run all steps of a type for these objects."""
        if plan.linear:
            for step in plan.steps:
                waiting = self._start(step, objects)
                if waiting is not None:
                    await waiting
        else:
            await self._run_graph(plan, objects)

    async def _run_graph(self, plan: ObjectPlan, objects: Objects) -> None:
        waits = [len(step.after) for step in plan.steps]

        async def drive(index: int, tasks: asyncio.TaskGroup) -> None:
            """Run a step, then go on with one that waited for it; others become tasks."""
            following: int | None = index
            while following is not None:
                waiting = self._start(plan.steps[following], objects)
                if waiting is not None:
                    await waiting
                ready: list[int] = []
                for dependent in plan.dependents[following]:
                    waits[dependent] -= 1
                    if waits[dependent] == 0:
                        ready.append(dependent)
                for other in ready[1:]:
                    tasks.create_task(drive(other, tasks))
                following = ready[0] if ready else None

        async with asyncio.TaskGroup() as tasks:
            for index in [i for i, count in enumerate(waits) if count == 0]:
                tasks.create_task(drive(index, tasks))

    async def _run_position(self, plan: PositionPlan, objects: Objects) -> None:
        if plan.only is not None:
            await self.run_objects(plan.only, objects)
            return
        by_type: dict[str, list[Object]] = {}
        for item in objects:
            by_type.setdefault(str(item.get("__typename")), []).append(item)
        runs = [
            self.run_objects(plan.by_type[name], listed)
            for name, listed in by_type.items()
            if name in plan.by_type and plan.by_type[name].steps
        ]
        if len(runs) == 1:
            await runs[0]
        elif runs:
            await _all(runs)

    # ------------------------------------------------------------------ steps
    def _start(self, step: Step, objects: Objects) -> Awaitable[None] | None:
        """Do a step at once, or return what to await."""
        match step:
            case ConstStep():
                for item in objects:
                    item[step.slot] = step.copy()
            case ValueStep():
                self._evaluate(step, objects)
            case GuardStep():
                self._decide(step, objects)
            case CallStep():
                wanted = self._demanded(step.demand, objects, step.slot)
                return self._call(step, wanted) if wanted else None
            case ChildStep():
                below = self._children(step, objects)
                return self._run_position(step.child, below) if below else None
        return None

    def _demanded(self, demand: Sequence[Guard], objects: Objects, slot: int | None) -> Objects:
        """The objects for which some output that needs the step may be seen; others get a denial."""
        if not demand:
            return objects
        verdicts = self._request.verdicts
        wanted: list[Object] = []
        for item in objects:
            denial: object = None
            for guard in demand:
                denial = next((verdicts[rule] for rule in guard.rules if verdicts[rule] is not None), None)
                denial = denial or next((item.get(s) for s in guard.slots if item.get(s) is not None), None)
                if denial is None:
                    break
            if denial is None:
                wanted.append(item)
            elif slot is not None:
                item[slot] = denial
        return wanted

    def _children(self, step: ChildStep, objects: Objects) -> list[Object]:
        below: dict[int, Object] = {}
        for item in self._demanded(step.demand, objects, None):
            _gather(step.read(item), step.list_depth, step.stub_key, below)
        if step.list_path is not None:
            sizes = self._request.sizes
            sizes[step.list_path] = sizes.get(step.list_path, 0) + len(below)
        return list(below.values())

    # ------------------------------------------------------------------ values
    def _evaluate(self, step: ValueStep, objects: Objects) -> None:
        arguments = self._arguments(step)
        bindings = self._bindings(step.module, arguments)
        for item in objects:
            item[step.slot] = self._value(step, item, bindings, arguments)

    def _value(self, step: ValueStep, item: Object, bindings: dict[str, object], arguments: object) -> object:
        if isinstance(arguments, Failure):
            return arguments
        this = _inputs(step.inputs, item)
        if isinstance(this, Failure):
            return this
        bindings["this"] = this
        try:
            value = step.expression.evaluate(bindings)
        except ExprFault as fault:
            return Failure(VALUE_ERROR, str(fault))
        return _copied(value) if step.wraps_objects else value

    def _decide(self, step: GuardStep, objects: Objects) -> None:
        rule = self._registry.rules[step.rule]
        assert rule.when is not None, "only conditions read the object"
        arguments = self._arguments(step)
        bindings = self._bindings(step.module, arguments)
        denied = denial_of(rule.on_deny, authenticated=self._request.principal.authenticated)
        for item in objects:
            this = _inputs(step.inputs, item)
            if isinstance(this, Failure) or isinstance(arguments, Failure):
                item[step.slot] = denied
                continue
            item[step.slot] = None if holds(rule.when, {**bindings, "this": this}) else denied

    def _arguments(self, step: ValueStep | GuardStep | CallStep) -> Mapping[str, object] | Failure:
        try:
            return step.arguments.read(self._request.variables)
        except GraphQLError as error:
            return Failure(BAD_USER_INPUT, error.message)

    def _bindings(self, module: str, arguments: object) -> dict[str, object]:
        return {
            "args": arguments,
            "context": self._request.context,
            "config": self._registry.modules[module].config,
        }

    # ------------------------------------------------------------------ calls
    def _base_variables(self, step: CallStep) -> dict[str, object]:
        """The variables of a source that are the same for every object."""
        connector = step.connector
        base = self._variables.get(connector.source)
        if base is None:
            headers = self._request.headers
            if not self._runtime.may_see_credentials(connector):
                headers = {name: values for name, values in headers.items() if not is_credential(name)}
            base = self._variables[connector.source] = {
                "$config": self._registry.modules[connector.module].config,
                "$context": self._request.context,
                "$request": {"headers": headers},
                "$args": {},
            }
        return base

    async def _call(self, step: CallStep, objects: Objects) -> None:
        arguments = self._arguments(step)
        if isinstance(arguments, Failure):
            for item in objects:
                item[step.slot] = arguments
            return
        base = {**self._base_variables(step), "$args": arguments}
        if step.batch is not None:
            await self._call_in_batches(step, objects, base)
        elif not step.inputs and not step.argument_inputs:
            outcome = await self._call_once(step, base)
            for item in objects:
                item[step.slot] = outcome
        else:
            await self._call_by_inputs(step, objects, base)

    async def _call_by_inputs(self, step: CallStep, objects: Objects, base: dict[str, object]) -> None:
        """One call for all objects with equal inputs."""
        groups: dict[object, tuple[dict[str, object], list[Object]]] = {}
        for item in objects:
            read = _inputs(step.argument_inputs or step.inputs, item)
            if isinstance(read, Failure):
                item[step.slot] = read
            elif step.key_inputs and any(key(item) is None for key in step.key_inputs):
                item[step.slot] = None
            else:
                group = groups.setdefault(_group_key(read), (read, []))
                group[1].append(item)

        async def call(read: dict[str, object], members: list[Object]) -> None:
            name = "$args" if step.argument_inputs else "$this"
            outcome = await self._call_once(step, {**base, name: read})
            for item in members:
                item[step.slot] = outcome

        runs = [call(read, members) for read, members in groups.values()]
        if len(runs) == 1:
            await runs[0]
        elif runs:
            await _all(runs)

    async def _call_once(self, step: CallStep, variables: dict[str, object]) -> object:
        try:
            call = step.request.render(variables)
        except MappingError as error:
            return self._failed(step, step.answer.failure(MAPPING_ERROR, error.message))
        if call is None:
            return None
        received = await fetch(self._runtime, self._request, step, call, variables)
        if isinstance(received, Failure):
            return self._failed(step, received)
        value = step.mapper(received.body, received.variables, Issues())
        if step.entity and value is not None and type(value) is not dict:
            return step.answer.failure(MAPPING_ERROR, "the API's value is not an object")
        return value

    def _failed(self, step: CallStep, failure: Failure) -> object:
        if step.connector.on_error is OnError.DEFAULT:
            return _copied(step.connector.default)
        return failure

    # ------------------------------------------------------------------ batches
    async def _call_in_batches(self, step: CallStep, objects: Objects, base: dict[str, object]) -> None:
        batch = step.batch
        assert batch is not None, "the caller looked"
        keys = KeySet()
        members: dict[tuple[object, ...], list[Object]] = {}
        for item in objects:
            raw = tuple([read(item) for read in batch.keys])
            failure = next((part for part in raw if isinstance(part, Failure)), None)
            if failure is not None:
                item[step.slot] = failure
            elif None in raw:
                item[step.slot] = [] if batch.many else None
            elif any(isinstance(part, dict | list) for part in raw):
                item[step.slot] = step.answer.failure(MAPPING_ERROR, "a batch key is not a scalar")
            else:
                key = tuple([fit(part) for fit, part in zip(batch.coerce, raw, strict=True)])
                keys.setdefault(key, raw)
                members.setdefault(key, []).append(item)
        if not keys:
            return
        found = await self._loader(step, base).load(keys)
        for key, listed in members.items():
            value = self._of_key(step, found[key])
            for item in listed:
                item[step.slot] = value

    def _loader(self, step: CallStep, base: dict[str, object]) -> Loader:
        key = (step.connector.coordinate, step.connector.api, _group_key(base["$args"]))
        loader = self._request.loaders.get(key)
        if loader is None:
            loading = BatchLoading(self._runtime, self._request, step, base)
            loader = self._request.loaders[key] = self._request.loader(loading.load)
        return loader

    def _of_key(self, step: CallStep, outcome: Sequence[Received] | Failure) -> object:
        batch = step.batch
        assert batch is not None, "the caller looked"
        if isinstance(outcome, Failure):
            return self._failed(step, outcome)
        if not batch.many and not outcome:
            if not batch.entity:
                return None
            return self._failed(
                step, step.answer.failure(BATCH_KEY_MISSING, "the API's answer has no item for this key")
            )
        mapped = [
            step.mapper(item.body, item.variables, Issues()) for item in outcome[: None if batch.many else 1]
        ]
        return mapped if batch.many else mapped[0]


async def _all(runs: Sequence[Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for run in runs:
            tasks.create_task(_awaited(run))


async def _awaited(run: Awaitable[None]) -> None:
    await run


def _inputs(inputs: Sequence[Input], item: Object) -> dict[str, object] | Failure:
    """The values a step reads, as one object; the first failure among them is the outcome instead."""
    values: dict[str, object] = {}
    for given in inputs:
        value = given.read(item)
        if isinstance(value, Failure):
            return value
        if len(given.path) == 1:
            values[given.path[0]] = value
        else:
            below = values
            for name in given.path[:-1]:
                below = cast("dict[str, object]", below.setdefault(name, {}))
            below[given.path[-1]] = value
    return values


def _group_key(values: object) -> object:
    """Something hashable that is equal for equal JSON."""
    if isinstance(values, dict):
        return tuple([(k, _group_key(v)) for k, v in cast("dict[str, object]", values).items()])
    if isinstance(values, list):
        return tuple([_group_key(v) for v in cast("list[object]", values)])
    return (type(values), values)


def holds(condition: Expression, bindings: Mapping[str, object]) -> bool:
    """A condition that fails lets nobody in."""
    try:
        return condition.holds(bindings)
    except ExprFault:
        return False


def _gather(value: object, list_depth: int, stub_key: tuple[str, ...], below: dict[int, Object]) -> None:
    """Collect the objects under so many lists, each once; what is no object there is left alone."""
    if list_depth:
        if type(value) is list:
            for member in cast("list[object]", value):
                _gather(member, list_depth - 1, stub_key, below)
    elif type(value) is dict and not is_absent(cast("Object", value), stub_key):
        below[id(value)] = cast("Object", value)


def _copied(value: object) -> object:
    """Fresh dicts all the way down: objects get slots, and constants are nobody's to write into."""
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_copied(v) for v in cast("list[object]", value)]
    return value


def denial_of(on_deny: OnDeny, *, authenticated: bool) -> Failure:
    if on_deny is OnDeny.NULL:
        return DENIED_SILENTLY
    if not authenticated:
        return Failure(UNAUTHENTICATED, "sign in to see this field")
    return Failure(ACCESS_DENIED, "you may not see this field")
