"""Every exception has one public form, and nothing else gets out."""

import inspect

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

import resolvers.errors
import resolvers.resources.errors
from engine.problem import Problem
from engine.resource import calls, outcome
from engine.resource.calls import CallFailed
from gateway import errors
from gateway.errors import CODES, describe_error, public_error
from resolvers.errors import AccessDenied, OperationRefused, Refusal
from resolvers.resources.errors import ModuleVersionConflict, ResourcesInvalid
from resolvers.store_errors import CursorInvalid, QueryInvalid, StoreUnavailable, VersionConflict

CANARY = "s3cr3t-c4n4ry"


def refusals() -> list[type[Refusal]]:
    modules = (resolvers.errors, resolvers.resources.errors, errors)
    found = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    own = [kind for kind in found if issubclass(kind, Refusal)]
    return sorted({kind for kind in own if kind not in (Refusal, OperationRefused)}, key=lambda k: k.__name__)


@pytest.mark.parametrize("refusal", refusals())
def test_every_refusal_has_a_row_in_the_table(refusal: type[Refusal]) -> None:
    assert refusal.code in CODES


def test_every_code_of_the_engine_is_in_the_table() -> None:
    codes = {
        value
        for module in (calls, outcome)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    assert codes
    assert codes <= CODES.keys()


def test_a_refusal_keeps_its_code_its_sentence_and_its_facts() -> None:
    public = public_error(ModuleVersionConflict(module="bikes", expected=3, actual=4))
    assert (public.code, public.status) == ("VERSION_CONFLICT", 409)
    assert "version 4, not 3" in public.message
    assert public.extensions == {"retryable": False, "module": "bikes", "expected": 3, "actual": 4}


def test_invalid_resources_carry_their_problems() -> None:
    problem = Problem(code="SYNTAX", message="no", module="bikes", line=1, column=2)
    public = public_error(ResourcesInvalid([problem]))
    (told,) = public.extensions["problems"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # a list of problems
    assert told["code"] == "SYNTAX"
    assert told["line"] == 1


@pytest.mark.parametrize(
    ("exception", "code", "status", "retryable"),
    [
        (CallFailed(code="UPSTREAM_TIMEOUT", message="late", retryable=True), "UPSTREAM_TIMEOUT", 504, True),
        (CallFailed(code="EGRESS_BLOCKED", message="no", retryable=False), "EGRESS_BLOCKED", 502, False),
        (StoreUnavailable(reason=f"mongodb://u:{CANARY}@h"), "STORE_UNAVAILABLE", 503, True),
        (CursorInvalid(collection=CANARY), "CURSOR_INVALID", 400, False),
        (
            VersionConflict(collection=CANARY, document_id="x", expected=1, actual=2),
            "VERSION_CONFLICT",
            409,
            False,
        ),
        (
            OperationRefused(code="OPERATION_LIMIT", messages=["deep"], facts={}),
            "OPERATION_LIMIT",
            400,
            False,
        ),
    ],
)
def test_known_exceptions_are_told_without_what_is_ours(
    exception: Exception, code: str, status: int, retryable: bool
) -> None:
    public = public_error(exception)
    assert (public.code, public.status, public.extensions["retryable"]) == (code, status, retryable)
    assert CANARY not in public.message


@pytest.mark.parametrize("exception", [RuntimeError(CANARY), QueryInvalid(collection="c", reason=CANARY)])
def test_an_unknown_exception_is_internal_and_logged_once_under_its_correlation_id(
    exception: Exception,
) -> None:
    with capture_logs() as logs:
        public = public_error(exception)
    assert (public.code, public.status) == ("INTERNAL", 500)
    assert CANARY not in repr(public)
    (entry,) = logs
    assert entry["correlation_id"] == public.extensions["correlationId"]
    assert entry["exc_info"] is exception


def test_a_clients_mistake_is_not_logged_aloud() -> None:
    with capture_logs() as logs:
        public_error(AccessDenied(needs="the role publisher"))
    assert {entry["log_level"] for entry in logs} <= {"debug"}


def test_an_execution_error_is_described_by_its_cause() -> None:
    cause = AccessDenied(needs="the role publisher")
    body = describe_error(GraphQLError("anything", path=["me", 0], original_error=cause))
    assert body == {
        "message": str(cause),
        "path": ["me", 0],
        "extensions": {"code": "ACCESS_DENIED", "retryable": False, "needs": "the role publisher"},
    }


def test_an_execution_error_with_a_code_is_passed_on() -> None:
    error = GraphQLError("the API answered 500", path=["a"], extensions={"code": "UPSTREAM_STATUS"})
    assert describe_error(error)["extensions"] == {"code": "UPSTREAM_STATUS"}


def test_an_execution_error_without_a_cause_is_the_clients_input() -> None:
    extensions = describe_error(GraphQLError("Argument 'x' has an invalid value"))["extensions"]
    assert extensions == {"code": "BAD_USER_INPUT", "retryable": False}


def test_the_message_of_an_unknown_cause_stays_inside() -> None:
    body = describe_error(GraphQLError(CANARY, original_error=ValueError(CANARY)))
    assert CANARY not in repr(body)


def test_what_a_task_group_wraps_is_told_as_itself() -> None:
    wrapped = ExceptionGroup("unhandled errors", [AccessDenied(needs="the role publisher")])
    assert public_error(wrapped).code == "ACCESS_DENIED"
