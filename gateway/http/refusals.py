"""Responses to requests that were not executed: their errors, and the status their media type asks for."""

import orjson

from gateway.errors import PublicError, public_error
from gateway.http.messages import (
    BodyIncomplete,
    BodyLate,
    BodyTooLarge,
    BodyUnreadable,
    HttpResponse,
)
from gateway.http.negotiation import GRAPHQL_RESPONSE, JSON_RESPONSE, BadRequest
from schema.operation import OperationRefused

CONTENT_TYPE = {media: (("content-type", media),) for media in (GRAPHQL_RESPONSE, JSON_RESPONSE)}


def failed_response(error: BaseException, media: str) -> HttpResponse:
    """A request that was not executed: its errors, and the status its media type asks for."""
    if isinstance(error, OperationRefused):
        facts = {"code": error.code, **error.facts}
        errors: list[dict[str, object]] = [{**e.formatted, "extensions": facts} for e in error.errors]
        status = error.status if media == GRAPHQL_RESPONSE else 200
        return HttpResponse(status, CONTENT_TYPE[media], orjson.dumps({"errors": errors}))
    if isinstance(error, BadRequest):
        extra = (("allow", "GET, POST"),) if error.status == 405 else ()
        return _refusal(error.status, media, error.code, str(error), extra)
    if isinstance(error, BodyTooLarge):
        return _refusal(413, media, "PAYLOAD_TOO_LARGE", str(error))
    if isinstance(error, BodyUnreadable):
        return _refusal(415, media, "BAD_REQUEST", str(error))
    if isinstance(error, BodyIncomplete):
        return _refusal(400, media, "BAD_REQUEST", "the body is incomplete")
    if isinstance(error, BodyLate):
        return _refusal(408, media, "BAD_REQUEST", "the body did not arrive in time")
    known: PublicError = public_error(error)
    body = {"message": known.message, "extensions": {"code": known.code, **known.extensions}}
    return HttpResponse(known.status, CONTENT_TYPE[media], orjson.dumps({"errors": [body]}))


def _refusal(
    status: int, media: str, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return HttpResponse(status, (*CONTENT_TYPE[media], *headers), orjson.dumps(body))
