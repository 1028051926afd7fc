"""Read what an execution came to."""

from typing import Any

from graphql import ExecutionResult

from resolvers.errors import Refusal


def answer_of(result: ExecutionResult) -> dict[str, Any]:
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


def refusal_of(result: ExecutionResult) -> str:
    """The code of the one refusal."""
    assert result.errors is not None
    (error,) = result.errors
    assert isinstance(error.original_error, Refusal), error
    return error.original_error.code
