"""Run a plan: each step as soon as its inputs are known, all objects of a place together.

Steps leave their results in the objects' slots; a failure is a value there and hurts only what reads it.
"""

from collections.abc import Coroutine, Sequence
from itertools import chain
from typing import cast

from engine.resource.model import Registry
from engine.resource.plan.steps import (
    CallStep,
    ChildStep,
    ConstStep,
    Guard,
    GuardStep,
    JoinStep,
    Object,
    ObjectPlan,
    Objects,
    PositionPlan,
    Step,
    ValueStep,
)
from engine.resource.run.calling import Caller
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.run.values import Evaluator, join
from engine.resource.works import Work, wait_for_all


class Executor:
    """Runs one operation's plan for one request."""

    def __init__(self, registry: Registry, runtime: Runtime, request: Request) -> None:
        self._request = request
        self._runtime = runtime
        self._registry = registry
        self._calls = Caller(registry, runtime, request)

    # ------------------------------------------------------------------ objects and positions
    def run_objects(self, plan: ObjectPlan, objects: Objects) -> Coroutine[object, None, None] | None:
        """Run all steps of a type for these objects, at once, or as far as what is returned waits for."""
        if not plan.linear:
            return self._run_graph(plan, objects)
        for done, step in enumerate(plan.steps, 1):
            waiting = self._start(step, objects)
            if waiting is not None:
                rest = plan.steps[done:]
                return self._run_rest(waiting, rest, objects) if rest else waiting
        return None

    async def _run_rest(
        self, waiting: Coroutine[object, None, None], steps: Sequence[Step], objects: Objects
    ) -> None:
        await waiting
        for step in steps:
            further = self._start(step, objects)
            if further is not None:
                await further

    async def _run_graph(self, plan: ObjectPlan, objects: Objects) -> None:
        waits = [len(step.after) for step in plan.steps]
        works: list[Work[None]] = []
        start = self._runtime.works.start

        async def drive(index: int) -> None:
            """Run a step, then go on with one that waited for it; others go their own way."""
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
                works.extend(start(drive(other)) for other in ready[1:])
                following = ready[0] if ready else None

        first = [index for index, count in enumerate(waits) if count == 0]
        works.extend(start(drive(index)) for index in first)
        await wait_for_all(works)

    def _run_position(self, plan: PositionPlan, objects: Objects) -> Coroutine[object, None, None] | None:
        if plan.only is not None:
            return self.run_objects(plan.only, objects)
        by_type: dict[str, list[Object]] = {}
        for item in objects:
            by_type.setdefault(str(item.get("__typename")), []).append(item)
        runs = [
            self.run_objects(plan.by_type[name], listed)
            for name, listed in by_type.items()
            if name in plan.by_type
        ]
        return self._runtime.works.run_all([run for run in runs if run is not None])

    # ------------------------------------------------------------------ steps
    def _start(self, step: Step, objects: Objects) -> Coroutine[object, None, None] | None:
        """Do a step at once, or return what to await."""
        match step:
            case CallStep():
                wanted = self._demanded(step.demand, objects, step.slot)
                return self._calls.call(step, wanted) if wanted else None
            case ChildStep():
                below = self._children(step, objects)
                return self._run_position(step.child, below) if below else None
            case ConstStep():
                for item in objects:
                    item[step.slot] = step.copy()
            case ValueStep():
                Evaluator(self._registry, self._request).evaluate(step, objects)
            case GuardStep():
                Evaluator(self._registry, self._request).decide(step, objects)
            case JoinStep():
                join(step, objects)
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

    def _children(self, step: ChildStep, objects: Objects) -> Objects:
        """The objects under so many lists, each once; what is no object there is left alone."""
        values = [step.read(item) for item in self._demanded(step.demand, objects, None)]
        for _ in range(step.list_depth):
            lists = cast("list[list[object]]", [value for value in values if type(value) is list])
            values = list(chain.from_iterable(lists))
        below = {id(value): value for value in values if type(value) is dict}
        found = cast("list[Object]", list(below.values()))
        for part in step.stub_key:  # a stub of nothing: see `is_absent`
            found = [item for item in found if item.get(part) is not None]
        if step.list_path is not None:
            sizes = self._request.sizes
            sizes[step.list_path] = sizes.get(step.list_path, 0) + len(found)
        return found
