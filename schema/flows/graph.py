"""The resource graph as flows see it: operations described when a flow is checked, run when it runs.

A flow's operations run as its unit's service principal, for the instance's owner, on the revision that
serves at that moment.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import cast

import orjson

from engine.flow.model import Call, JsonObject
from engine.flow.ports import CallFailed, CallType, OnBehalf
from engine.problem import Problem, Severity
from schema.execution import Caller, Engine, execute_operation
from schema.flows.describing import describe_operation
from schema.flows.merging import Merged, merge_queries
from schema.flows.service import denied_to, service_principal
from schema.graph import Graph, Visibility
from schema.operation import OperationRefused

MAX_MERGED = 1_000  # merged texts kept
EVERYTHING = (
    Visibility()
)  # flows are checked against the whole graph; what they may use is decided at each run


class GraphResources:
    """Implements the flow engine's `Resources` on this worker's engine."""

    def __init__(
        self, graph: Callable[[], Graph], engine: Engine, *, deadline_s: float, client: str = ""
    ) -> None:
        self._graph = graph
        self._client = client  # as whom it is counted
        self._engine = engine
        self._deadline_s = deadline_s
        self._merged: dict[tuple[tuple[str, str], ...], Merged] = {}

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        return describe_call(self._graph(), call, units=units)

    async def run(
        self,
        call: Call,
        variables: JsonObject,
        *,
        on_behalf: OnBehalf,
        idempotency_key: str | None = None,
    ) -> JsonObject:
        try:
            body = await self._respond(call, variables, on_behalf, idempotency_key)
        except OperationRefused as refused:
            raise CallFailed(code=refused.code, message=str(refused), retryable=False) from refused
        return _data_of(body)

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        """One operation for all: the plan batches and shares what they have in common."""
        if len(calls) == 1:
            [(name, (call, variables))] = calls.items()
            return {name: await self.run(call, variables, on_behalf=on_behalf)}
        merged = self._merge({name: call.query for name, (call, _) in calls.items()})
        given = merged.variables_of({name: variables for name, (_, variables) in calls.items()})
        data = await self.run(Call(query=merged.text), given, on_behalf=on_behalf)
        return merged.split(data)

    async def read_each(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject | CallFailed]:
        """One operation for all: each query's data, or why there is none.

        Where a failed query takes the data of others with it, or all together are too large for an operation,
        those are asked again.
        """
        if not calls:
            return {}
        merged = self._merge({name: call.query for name, (call, _) in calls.items()})
        given = merged.variables_of({name: variables for name, (_, variables) in calls.items()})
        try:
            body = await self._respond(Call(query=merged.text), given, on_behalf, None)
        except OperationRefused as refused:
            return await self._read_halves(calls, refused, on_behalf)
        failed = _failures(body, merged)
        data = body.get("data")
        if isinstance(data, dict):
            return {**merged.split(cast("JsonObject", data)), **failed}
        rest = {name: call for name, call in calls.items() if name not in failed}
        if len(rest) == len(calls):
            return dict.fromkeys(calls, _failure_of(_errors_of(body)[0]))
        return {**await self.read_each(rest, on_behalf=on_behalf), **failed}

    async def _read_halves(
        self, calls: Mapping[str, tuple[Call, JsonObject]], refused: OperationRefused, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject | CallFailed]:
        names = list(calls)
        if len(names) == 1:
            return {names[0]: CallFailed(code=refused.code, message=str(refused), retryable=False)}
        half = len(names) // 2
        parts = ({name: calls[name] for name in some} for some in (names[:half], names[half:]))
        results = await asyncio.gather(*(self.read_each(part, on_behalf=on_behalf) for part in parts))
        return {name: result for part in results for name, result in part.items()}

    async def _respond(
        self, call: Call, variables: JsonObject, on_behalf: OnBehalf, idempotency_key: str | None
    ) -> dict[str, object]:
        operation = self._graph().operation(EVERYTHING, call.query, None)
        caller = self._caller(on_behalf, idempotency_key)
        response = await execute_operation(self._engine, operation, variables, caller)
        return orjson.loads(response.body)

    def _merge(self, queries: Mapping[str, str]) -> Merged:
        key = tuple(queries.items())
        merged = self._merged.get(key)
        if merged is None:
            if len(self._merged) >= MAX_MERGED:
                self._merged.clear()
            merged = self._merged[key] = merge_queries(queries)
        return merged

    def _caller(self, on_behalf: OnBehalf, idempotency_key: str | None) -> Caller:
        return Caller(
            principal=service_principal(on_behalf.unit, owner=on_behalf.owner),
            deadline_s=self._deadline_s,
            platform_context=_no_platform,
            case_id=on_behalf.case_id,
            idempotency_key=idempotency_key,
            client=self._client,
        )


def describe_call(graph: Graph, call: Call, *, units: Collection[str] = ()) -> CallType:
    """As the port says, on this revision of the graph: the one that serves, or one that may."""
    try:
        operation = graph.operation(EVERYTHING, call.query, None)
    except OperationRefused as refused:
        problems = [Problem(code=refused.code, message=error.message) for error in refused.errors]
        return CallType.refused(problems)
    described = describe_operation(operation)
    if any(problem.severity is Severity.ERROR for problem in described.problems):
        return described
    return replace(described, problems=(*described.problems, *denied_to(units, operation)))


def _data_of(body: dict[str, object]) -> JsonObject:
    errors = _errors_of(body)
    if errors:
        raise _failure_of(errors[0])
    data = body.get("data")
    return cast("JsonObject", data) if isinstance(data, dict) else {}


def _failures(body: dict[str, object], merged: Merged) -> dict[str, CallFailed]:
    """Of each query that had an error, the first."""
    found: dict[str, CallFailed] = {}
    for error in _errors_of(body):
        path = error.get("path")
        query = merged.query_of(str(path[0])) if isinstance(path, list) and path else None
        if query is not None:
            found.setdefault(query, _failure_of(error))
    return found


def _errors_of(body: dict[str, object]) -> list[dict[str, object]]:
    errors = body.get("errors")
    return cast("list[dict[str, object]]", errors) if isinstance(errors, list) else []


def _failure_of(error: dict[str, object]) -> CallFailed:
    extensions = error.get("extensions")
    facts = cast("dict[str, object]", extensions) if isinstance(extensions, dict) else {}
    return CallFailed(
        code=str(facts.get("code", "INTERNAL")),
        message=str(error.get("message")),
        retryable=bool(facts.get("retryable", False)),
    )


def _no_platform() -> object:
    raise RuntimeError("a flow's operation has no platform fields: describing it refuses them")
