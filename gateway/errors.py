"""THE table: exception → code → HTTP status, log level, whether to try again; and what clients read of it.

Refusals that the gateway itself raises stand here too:

Refusal
├── TokenRefused      the caller's token is missing, or is not one to trust
└── OriginRefused     a foreign page or host name, while callers are not authenticated
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import GraphQLError
from uuid_utils import uuid7

from engine.flow.errors import FlowRefusal
from engine.flow.ports import CallFailed as FlowCallFailed
from engine.resource.calls import CallFailed
from engine.resource.plan.arguments import VariablesInvalid
from resolvers import store_errors
from resolvers.errors import Refusal
from resolvers.resources.ports import SecretUnreadable
from schema.operation import OperationRefused

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

QUIET = logging.DEBUG  # the client's own doing: metrics count it
NOTED = logging.WARNING  # something outside is ill
OURS = logging.ERROR


class TokenRefused(Refusal):
    """`reason` is for the client: it holds nothing of the token."""

    code = "UNAUTHENTICATED"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"The token is refused: {reason}.")


class OriginRefused(Refusal):
    code = "ACCESS_DENIED"

    def __init__(self, *, what: str) -> None:
        super().__init__(f"{what} may not use this gateway while callers are not authenticated.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What a code means outside: the status when it refuses a whole request, how loud, worth repeating."""

    status: int
    level: int = QUIET
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicError:
    """What a client may read. `extensions` are without the code."""

    code: str
    message: str
    status: int
    extensions: Mapping[str, object] = field(default_factory=dict[str, object])


INTERNAL = "INTERNAL"

