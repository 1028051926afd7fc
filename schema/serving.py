"""The graph that serves: swapped whole at each publish, explained on demand."""

from collections.abc import Awaitable, Callable, Mapping

from engine.access import ANY, Principal
from engine.resource.model import Registry
from engine.resource.plan.allocate import describe
from engine.resource.plan.arguments import VariablesInvalid
from engine.resource.plan.compile import draft_operation
from engine.resource.plan.conditions import Conditions
from engine.resource.plan.description import Description
from engine.resource.run.execution import verdict_of
from engine.resource.run.request import context_of
from resolvers.errors import OperationRefused as ExplanationRefused
from schema.graph import DocumentLimits, Graph, Visibility
from schema.operation import Operation, OperationRefused

MAX_ROLE_SETS = 1_000  # remembered; an organisation has a few dozen


class SchemaRights:
    """Roles that may introspect and are told what they may have meant."""

    def __init__(self, *, roles: frozenset[str]) -> None:
        self.roles = roles
        self._by_roles: dict[frozenset[str], Visibility] = {}

    def visibility(self, graph: Graph, principal: Principal, case_id: str | None = None) -> Visibility:
        """The class of callers this one belongs to."""
        if not graph.hiding:
            return self._known(principal.roles)
        context = context_of(principal, case_id)
        failed = frozenset(
            rule.id
            for rule in graph.hiding
            if verdict_of(rule, graph.registry, principal, context) is not None
        )
        return self._known(principal.roles)._replace(failed=failed)

    def may_introspect(self, principal: Principal) -> bool:
        return self._known(principal.roles).introspection

    def _known(self, roles: frozenset[str]) -> Visibility:
        """What callers with these roles may learn about the schema; nothing is hidden from them by rule."""
        known = self._by_roles.get(roles)
        if known is None:
            if len(self._by_roles) >= MAX_ROLE_SETS:
                self._by_roles.clear()
            privileged = ANY in roles or not self.roles.isdisjoint(roles)
            known = self._by_roles[roles] = Visibility(frozenset(), privileged, privileged)
        return known


class Serving:
    """Implements the use cases' `Revisions` and `Explainer` for one worker.

    `announce` tells the other workers of this instance and returns when all of them serve the revision.
    """

    def __init__(
        self,
        registry: Registry,
        limits: DocumentLimits,
        rights: SchemaRights,
        announce: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._limits = limits
        self._rights = rights
        self._announce = announce
        self.graph = Graph(registry, limits)

    def current(self) -> Registry:
        return self.graph.registry

    def adopt(self, registry: Registry) -> None:
        """Serve this registry on this worker; requests under way keep the one they began with."""
        if registry is not self.graph.registry:
            self.graph = Graph(registry, self._limits)

    async def serve(self, registry: Registry) -> None:
        self.adopt(registry)
        if self._announce is not None:
            await self._announce()

    def explain(
        self,
        query: str,
        *,
        variables: Mapping[str, object],
        operation_name: str | None,
        principal: Principal,
    ) -> Description:
        """The plan of an operation as this caller would get it, without running it."""
        graph = self.graph
        try:
            operation = graph.operation(self._rights.visibility(graph, principal), query, operation_name)
        except OperationRefused as refused:
            messages = [error.message for error in refused.errors]
            raise ExplanationRefused(code=refused.code, messages=messages, facts=refused.facts) from refused
        return describe(
            draft_operation(
                graph.registry,
                operation.schema,
                operation.node,
                fragments=operation.fragments,
                conditions=_conditions(operation, variables),
            )
        )


class OwnWorker:
    """The revision of one worker, for whoever follows what others publish: nobody else is told."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def current(self) -> Registry:
        return self._serving.current()

    async def serve(self, registry: Registry) -> None:
        self._serving.adopt(registry)


def _conditions(operation: Operation, variables: Mapping[str, object]) -> Conditions:
    """The given values of the conditions' variables; a plan can be explained without the others."""
    try:
        coerced: Mapping[str, object] = operation.coerce(variables).coerced
    except VariablesInvalid:
        coerced = variables
    return Conditions(values={name: bool(coerced.get(name)) for name in operation.conditions})
