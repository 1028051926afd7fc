"""Run a prepared subscription: the platform's own, on Strawberry's schema; each result is a response."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from graphql import DocumentNode

from engine.resource.plan.arguments import VariablesInvalid
from schema.execution import Caller, Engine
from schema.operation import Operation, OperationRefused
from schema.response import Response, write_response


async def subscribe_operation(
    engine: Engine, operation: Operation, raw_variables: Mapping[str, object], caller: Caller
) -> AsyncGenerator[Response]:
    """Responses as they come. Raises OperationRefused where the variables do not fit."""
    try:
        operation.coerce(raw_variables)
    except VariablesInvalid as invalid:
        raise OperationRefused("BAD_USER_INPUT", invalid.errors) from invalid
    document = DocumentNode(definitions=(operation.node, *operation.fragments.values()))
    results = engine.subscribe_platform(document, raw_variables, caller.platform_context())
    async with aclosing(results):
        async for result in results:
            errors = [engine.describe_error(error) for error in result.errors or ()]
            yield write_response(result.data, errors)
