"""The GraphQL endpoint: GraphQL over HTTP from a request's bytes to a response's bytes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
from graphql import GraphQLError, OperationType

from engine.access import Principal
from gateway.errors import PublicError, public_error
from gateway.http.messages import (
    BodyIncomplete,
    BodyTooLarge,
    BodyUnreadable,
    HttpRequest,
    HttpResponse,
    unpack,
)
from gateway.http.negotiation import (
    GRAPHQL_RESPONSE,
    JSON_RESPONSE,
    BadRequest,
    Parameters,
    read_get,
    read_post,
    response_type,
    wants_page,
)
from gateway.http.supervision import Supervision, Supervisor
from schema.execution import Caller, Engine, Response, execute_operation
from schema.graph import Graph
from schema.operation import OperationRefused
from schema.serving import SchemaRights

_CONTENT_TYPE = {media: (("content-type", media),) for media in (GRAPHQL_RESPONSE, JSON_RESPONSE)}


class Authentication(Protocol):
    """Tells who asks. Raises an error of gateway/errors.py for a bad token or a foreign origin."""

    async def authenticate(self, asking: HttpRequest, /) -> Principal: ...

    def admit(self, asking: HttpRequest, /) -> None:
        """Check what can be checked of a browser that asks for the page."""
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

    async def handle(self, request: HttpRequest) -> HttpResponse | None:
        """The response; None when the client has gone away."""
        supervision = self._supervisor.begin(request)
        try:
            return await self._answer(request, supervision)
        except asyncio.CancelledError:
            if not supervision.ended_task():
                raise
            if supervision.expired:
                return _refusal(408, GRAPHQL_RESPONSE, "BAD_REQUEST", "the body did not arrive in time")
            return None
        finally:
            self._supervisor.end(supervision)

    async def _answer(self, request: HttpRequest, supervision: Supervision) -> HttpResponse:
        media = GRAPHQL_RESPONSE
        try:
            accept = request.header("accept")
            if request.method == "GET" and wants_page(accept):
                return self._browser(request)
            media = response_type(accept)
            principal = await self._authentication.authenticate(request)
            parameters = await self._parameters(request)
            supervision.arrived = True
            answer = await self._execute(request, principal, parameters)
        except BodyIncomplete:
            return _refusal(400, media, "BAD_REQUEST", "the body is incomplete")
        except Exception as error:  # the one place where nothing may escape
            return _failed(error, media)
        return HttpResponse(200, _CONTENT_TYPE[media], answer.body)

    def _browser(self, request: HttpRequest) -> HttpResponse:
        self._authentication.admit(request)
        return self._page()

    async def _parameters(self, request: HttpRequest) -> Parameters:
        options = self._options
        if request.method == "POST":
            raw = await request.body(options.body_bytes)
            body = unpack(raw, request.header("content-encoding"), options.body_bytes)
            parameters = read_post(request.header("content-type"), body)
        elif request.method == "GET":
            parameters = read_get(request.query_string)
        else:
            raise BadRequest("use POST, or GET for queries", status=405)
        self._check_size(parameters)
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

    async def _execute(self, request: HttpRequest, principal: Principal, asked: Parameters) -> Response:
        graph = self._graph()
        caller = self._caller(request, principal)
        visibility = self._rights.visibility(graph, principal, caller.case_id)
        operation = graph.operation(visibility, asked.query, asked.operation_name)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise BadRequest("subscriptions are not served here")
        if operation.kind is OperationType.MUTATION and request.method == "GET":
            raise BadRequest("send mutations with POST", status=405)
        return await execute_operation(self._engine, operation, asked.variables, caller)

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


def _failed(error: Exception, media: str) -> HttpResponse:
    """A request that was not executed: its errors, and the status its media type asks for."""
    if isinstance(error, OperationRefused):
        facts = {"code": error.code, **error.facts}
        errors: list[dict[str, object]] = [{**e.formatted, "extensions": facts} for e in error.errors]
        status = error.status if media == GRAPHQL_RESPONSE else 200
        return HttpResponse(status, (("content-type", media),), orjson.dumps({"errors": errors}))
    if isinstance(error, BadRequest):
        extra = (("allow", "GET, POST"),) if error.status == 405 else ()
        return _refusal(error.status, media, error.code, str(error), extra)
    if isinstance(error, BodyTooLarge):
        return _refusal(413, media, "PAYLOAD_TOO_LARGE", str(error))
    if isinstance(error, BodyUnreadable):
        return _refusal(415, media, "BAD_REQUEST", str(error))
    known: PublicError = public_error(error)
    body = {"message": known.message, "extensions": {"code": known.code, **known.extensions}}
    return HttpResponse(known.status, (("content-type", media),), orjson.dumps({"errors": [body]}))


def _refusal(
    status: int, media: str, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return HttpResponse(status, (("content-type", media), *headers), orjson.dumps(body))
