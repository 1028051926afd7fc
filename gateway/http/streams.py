"""Operations whose responses come one after another: over server-sent events, and over a WebSocket."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

import orjson

from engine.access import Principal
from gateway.http.answering import Answer
from gateway.http.arriving import ArrivingRequest
from gateway.http.event_stream import EventStream
from gateway.http.messages import Headed, HeaderMap, HttpRequest
from gateway.http.negotiation import GRAPHQL_RESPONSE, Parameters
from gateway.http.refusals import failed_response
from gateway.http.takeover import Takeover
from gateway.http.transport_ws import Carrier, ErrorList, OperationSocket
from schema.response import Response


class Admission(Protocol):
    """Tells who asks, and whether a page may open a socket at all."""

    async def authenticate(self, asking: HttpRequest, /) -> Principal: ...

    def admit_socket(self, asking: HttpRequest, /) -> None: ...


class Operator(Protocol):
    """Runs operations: the endpoint, as streams see it."""

    @property
    def authentication(self) -> Admission: ...

    @property
    def max_body_bytes(self) -> int: ...

    async def parameters(self, request: HttpRequest) -> Parameters: ...

    def operate(
        self, request: HttpRequest, principal: Principal, asked: Parameters
    ) -> AsyncGenerator[Response]: ...


async def open_events(operator: Operator, request: ArrivingRequest) -> Answer:
    """The events of one operation; a refusal to begin is an ordinary response."""
    try:
        principal = await operator.authentication.authenticate(request)
        asked = await operator.parameters(request)
    except Exception as error:  # the one place where nothing may escape
        return failed_response(error, GRAPHQL_RESPONSE)
    return EventStream(operator.operate(request, principal, asked), _described)


def open_web_socket(operator: Operator, request: ArrivingRequest) -> Answer:
    """The socket; a foreign page is refused before it opens."""
    try:
        operator.authentication.admit_socket(request)
    except Exception as error:  # the one place where nothing may escape
        return failed_response(error, GRAPHQL_RESPONSE)

    async def admit(payload: Mapping[str, object]) -> "_SocketCaller":
        asking = _Asking(request, payload)
        return _SocketCaller(operator, asking, await operator.authentication.authenticate(asking))

    def open_socket(carrier: Carrier) -> OperationSocket:
        return OperationSocket(carrier, admit, _errors)

    web_socket = import_module("gateway.http.web_socket")  # 40 ms to import, for those who open one
    taken: Takeover = web_socket.WebSocket(request, open_socket, max_message_bytes=operator.max_body_bytes)
    return taken


def asks_for_socket(request: Headed) -> bool:
    return (request.header("upgrade") or "").lower() == "websocket"


class _SocketCaller:
    def __init__(self, operator: Operator, asking: "_Asking", principal: Principal) -> None:
        self._operator = operator
        self._asking = asking
        self._principal = principal

    def run(self, parameters: Parameters) -> AsyncGenerator[Response]:
        return self._operator.operate(self._asking, self._principal, parameters)

    @property
    def ends_in_s(self) -> float | None:
        ends = self._principal.claims.get("exp")
        return ends - time.time() if isinstance(ends, int | float) else None


class _Asking:
    """Implements `HttpRequest` for what comes over a socket: its first message stands in for headers."""

    method = "POST"
    query_string = ""

    def __init__(self, request: ArrivingRequest, payload: Mapping[str, object]) -> None:
        self._headers: dict[str, Sequence[str]] = dict(request.headers())
        for name, value in payload.items():
            if isinstance(value, str) and (name.lower() == "authorization" or name.lower().startswith("x-")):
                self._headers[name.lower()] = [value]

    def header(self, name: str) -> str | None:
        values = self._headers.get(name)
        return values[0] if values else None

    def headers(self) -> HeaderMap:
        return self._headers

    async def body(self, max_bytes: int) -> bytes:
        del max_bytes
        return b""


def _described(error: Exception) -> bytes:
    return failed_response(error, GRAPHQL_RESPONSE).body


def _errors(error: Exception) -> ErrorList:
    body = cast("dict[str, ErrorList]", orjson.loads(_described(error)))
    return body["errors"]
