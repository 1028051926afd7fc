"""The GraphQL endpoint: GraphQL over HTTP from a request's bytes to a response's bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

import orjson
from graphql import GraphQLError, OperationType

from engine.access import Principal
from gateway.http.answering import Answer, Answering, Deliver, Working
from gateway.http.arriving import ArrivingRequest
from gateway.http.event_stream import wants_events
from gateway.http.messages import (
    BodyLate,
    HttpRequest,
    HttpResponse,
    WatchedRequest,
    unpack,
)
from gateway.http.negotiation import (
    GRAPHQL_RESPONSE,
    BadRequest,
    Parameters,
    read_get,
    read_post,
    response_type,
    wants_page,
)
from gateway.http.refusals import CONTENT_TYPE, failed_response
from gateway.http.streams import asks_for_socket, open_events, open_web_socket
from gateway.http.supervision import Supervisor
from schema.execution import Begun, Caller, Engine, begin_operation, execute_operation
from schema.graph import Graph
from schema.joined import Joined
from schema.operation import Operation, OperationRefused
from schema.response import Response
from schema.serving import SchemaRights
from schema.subscribing import subscribe_operation

MAX_REMEMBERED, REMEMBERED_BYTES = 1_000, 4_096  # bodies kept as they were read, and how long they are


class Authentication(Protocol):
    """Tells who asks. Raises an error of gateway/errors.py for a bad token or a foreign origin."""

    def known(self, asking: HttpRequest, /) -> Principal | None:
        """Who asks, where that can be told at once."""
        ...

    async def authenticate(self, asking: HttpRequest, /) -> Principal: ...

    def admit(self, asking: HttpRequest, /) -> None:
        """Check what can be checked of a browser that asks for the page."""
        ...

    def admit_socket(self, asking: HttpRequest, /) -> None:
        """Check which page opens a WebSocket: browsers let any page do so."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointOptions:
    """Limits of one request, and who may look at the schema."""

    body_bytes: int
    query_bytes: int
    variables_bytes: int
    variables_depth: int
    deadline_s: float
    body_timeout_s: float


class GraphQLEndpoint:
    """Process life. `graph` gives the revision that serves; a request keeps the one it began with."""

    def __init__(
        self,
        *,
        graph: Callable[[], Graph],
        engine: Engine,
        authentication: Authentication,
        options: EndpointOptions,
        rights: SchemaRights,
        page: Callable[[], HttpResponse],
        platform_context: Callable[[Principal, HttpRequest], object],
    ) -> None:
        self._graph = graph
        self._engine = engine
        self._authentication = authentication
        self._options = options
        self._rights = rights
        self._supervisor = Supervisor(body_timeout_s=options.body_timeout_s)
        self._page = page
        self._platform_context = platform_context
        self._read_before: dict[tuple[str | None, str | None, bytes], Parameters] = {}

    async def handle(self, request: WatchedRequest) -> HttpResponse | None:
        """The response; None when the client has gone away. For servers that do not watch over clients."""
        supervision = self._supervisor.begin(request)
        try:
            return await self._answer(request, supervision.body_arrived)
        except asyncio.CancelledError:
            if not supervision.ended_task():
                raise
            if supervision.expired:
                return failed_response(BodyLate(), GRAPHQL_RESPONSE)
            return None
        finally:
            self._supervisor.end(supervision)

    def begin(self, request: ArrivingRequest) -> Answer | Answering:
        """The response where nothing has to be waited for, else what it will come from."""
        if asks_for_socket(request):
            return open_web_socket(self, request)
        if wants_events(request.header("accept")):
            return Working(open_events(self, request))
        if request.method != "POST" or not request.complete:
            return Working(self._answer(request, _pass))
        media = GRAPHQL_RESPONSE
        try:
            media = response_type(request.header("accept"))
            principal = self._authentication.known(request)
            if principal is None:
                return Working(self._answer(request, _pass))
            raw = request.arrived_body(self._options.body_bytes)
            begun = self._begin(request, principal, self._read(request, raw))
        except Exception as error:  # the one place where nothing may escape
            return failed_response(error, media)
        if isinstance(begun, Response):
            return HttpResponse(200, CONTENT_TYPE[media], begun.body)
        return _Joining(begun, media) if isinstance(begun, Joined) else Working(_finished(begun, media))

    async def _answer(self, request: HttpRequest, body_arrived: Callable[[], None]) -> HttpResponse:
        media = GRAPHQL_RESPONSE
        try:
            accept = request.header("accept")
            if request.method == "GET" and wants_page(accept):
                return self._browser(request)
            media = response_type(accept)
            principal = await self._authentication.authenticate(request)
            parameters = await self._parameters(request)
            body_arrived()
            begun = self._begin(request, principal, parameters)
            if isinstance(begun, Joined):
                begun = begun.wait()
            answer = begun if isinstance(begun, Response) else await begun
        except Exception as error:  # the one place where nothing may escape
            return failed_response(error, media)
        return HttpResponse(200, CONTENT_TYPE[media], answer.body)

    def _browser(self, request: HttpRequest) -> HttpResponse:
        self._authentication.admit(request)
        return self._page()

    async def _parameters(self, request: HttpRequest) -> Parameters:
        if request.method == "POST":
            return self._read(request, await request.body(self._options.body_bytes))
        if request.method != "GET":
            raise BadRequest("use POST, or GET for queries", status=405)
        parameters = read_get(request.query_string)
        self._check_size(parameters)
        return parameters

    def _read(self, request: HttpRequest, raw: bytes) -> Parameters:
        """What a body asks for. The same bytes say the same: clients send most operations again and again."""
        key = (request.header("content-type"), request.header("content-encoding"), raw)
        parameters = self._read_before.get(key)
        if parameters is None:
            body = unpack(raw, key[1], self._options.body_bytes)
            parameters = read_post(key[0], body)
            self._check_size(parameters)
            if not parameters.variables and len(raw) <= REMEMBERED_BYTES:
                if len(self._read_before) >= MAX_REMEMBERED:
                    self._read_before.clear()
                self._read_before[key] = parameters
        return parameters

    def _check_size(self, parameters: Parameters) -> None:
        options = self._options
        size = len(parameters.query)
        if size * 4 > options.query_bytes:  # characters take up to four bytes: short texts are not measured
            size = len(parameters.query.encode("utf-8", "surrogatepass"))
        if size > options.query_bytes:
            raise _limit("query_bytes", size, options.query_bytes)
        if parameters.variables:
            depth = _depth(parameters.variables, options.variables_depth)
            if depth > options.variables_depth:
                raise _limit("variables_depth", depth, options.variables_depth)
            size = len(orjson.dumps(parameters.variables))
            if size > options.variables_bytes:
                raise _limit("variables_bytes", size, options.variables_bytes)

    def _begin(self, request: HttpRequest, principal: Principal, asked: Parameters) -> Begun:
        caller = self._caller(request, principal)
        operation = self._operation(request, caller, asked)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise BadRequest("ask for subscriptions with accept: text/event-stream, or over a WebSocket")
        return begin_operation(self._engine, operation, asked.variables, caller)

    def _operation(self, request: HttpRequest, caller: Caller, asked: Parameters) -> Operation:
        graph = self._graph()
        visibility = self._rights.visibility(graph, caller.principal, caller.case_id)
        operation = graph.operation(visibility, asked.query, asked.operation_name)
        if operation.kind is OperationType.MUTATION and request.method == "GET":
            raise BadRequest("send mutations with POST", status=405)
        return operation

    # ------------------------------------------------------------------ streams
    @property
    def authentication(self) -> Authentication:
        return self._authentication

    @property
    def max_body_bytes(self) -> int:
        return self._options.body_bytes

    async def parameters(self, request: HttpRequest) -> Parameters:
        return await self._parameters(request)

    async def operate(
        self, request: HttpRequest, principal: Principal, asked: Parameters
    ) -> AsyncGenerator[Response]:
        """All responses of an operation: a subscription's as they come. Raises for one not executed."""
        self._check_size(asked)
        caller = self._caller(request, principal)
        operation = self._operation(request, caller, asked)
        if operation.kind is OperationType.SUBSCRIPTION:
            async with aclosing(
                subscribe_operation(self._engine, operation, asked.variables, caller)
            ) as responses:
                async for response in responses:
                    yield response
        else:
            yield await execute_operation(self._engine, operation, asked.variables, caller)

    def _caller(self, request: HttpRequest, principal: Principal) -> Caller:
        deadline_s = self._options.deadline_s
        stated = request.header("x-paifang-deadline-ms")
        if stated is not None and stated.isdigit():
            deadline_s = min(deadline_s, int(stated) / 1000)
        return Caller(
            principal=principal,
            headers=_Headers(request),
            case_id=request.header("x-case-id"),
            deadline_s=deadline_s,
            platform_context=lambda: self._platform_context(principal, request),
        )


