"""One execution of a plan: run its roots, then write the response from whatever is known."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import NamedTuple, TypeVar

from engine.access import Principal
from engine.resource.model import AccessRule, Registry
from engine.resource.outcome import Failure
from engine.resource.plan.compile import Plan
from engine.resource.plan.steps import Object
from engine.resource.plan.writing import Bubble, Path, Writer
from engine.resource.run.executor import Executor
from engine.resource.run.observer import Fault
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.run.values import denial_of, holds

Result = TypeVar("Result")


class Written(NamedTuple):
    """The response of a plan's root fields. `data` None: a null reached the root."""

    data: dict[str, object] | None
    errors: Sequence[tuple[Failure, Path]]
    truncated: int

    def faults(self, plan: Plan | None) -> tuple[Fault, ...]:
        """The errors as whoever counts them is told: which field, which API."""
        if not self.errors or plan is None:
            return ()
        at = plan.coverage.coordinate_at
        return tuple(
            [
                Fault(coordinate, failure.code, _api_of(failure))
                for failure, path in self.errors
                if (coordinate := at(path)) is not None
            ]
        )


def _api_of(failure: Failure) -> str | None:
    api = failure.facts.get("connector")
    return api if isinstance(api, str) else None


class Execution:
    """A plan running for one request, whose verdicts are decided.

    `write` may be called at any time: what is not known by then is written as past its deadline.
    """

    def __init__(self, plan: Plan, registry: Registry, runtime: Runtime, request: Request) -> None:
        self._plan = plan
        self._request = request
        self._root: Object = {}
        self._executor = Executor(registry, runtime, request)

    def run(self) -> Coroutine[object, None, None]:
        """Run everything: a query's one root, or a mutation's fields one after the other."""
        return self.run_then(lambda _: None)

    async def run_then(self, give: "Callable[[Execution], Result]") -> Result:
        """Run everything, then give what is made of it."""
        for index in range(len(self._plan.roots)):
            waiting = self._start_root(index)
            if waiting is not None:
                await waiting
        self._check_bound()
        return give(self)

    async def run_root(self, index: int) -> None:
        """Run one root."""
        waiting = self._start_root(index)
        if waiting is not None:
            await waiting

    def _start_root(self, index: int) -> Coroutine[object, None, None] | None:
        """What a field of a mutation wrote, the fields after it must not miss."""
        if index and self._request.mutation:
            self._request.results.clear()
            self._request.loaders.clear()
        return self._executor.run_objects(self._plan.roots[index], [self._root])

    def _check_bound(self) -> None:
        made = self._request.calls_made - self._request.retries_made
        bound = self._plan.bound
        if made > bound.fixed and made > (most := bound.at(self._request.sizes)):
            self._request.observer.bound_broken(made, most)

    async def run_within(self, seconds: float) -> None:
        """Run until everything is known or the time is up; calls still under way are cancelled then."""
        try:
            async with asyncio.timeout(seconds):
                await self.run()
        except TimeoutError:
            return

    def write(self) -> Written:
        writer = Writer(self._request.verdicts, self._request.variables)
        try:
            data = self._plan.project(self._root, writer)
        except Bubble:
            data = None
        return Written(data, writer.errors, writer.truncated)


def verdicts_of(plan: Plan, registry: Registry, request: Request) -> Mapping[int, Failure | None]:
    """For each access rule the plan uses: None, or the denial this caller gets."""
    return {
        rule: verdict_of(registry.rules[rule], registry, request.principal, request.context)
        for rule in plan.uses.rules
    }


def verdict_of(
    rule: AccessRule, registry: Registry, principal: Principal, context: Mapping[str, object]
) -> Failure | None:
    """Decide a rule that reads no object. This is the one place where resource access is decided."""
    allowed = (
        (principal.authenticated or not (rule.authenticated or rule.scopes))
        and (not rule.roles or any(principal.has_role(role) for role in rule.roles))
        and (not rule.channels or principal.any_channel or principal.channel in rule.channels)
        and (not rule.scopes or principal.has_scopes(rule.scopes))
    )
    if allowed and rule.when is not None:
        module = registry.types[rule.coordinate.partition(".")[0]].module
        bindings = {"context": context, "config": registry.modules[module].config}
        allowed = holds(rule.when, bindings)
    return None if allowed else denial_of(rule.on_deny, authenticated=principal.authenticated)
