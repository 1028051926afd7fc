"""Parts of an answer that several executors give, in the form in which they are put together."""

from graphql import ExecutionResult, GraphQLError

from engine.resource.run.execution import Written
from schema.deadline import LATE


def result_of(written: Written) -> ExecutionResult:
    """What a plan gave."""
    errors = [
        GraphQLError(failure.message, path=list(path), extensions={"code": failure.code, **failure.facts})
        for failure, path in written.errors
    ]
    extensions = {"truncated": written.truncated} if written.truncated else None
    return ExecutionResult(written.data, errors, extensions)


def out_of_time(key: str) -> ExecutionResult:
    """Of a mutation of the platform, none of which may be null: it was under way, or never begun."""
    extensions = {"code": LATE.code, **LATE.facts}
    return ExecutionResult(None, [GraphQLError(LATE.message, path=[key], extensions=extensions)])
