"""What a request asks for, read from its body or its URL, within the limits of one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from graphql import GraphQLError

from gateway.http.messages import Headed, HttpRequest, unpack
from gateway.http.negotiation import BadRequest, Parameters, read_get, read_post
from schema.operation import OperationRefused

LONGER = 8  # times as long as sent is no JSON that is written again: 1e15 becomes 1000000000000000.0
MAX_REMEMBERED, REMEMBERED_BYTES = 1_000, 4_096  # bodies kept as they were read, and how long they are


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointOptions:
    """Limits of one request."""

    body_bytes: int
    query_bytes: int
    variables_bytes: int
    variables_depth: int
    deadline_s: float
    body_timeout_s: float


class BodyForm(NamedTuple):
    """What a request's headers say its body is."""

    content_type: str | None
    encoding: str | None

    @classmethod
    def of(cls, request: Headed) -> "BodyForm":
        return cls(request.header("content-type"), request.header("content-encoding"))


class ParameterReader:
    """Process life: remembers small bodies, which clients send again and again."""

    def __init__(self, options: EndpointOptions) -> None:
        self._options = options
        self._read_before: dict[tuple[BodyForm, bytes], Parameters] = {}
        self._short_bytes = min(options.query_bytes, options.variables_bytes) // LONGER

    async def parameters(self, request: HttpRequest) -> Parameters:
        if request.method == "POST":
            return self.read(BodyForm.of(request), await request.body(self._options.body_bytes))
        if request.method != "GET":
            raise BadRequest("use POST, or GET for queries", status=405)
        parameters = read_get(request.query_string)
        self.check_size(parameters)
        return parameters

    def read(self, form: BodyForm, raw: bytes) -> Parameters:
        """What a body asks for. The same bytes say the same: clients send most operations again and again.

        Those with variables differ each time, and are not looked for.
        """
        repeats = b'"variables"' not in raw
        parameters = self._read_before.get((form, raw)) if repeats else None
        if parameters is None:
            body = raw if form.encoding is None else unpack(raw, form.encoding, self._options.body_bytes)
            parameters = read_post(form.content_type, body)
            if not parameters.variables or self._may_exceed(body):
                self.check_size(parameters)
            if repeats and not parameters.variables and len(raw) <= REMEMBERED_BYTES:
                if len(self._read_before) >= MAX_REMEMBERED:
                    self._read_before.clear()
                self._read_before[form, raw] = parameters
        return parameters

    def _may_exceed(self, body: bytes) -> bool:
        """Whether anything in a body could be beyond a limit: of most, two counts show that nothing is."""
        if len(body) > self._short_bytes:
            return True
        return body.count(b"{") + body.count(b"[") > self._options.variables_depth

    def check_size(self, parameters: Parameters) -> None:
        """Raises OperationRefused for a document or variables beyond the limits."""
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


class RequestHeaders(Mapping[str, Sequence[str]]):
    """A request's headers, looked at only when an operation asks."""

    def __init__(self, request: Headed) -> None:
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
