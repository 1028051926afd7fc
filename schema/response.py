"""A GraphQL response: data, errors as clients see them, and what is said when there are too many."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import orjson

from engine.resource.outcome import Failure
from engine.resource.plan.writing import MAX_ERRORS
from engine.resource.run.observer import Fault

ErrorBody: TypeAlias = dict[str, object]


class Response(NamedTuple):
    """A response body. `executed`: execution began, so there is a `data` entry. `faults`: what to count."""

    body: bytes
    executed: bool
    faults: tuple[Fault, ...] = ()


def failure_body(failure: Failure, path: Sequence[str | int]) -> ErrorBody:
    """A failure as clients see it."""
    return {
        "message": failure.message,
        "path": path,
        "extensions": {"code": failure.code, **failure.facts},
    }


def write_response(
    data: Mapping[str, object] | None,
    errors: list[ErrorBody],
    truncated: int = 0,
    faults: tuple[Fault, ...] = (),
) -> Response:
    truncated += max(0, len(errors) - MAX_ERRORS)
    if truncated:
        more: ErrorBody = {
            "message": f"{truncated} more errors",
            "extensions": {"code": "ERRORS_TRUNCATED", "count": truncated},
        }
        errors = [*errors[:MAX_ERRORS], more]
    body = {"data": data, "errors": errors} if errors else {"data": data}
    return Response(orjson.dumps(body), True, faults)
