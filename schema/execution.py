"""Execute a prepared operation: resource fields as a compiled plan, platform fields through Strawberry."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType, execute_sync

from engine.access import Principal
from engine.resource.plan.arguments import Variables, VariablesInvalid
from engine.resource.plan.compile import Plan
from engine.resource.run.execution import Execution, verdicts_of
from engine.resource.run.observer import SILENCE, Observer, Observers
from engine.resource.run.request import MAX_AT_ONCE, MAX_CALLS, Headers, LoaderFactory, Request
from engine.resource.run.runtime import Runtime
from engine.resource.run.sharing import Flights
from schema.deadline import Deadline
from schema.joined import Joined
from schema.operation import Operation, OperationRefused, Prepared, sub_document
from schema.response import ErrorBody, Response, failure_body, write_response
from schema.results import out_of_time, result_of

PlatformExecutor: TypeAlias = Callable[
    [DocumentNode, Mapping[str, object], object], Awaitable[ExecutionResult]
]
PlatformSubscriber: TypeAlias = Callable[
    [DocumentNode, Mapping[str, object], object], AsyncGenerator[ExecutionResult]
]
ALL_HEADERS = "*"


class Caller(NamedTuple):  # one per request: a tuple costs a third of a frozen dataclass
    """Who asks, and what of the HTTP request operations may read. `headers` names are lower case."""

    principal: Principal
    deadline_s: float
    platform_context: Callable[[], object]  # made for operations with platform fields only
    headers: Headers = MappingProxyType[str, Sequence[str]]({})
    case_id: str | None = None
    idempotency_key: str | None = None  # sent with the calls of mutations
    client: str = ""  # the program that asks, as it calls itself; counted, and nothing else


@dataclass(slots=True, kw_only=True, eq=False)
class Engine:
    """Process life: how operations are run on this worker."""

    runtime: Runtime
    loader: LoaderFactory
    execute_platform: PlatformExecutor
    subscribe_platform: PlatformSubscriber
    describe_error: Callable[[GraphQLError], ErrorBody]
    observers: Observers = SILENCE
    max_calls: int = MAX_CALLS  # upstream, of one operation
    max_at_once: int = MAX_AT_ONCE  # of them, of one API
    shared: Flights[Execution, Response] = field(init=False)

    def __post_init__(self) -> None:
        self.shared = Flights(self.runtime.works)  # one row: what is ready of all kinds runs in one turn


async def execute_operation(
    engine: Engine, operation: Operation, raw_variables: Mapping[str, object], caller: Caller
) -> Response:
    """The response to one request. Raises OperationRefused where the variables do not fit."""
    begun = begin_operation(engine, operation, raw_variables, caller)
    if isinstance(begun, Response):
        return begun
    return await (begun.wait() if isinstance(begun, Joined) else begun)


def begin_operation(
    engine: Engine, operation: Operation, raw_variables: Mapping[str, object], caller: Caller
) -> "Begun":
    """The response where nothing has to be waited for, else what it will come from.

    Raises OperationRefused where the variables do not fit.
    """
    observer = engine.observers.of(caller.client, caller.principal.channel)
    constant = operation.constants.get(caller.principal.authenticated)
    if constant is not None:
        observer.operation_over(constant.plan, constant.response.faults, shared=False)
        return constant.response
    try:
        variables = operation.coerce(raw_variables)
        prepared = operation.prepared(variables)
        if prepared.plan is not None and prepared.plan.whole_variables:
            variables = operation.coerce_whole(raw_variables)
    except VariablesInvalid as invalid:
        raise OperationRefused("BAD_USER_INPUT", invalid.errors) from invalid
    run = _Run(engine, operation, prepared, variables, raw_variables, caller, observer)
    if prepared.plan is not None and prepared.platform is None and prepared.introspection is None:
        return run.resources(prepared.plan)
    return run.mutation() if operation.kind is OperationType.MUTATION else run.mixed()


Begun: TypeAlias = "Response | Joined | Coroutine[object, object, Response]"


class _Run:
    """One request's run of one operation."""

    def __init__(
        self,
        engine: Engine,
        operation: Operation,
        prepared: Prepared,
        variables: Variables,
        raw_variables: Mapping[str, object],
        caller: Caller,
        observer: Observer,
    ) -> None:
        self._engine = engine
        self._operation = operation
        self._prepared = prepared
        self._variables = variables
        self._raw_variables = raw_variables
        self._caller = caller
        self._observer = observer

    # ------------------------------------------------------------------ resource fields only
    def resources(self, plan: Plan) -> Response | Joined:
        """Resource fields only. A query joins an identical one under way whose every input is the same."""
        if not plan.waits:
            execution = self._execution(plan, self._request(plan))
            _run_now(execution.run())
            response = self._served(self._written(execution), False)
            authenticated = self._caller.principal.authenticated
            self._operation.keep_constant(plan, response, authenticated=authenticated)
            return response

        shared = self._engine.shared
        key = None if self._operation.kind is OperationType.MUTATION else self._share_key(plan)
        flight = None if key is None else shared.find(key)
        if flight is None:
            execution = self._execution(plan, self._request(plan))
            flight = shared.start(key, execution, execution.run_then(self._written))
        deadline_at = shared.works.loop.time() + self._caller.deadline_s
        return Joined(flight, self._written, self._served, alarm=shared.alarm, deadline_at=deadline_at)

    def _share_key(self, plan: Plan) -> Hashable:
        """Everything that the answer depends on; most plans use nothing of the caller."""
        uses, caller, raw = plan.uses, self._caller, self._raw_variables
        key: tuple[Hashable, ...] = (
            plan,
            orjson.dumps(raw, option=orjson.OPT_SORT_KEYS) if raw else b"",
            caller.principal.authenticated,
            caller.deadline_s,
            self._engine.runtime.fences.all(uses.sources),
        )
        if uses.headers:
            headers = _headers_used(plan, caller)
            key += tuple([(name, tuple(values)) for name, values in headers.items()])
        if uses.context or uses.rules:
            request = self._request(plan)
            key += tuple([_at(request.context, path) for path in uses.context])
            key += tuple([request.verdicts[rule] is None for rule in uses.rules])
        return key

    def _request(self, plan: Plan) -> Request:
        request = Request(
            principal=self._caller.principal,
            variables=self._variables,
            headers=_headers_used(plan, self._caller),
            case_id=self._caller.case_id,
            loader=self._engine.loader,
            observer=self._observer,
            max_calls=self._engine.max_calls,
            max_at_once=self._engine.max_at_once,
            deadline_s=self._caller.deadline_s,
            deadline_at=self._engine.runtime.works.loop.time() + self._caller.deadline_s,
            mutation=self._operation.kind is OperationType.MUTATION,
            idempotency_key=self._caller.idempotency_key,
        )
        request.verdicts = verdicts_of(plan, self._operation.registry, request)
        return request

    def _execution(self, plan: Plan, request: Request) -> Execution:
        return Execution(plan, self._operation.registry, self._engine.runtime, request)

    def _written(self, execution: Execution) -> Response:
        written = execution.write()
        data = written.data
        if data is not None and self._prepared.typenames:
            data = self._ordered({**data, **self._prepared.typenames})
        if not written.errors:
            return write_response(data, [])
        errors = [failure_body(failure, path) for failure, path in written.errors]
        return write_response(data, errors, written.truncated, written.faults(self._prepared.plan))

    def _served(self, response: Response, shared: bool) -> Response:
        """Count an answer to a query of resource fields."""
        if self._prepared.plan is not None:
            self._observer.operation_over(self._prepared.plan, response.faults, shared=shared)
        return response

    # ------------------------------------------------------------------ everything else
    async def mixed(self) -> Response:
        """A query whose root fields have several executors: all run at once."""
        results = await asyncio.gather(
            self._resources(), self._platform(self._prepared.platform), self._introspection()
        )
        return self._merged(results)

    async def mutation(self) -> Response:
        """Root fields one after the other, each by who answers it."""
        prepared, results = self._prepared, list[ExecutionResult | None]()
        execution = None
        if prepared.plan is not None:
            execution = self._execution(prepared.plan, self._request(prepared.plan))
        late = list(prepared.platform.keys) if prepared.platform is not None else []
        async with Deadline(self._caller.deadline_s):
            for key in prepared.keys:
                if key in late:
                    results.append(await self._platform_field(key))
                    late.remove(key)
                elif execution is not None and prepared.plan is not None and key in prepared.plan.keys:
                    await execution.run_root(prepared.plan.keys.index(key))
        if execution is not None:
            results.append(self._as_result(execution))
        results += map(out_of_time, late)
        return self._merged(results)

    async def _resources(self) -> ExecutionResult | None:
        plan = self._prepared.plan
        if plan is None:
            return None
        execution = self._execution(plan, self._request(plan))
        await execution.run_within(self._caller.deadline_s)
        return self._as_result(execution)

    def _as_result(self, execution: Execution) -> ExecutionResult:
        """The part of a mixed answer, counted."""
        written = execution.write()
        if self._prepared.plan is not None:
            faults = written.faults(self._prepared.plan)
            self._observer.operation_over(self._prepared.plan, faults, shared=False)
        return result_of(written)

    async def _platform(self, part: object) -> ExecutionResult | None:
        if self._prepared.platform is None or part is None:
            return None
        document = self._prepared.platform.document
        return await self._engine.execute_platform(
            document, self._raw_variables, self._caller.platform_context()
        )

    async def _platform_field(self, key: str) -> ExecutionResult:
        document = sub_document(self._operation, self._prepared.fields, [key])
        return await self._engine.execute_platform(
            document, self._raw_variables, self._caller.platform_context()
        )

    async def _introspection(self) -> ExecutionResult | None:
        part = self._prepared.introspection
        if part is None:
            return None
        return execute_sync(self._operation.schema, part.document, variable_values=dict(self._raw_variables))

    def _merged(self, results: Sequence[ExecutionResult | None]) -> Response:
        data: dict[str, object] | None = dict(self._prepared.typenames)
        errors: list[ErrorBody] = []
        truncated = 0
        for result in results:
            if result is None:
                continue
            errors += [self._engine.describe_error(error) for error in result.errors or ()]
            truncated += (result.extensions or {}).get("truncated", 0)
            data = None if data is None or result.data is None else {**data, **result.data}
        return write_response(None if data is None else self._ordered(data), errors, truncated)

    def _ordered(self, data: dict[str, object]) -> dict[str, object]:
        keys = self._prepared.keys
        return data if tuple(data) == keys else {key: data[key] for key in keys if key in data}


def _run_now(coroutine: Coroutine[object, None, None]) -> None:
    """Run what waits for nothing to its end, without the event loop."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("a plan without calls waited for something")


def _headers_used(plan: Plan, caller: Caller) -> Headers:
    names, received = plan.uses.headers, caller.headers
    if not names:
        return {}
    return received if ALL_HEADERS in names else {name: received[name] for name in names if name in received}


def _at(context: Mapping[str, object], path: Sequence[str]) -> Hashable:
    value: object = context
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
