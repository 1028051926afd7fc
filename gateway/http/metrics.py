"""`/metrics`: what all workers counted, for who may scrape it."""

from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import Protocol

from engine.access import Principal
from gateway.http.messages import HttpRequest, HttpResponse
from gateway.http.negotiation import GRAPHQL_RESPONSE, BadRequest
from gateway.http.refusals import failed_response
from gateway.observability.counted import Counted
from resolvers.access import Rule, admit

METRICS_PATH = "/metrics"
SCRAPERS = Rule(roles=("metrics",))  # or an administrator


class Authentication(Protocol):
    """Tells who asks. Raises an error of gateway/errors.py for a bad token or a foreign origin."""

    async def authenticate(self, asking: HttpRequest, /) -> Principal: ...


class MetricsEndpoint:
    """`gather` gives what each worker of this instance counted, up to now."""

    def __init__(
        self, authentication: Authentication, gather: Callable[[], Awaitable[Sequence[Counted]]]
    ) -> None:
        self._authentication = authentication
        self._gather = gather

    async def answer(self, request: HttpRequest) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                raise BadRequest("scrape with GET", status=405)
            admit(await self._authentication.authenticate(request), SCRAPERS)
            writing = import_module(
                "gateway.observability.metrics"
            )  # loads a library that only scrapers need
            text, media = writing.write_metrics(await self._gather(), request.header("accept") or "")
        except Exception as error:  # the one place where nothing may escape
            return failed_response(error, GRAPHQL_RESPONSE)
        return HttpResponse(200, (("content-type", media),), text)
