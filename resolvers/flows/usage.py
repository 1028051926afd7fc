"""Which deployed flows use which fields, and what another graph would break in them.

A deployment counts while it can still run: a new instance may begin with it, instances of it are running, or
one that counts has pinned it. What it says of an operation is what checking the model says.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Protocol

from engine.flow.checks import CheckContext
from engine.flow.instance import DeploymentId
from engine.flow.model import Call
from engine.flow.parts import FlowParts
from engine.flow.ports import CallType, Deployment
from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.flows.deployments import Deployments
from resolvers.flows.instances import INSTANCES, running_facet
from resolvers.flows.records import DEPLOYMENTS, deployment_of
from resolvers.paging import select_all
from resolvers.ports import MAX_PAGE, Document, DocumentStore, Query


class Describe(Protocol):
    def __call__(self, call: Call, *, units: Collection[str] = ()) -> CallType: ...


class FlowUsage:
    """Implements the resource use cases' `UsageIndex`. `describing`: operations described on a registry."""

    def __init__(
        self,
        store: DocumentStore,
        deployments: Deployments,
        parts: FlowParts,
        describing: Callable[[Registry], Describe],
    ) -> None:
        self._store = store
        self._deployments = deployments
        self._parts = parts
        self._describing = describing

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        live = _Live(self._store, self._deployments)
        found: dict[str, list[str]] = {}
        for field in fields:
            names = [str(one["id"]) for one in await self._using(field) if await live.is_live(one["id"])]
            if names:
                found[field] = sorted(f"flow {name}" for name in names)
        return found

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> list[Problem]:
        documents = {one["id"]: one for field in fields for one in await self._using(field)}
        live = _Live(self._store, self._deployments)
        used = [
            deployment_of(document, self._parts)
            for name, document in sorted(documents.items())
            if await live.is_live(name)
        ]
        if not used:
            return []
        return await asyncio.to_thread(self._compare, used, current, proposed)

    def _compare(
        self, deployments: Sequence[Deployment], current: Registry, proposed: Registry
    ) -> list[Problem]:
        now, then = self._describing(current), self._describing(proposed)
        found: list[Problem] = []
        for deployment in deployments:
            known = set(map(_same, self._check(deployment, now)))
            fresh = (one for one in self._check(deployment, then) if _same(one) not in known)
            found += [_of_flow(deployment, problem) for problem in fresh]
        return found

    def _check(self, deployment: Deployment, describe: Describe) -> list[Problem]:
        described = partial(describe, units={deployment.unit})
        return self._parts.check_model(deployment.model, CheckContext(describe=described))

    async def _using(self, field: str) -> list[Document]:
        return await select_all(
            self._store, Query(collection=DEPLOYMENTS, index="by_use", equal={"uses": field}, limit=MAX_PAGE)
        )


class _Live:
    """Which deployments can still run: asked of the store, each once."""

    def __init__(self, store: DocumentStore, deployments: Deployments) -> None:
        self._store = store
        self._deployments = deployments
        self._known: dict[str, bool] = {}
        self._startable: dict[str, frozenset[str]] = {}

    async def is_live(self, name: str) -> bool:
        if name not in self._known:
            self._known[name] = False  # flows that call each other in a circle do not keep one another alive
            self._known[name] = (
                await self._may_start(name) or await self._runs(name) or await self._is_called(name)
            )
        return self._known[name]

    async def _may_start(self, name: str) -> bool:
        """As `choose_deployment` would: none that is older than one for all cases."""
        flow = name.rpartition("@")[0]
        if flow not in self._startable:
            startable: set[str] = set()
            for deployment in await self._deployments.deployments(flow):
                if deployment.rollout:
                    startable.add(deployment.id)
                if deployment.rollout == 100:
                    break
            self._startable[flow] = frozenset(startable)
        return name in self._startable[flow]

    async def _runs(self, name: str) -> bool:
        facet = running_facet(DeploymentId(name))
        page = await self._store.select(
            Query(collection=INSTANCES, index="by_facet", equal={"facets": facet}, limit=1)
        )
        return bool(page.documents)

    async def _is_called(self, name: str) -> bool:
        query = Query(collection=DEPLOYMENTS, index="by_pin", equal={"pins": name}, limit=MAX_PAGE)
        for caller in await select_all(self._store, query):
            if await self.is_live(caller["id"]):
                return True
        return False


def _same(problem: Problem) -> tuple[str | None, ...]:
    """By which a problem was there before; an error stays one, however it is worded now."""
    said = problem.message if problem.severity is not Severity.ERROR else None
    return problem.code, problem.path, said


def _of_flow(deployment: Deployment, problem: Problem) -> Problem:
    breaks = problem.severity is Severity.ERROR
    place = problem.path or ""
    return Problem(
        code="BREAKS_FLOW" if breaks else "AFFECTS_FLOW",
        severity=problem.severity,
        path=f"{deployment.id}/{place}",
        message=f"the deployed flow {deployment.flow_key!r}, version {deployment.version},"
        f" element {place.partition('/')[0]!r}: {problem.code}: {problem.message}",
    )
