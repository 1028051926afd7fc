"""The GraphQL endpoint: GraphQL over HTTP from a request's bytes to a response's bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import NamedTuple, Protocol

from graphql import OperationType

from engine.access import Principal
from gateway.http.answering import Answer, Answering, Deliver, Working
from gateway.http.arriving import ArrivingRequest
from gateway.http.clients import client_of
from gateway.http.event_stream import wants_events
from gateway.http.messages import (
    BodyLate,
    Headed,
    HttpRequest,
    HttpResponse,
    WatchedRequest,
)
from gateway.http.negotiation import (
    GRAPHQL_RESPONSE,
    BadRequest,
    Parameters,
    response_type,
    wants_page,
)
from gateway.http.parameters import BodyForm, EndpointOptions, ParameterReader, RequestHeaders
from gateway.http.persisted import PersistedOperations
from gateway.http.refusals import CONTENT_TYPE, failed_response
from gateway.http.streams import asks_for_socket, open_events, open_web_socket
from gateway.http.supervision import Supervisor
from schema.execution import Begun, Caller, Engine, begin_operation, execute_operation
from schema.graph import Graph
from schema.joined import Joined
from schema.operation import Operation
from schema.response import Response
from schema.serving import SchemaRights
from schema.subscribing import subscribe_operation
from schema.tally import Tally


class Authentication(Protocol):
    """Tells who asks. Raises an error of gateway/errors.py for a bad token or a foreign origin."""

    @property
    def lasting(self) -> bool:
        """Whether whom `known` tells stands for good, by the headers alone: tokens expire."""
        ...

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


class _Terms(NamedTuple):
    """What a request's headers ask for, whatever its body."""

    accept: str | None
    events: bool
    socket: bool
    deadline_s: float
    case_id: str | None
    client: str
    headers: RequestHeaders
    body: BodyForm
    principal: Principal | None = None  # where the headers alone tell, once they did


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
        tally: Tally,
        persisted: PersistedOperations,
        page: Callable[[], HttpResponse],
        platform_context: Callable[[Principal, HttpRequest], object],
    ) -> None:
        self._graph = graph
        self._engine = engine
        self._authentication = authentication
        self._options = options
        self._rights = rights
        self._tally = tally
        self._persisted = persisted
        self._supervisor = Supervisor(body_timeout_s=options.body_timeout_s)
        self._page = page
        self._platform_context = platform_context
        self._reader = ParameterReader(options)

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
        terms = request.head.made
        if not isinstance(terms, _Terms):
            terms = request.head.made = self._terms_of(request.head)
        if terms.socket:
            return open_web_socket(self, request)
        if terms.events:
            return Working(open_events(self, request))
        if request.method != "POST" or not request.complete:
            return Working(self._answer(request, _pass))
        media = GRAPHQL_RESPONSE
        try:
            media = response_type(terms.accept)
            principal = terms.principal or self._authentication.known(request)
            if principal is None:
                return Working(self._answer(request, _pass))
            if terms.principal is None and self._authentication.lasting:
                request.head.made = terms._replace(principal=principal)
            asked = self._reader.read(terms.body, request.arrived_body(self._options.body_bytes))
            asked = self._told_at_once(asked, principal)
            if asked is None:
                return Working(self._answer(request, _pass))
            begun = self._begin(request, self._caller(request, principal, terms), asked)
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
            parameters = await self._reader.parameters(request)
            body_arrived()
            parameters = await self._persisted.resolve(parameters, free=self._is_free(principal))
            caller = self._caller(request, principal, self._terms_of(request))
            begun = self._begin(request, caller, parameters)
            if isinstance(begun, Joined):
                begun = begun.wait()
            answer = begun if isinstance(begun, Response) else await begun
        except Exception as error:  # the one place where nothing may escape
            return failed_response(error, media)
        return HttpResponse(200, CONTENT_TYPE[media], answer.body)

    def _browser(self, request: HttpRequest) -> HttpResponse:
        self._authentication.admit(request)
        return self._page()

    def _begin(self, request: HttpRequest, caller: Caller, asked: Parameters) -> Begun:
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
        self._tally.count(operation, caller.client)
        return operation

    def _told_at_once(self, asked: Parameters, principal: Principal) -> Parameters | None:
        """What is to run; None where only the store can tell."""
        if not asked.extensions and not self._persisted.only:
            return asked
        return self._persisted.at_once(asked, free=self._is_free(principal))

    def _is_free(self, principal: Principal) -> bool:
        """Whether this caller writes operations by hand."""
        return not self._persisted.only or self._rights.may_introspect(principal)

    # ------------------------------------------------------------------ streams
    @property
    def authentication(self) -> Authentication:
        return self._authentication

    @property
    def max_body_bytes(self) -> int:
        return self._options.body_bytes

    async def parameters(self, request: HttpRequest) -> Parameters:
        return await self._reader.parameters(request)

    async def operate(
        self, request: HttpRequest, principal: Principal, asked: Parameters
    ) -> AsyncGenerator[Response]:
        """All responses of an operation: a subscription's as they come. Raises for one not executed."""
        self._reader.check_size(asked)
        asked = await self._persisted.resolve(asked, free=self._is_free(principal))
        caller = self._caller(request, principal, self._terms_of(request))
        operation = self._operation(request, caller, asked)
        if operation.kind is OperationType.SUBSCRIPTION:
            async with aclosing(
                subscribe_operation(self._engine, operation, asked.variables, caller)
            ) as responses:
                async for response in responses:
                    yield response
        else:
            yield await execute_operation(self._engine, operation, asked.variables, caller)

    def _caller(self, request: HttpRequest, principal: Principal, terms: _Terms) -> Caller:
        return Caller(
            principal,
            terms.deadline_s,
            lambda: self._platform_context(principal, request),
            terms.headers,
            terms.case_id,
            client=terms.client,
        )

    def _terms_of(self, request: Headed) -> _Terms:
        deadline_s = self._options.deadline_s
        stated = request.header("x-paifang-deadline-ms")
        if stated is not None and stated.isdigit():
            deadline_s = min(deadline_s, int(stated) / 1000)
        accept = request.header("accept")
        return _Terms(
            accept=accept,
            events=wants_events(accept),
            socket=asks_for_socket(request),
            deadline_s=deadline_s,
            case_id=request.header("x-case-id"),
            client=client_of(request.header),
            headers=RequestHeaders(request),
            body=BodyForm.of(request),
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