class _Joining:
    """Implements `Answering` for a query's work: no task waits for it."""

    __slots__ = ("_joined", "_media")

    def __init__(self, joined: Joined, media: str) -> None:
        self._joined = joined
        self._media = media

    def deliver_to(self, deliver: Deliver) -> None:
        def over() -> None:
            deliver(_written(self._joined.response, self._media))

        self._joined.call_when_over(over)

    def cancel(self) -> None:
        self._joined.leave()


def _written(response: Callable[[], Response], media: str) -> HttpResponse:
    try:
        return HttpResponse(200, CONTENT_TYPE[media], response().body)
    except (Exception, asyncio.CancelledError) as error:
        return failed_response(error, media)


async def _finished(answering: Coroutine[object, object, Response], media: str) -> HttpResponse:
    try:
        answer = await answering
    except Exception as error:  # the one place where nothing may escape
        return failed_response(error, media)
    return HttpResponse(200, CONTENT_TYPE[media], answer.body)


def _pass() -> None:
    pass


class _Headers(Mapping[str, Sequence[str]]):
    """A request's headers, looked at only when an operation asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._all: Mapping[str, Sequence[str]] | None = None

    def _read(self) -> Mapping[str, Sequence[str]]:
        if self._all is None:
            self._all = self._request.headers()
        return self._all

    def __getitem__(self, name: str) -> Sequence[str]:
        return self._read()[name]

    def __iter__(self):  # Mapping's own signature
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def _limit(name: str, value: int, maximum: int) -> OperationRefused:
    message = f"the request exceeds the limit {name}: {value} is more than {maximum}"
    facts = {"limit": name, "value": value, "max": maximum}
    return OperationRefused("OPERATION_LIMIT", [GraphQLError(message)], facts=facts)


def _depth(value: object, limit: int) -> int:
    """The nesting of JSON, counted no further than one past `limit`."""
    level: list[object] = [value]
    depth = 0
    while level and depth <= limit:
        depth += 1
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)  # type: ignore[attr-defined] # only containers are kept
            if isinstance(child, dict | list)
        ]
    return depth