CODES: Mapping[str, Treatment] = {
    # the request
    "BAD_REQUEST": Treatment(status=400),
    "GRAPHQL_PARSE_FAILED": Treatment(status=400),
    "GRAPHQL_VALIDATION_FAILED": Treatment(status=400),
    "BAD_USER_INPUT": Treatment(status=400),
    "OPERATION_LIMIT": Treatment(status=400),
    "CURSOR_INVALID": Treatment(status=400),
    "DOCUMENT_INVALID": Treatment(status=400),
    "PERSISTED_QUERY_NOT_FOUND": Treatment(status=400, retryable=True),
    "OPERATION_NOT_REGISTERED": Treatment(status=403),
    "PAYLOAD_TOO_LARGE": Treatment(status=413),
    "IDEMPOTENCY_KEY_REUSED": Treatment(status=422),
    # the caller
    "UNAUTHENTICATED": Treatment(status=401),
    "ACCESS_DENIED": Treatment(status=403),
    # the object
    "RESOURCES_INVALID": Treatment(status=422),
    "OPERATIONS_INVALID": Treatment(status=422),
    "MODULE_NOT_FOUND": Treatment(status=404),
    "MODULE_VERSION_NOT_FOUND": Treatment(status=404),
    "DOCUMENT_NOT_FOUND": Treatment(status=404),
    "VERSION_CONFLICT": Treatment(status=409),
    "UNIQUE_CONFLICT": Treatment(status=409),
    "PUBLISH_CONTENDED": Treatment(status=503, retryable=True),
    # flows
    "FLOW_NOT_FOUND": Treatment(status=404),
    "FLOW_INVALID": Treatment(status=422),
    "DEPLOYMENT_NOT_FOUND": Treatment(status=404),
    "INSTANCE_NOT_FOUND": Treatment(status=404),
    "INSTANCE_NOT_RUNNING": Treatment(status=409),
    "TASK_NOT_FOUND": Treatment(status=404),
    "TASK_NOT_OPEN": Treatment(status=409),
    "TASK_CLAIMED": Treatment(status=409),
    "FORM_INVALID": Treatment(status=422),
    "NO_BRANCH_TAKEN": Treatment(status=422),
    "CONDITION_FAILED": Treatment(status=422),
    "ROLLBACK_IMPOSSIBLE": Treatment(status=409),
    "STEP_LIMIT_EXCEEDED": Treatment(status=422),
    "SUBFLOW_INVALID": Treatment(status=422),
    "STEP_CONTENDED": Treatment(status=503, retryable=True),
    # knowledge
    "ARTICLE_NOT_FOUND": Treatment(status=404),
    "ARTICLE_INVALID": Treatment(status=422),
    "ATTACHMENT_NOT_FOUND": Treatment(status=404),
    "ATTACHMENT_TYPE": Treatment(status=415),
    "ATTACHMENT_EMPTY": Treatment(status=422),
    "CATEGORY_INVALID": Treatment(status=422),
    "ARTICLE_STATUS": Treatment(status=409),
    "REVIEW_REQUIRED": Treatment(status=409),
    "KNOWLEDGE_UNAVAILABLE": Treatment(status=503, level=NOTED, retryable=True),
    "SYNONYMS_INVALID": Treatment(status=422),
    "IMPORT_FORMAT_UNKNOWN": Treatment(status=400),
    "IMPORT_UNREADABLE": Treatment(status=422),
    "IMPORT_TOO_LARGE": Treatment(status=413),
    "EXPORT_FORMAT_UNKNOWN": Treatment(status=400),
    "EXPORT_TOO_LARGE": Treatment(status=413),
    # matching
    "RULE_INVALID": Treatment(status=422),
    "RULE_NOT_FOUND": Treatment(status=404),
    "RULE_CONTENDED": Treatment(status=503, retryable=True),
    "CASE_NOT_FOUND": Treatment(status=404),
    # APIs of business units
    "UPSTREAM_STATUS": Treatment(status=502, level=NOTED),
    "UPSTREAM_TIMEOUT": Treatment(status=504, level=NOTED, retryable=True),
    "UPSTREAM_UNREACHABLE": Treatment(status=502, level=NOTED, retryable=True),
    "UPSTREAM_BODY": Treatment(status=502, level=NOTED),
    "CIRCUIT_OPEN": Treatment(status=503, level=NOTED, retryable=True),
    "RATE_LIMITED": Treatment(status=429, retryable=True),
    "EGRESS_BLOCKED": Treatment(status=502, level=NOTED),
    "BATCH_KEY_MISSING": Treatment(status=502),
    "MAPPING_ERROR": Treatment(status=502),
    "VALUE_ERROR": Treatment(status=502),
    "CALL_LIMIT": Treatment(status=400),
    "DEADLINE_EXCEEDED": Treatment(status=504, retryable=True),
    "ERRORS_TRUNCATED": Treatment(status=200),
    # the gateway
    "STORE_UNAVAILABLE": Treatment(status=503, level=NOTED, retryable=True),
    "CONFIG_UNREADABLE": Treatment(status=500, level=OURS),
    INTERNAL: Treatment(status=500, level=OURS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one class is told: its code and sentence, and the facts that go with them."""

    code: Callable[[Any], str] = lambda error: error.code  # Any: the class the row stands under
    message: Callable[[Any], str] = str
    facts: Callable[[Any], Mapping[str, object]] = lambda _: {}


def _constant(text: str) -> Callable[[object], str]:
    return lambda _: text


ROWS: Mapping[type[Exception], Row] = {
    Refusal: Row(facts=lambda error: error.facts),
    FlowRefusal: Row(facts=lambda error: error.facts),
    FlowCallFailed: Row(facts=lambda error: {"retryable": error.retryable}),
    OperationRefused: Row(facts=lambda error: error.facts),
    VariablesInvalid: Row(code=_constant("BAD_USER_INPUT")),
    GraphQLError: Row(code=_constant("BAD_USER_INPUT"), message=lambda error: error.message),
    CallFailed: Row(facts=lambda error: {"retryable": error.retryable}),
    SecretUnreadable: Row(code=_constant("CONFIG_UNREADABLE")),
    store_errors.StoreUnavailable: Row(
        message=_constant("The store does not answer: try again."),  # the reason may name hosts and files
        facts=lambda error: {"outcomeUnknown": error.outcome_unknown},
    ),
    store_errors.VersionConflict: Row(
        message=_constant("Someone else changed this meanwhile: read it again."),
        facts=lambda error: {"expected": error.expected, "actual": error.actual},
    ),
    store_errors.UniqueConflict: Row(
        message=_constant("There is one like it already."), facts=lambda error: {"key": error.key}
    ),
    store_errors.DocumentInvalid: Row(message=_constant("This holds a value that cannot be stored.")),
    store_errors.DocumentNotFound: Row(message=_constant("There is no such document.")),
    store_errors.CursorInvalid: Row(message=_constant("This cursor is not one that this list returned.")),
}


def public_error(exception: BaseException) -> PublicError:
    """What the client reads of an exception; logs it, once, as loud as the table says.

    What the table does not know is INTERNAL with a correlation id, which the log has too.
    """
    if isinstance(exception, BaseExceptionGroup) and len(exception.exceptions) == 1:
        return public_error(exception.exceptions[0])  # a task group's wrapping tells nobody anything
    row = next((ROWS[kind] for kind in type(exception).__mro__ if kind in ROWS), None)
    code = row.code(exception) if row else INTERNAL
    if row is None or code not in CODES:
        return _internal(exception)
    treatment = CODES[code]
    log.log(treatment.level, "refused", code=code)
    extensions = {"retryable": treatment.retryable, **row.facts(exception)}
    return PublicError(
        code=code, message=row.message(exception), status=treatment.status, extensions=extensions
    )


def describe_error(error: GraphQLError) -> dict[str, object]:
    """An execution error as it stands in a response; logs what is to be logged."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    body: dict[str, object] = {"message": error.message}
    if error.locations:
        body["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        body["path"] = error.path
    if isinstance(cause, GraphQLError) and cause.extensions and "code" in cause.extensions:
        return {**body, "extensions": cause.extensions}
    public = public_error(cause)
    return {**body, "message": public.message, "extensions": {"code": public.code, **public.extensions}}


def _internal(exception: BaseException) -> PublicError:
    correlation_id = str(uuid7())
    log.error("failed", code=INTERNAL, correlation_id=correlation_id, exc_info=exception)
    return PublicError(
        code=INTERNAL,
        message="Something went wrong in the gateway; its log has the details under this correlation id.",
        status=CODES[INTERNAL].status,
        extensions={"retryable": False, "correlationId": correlation_id},
    )
