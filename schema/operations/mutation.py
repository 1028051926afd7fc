"""Root mutation fields about clients' operations."""

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.operations import registering
from schema.operations.types import OperationsRegistered, RegisterOperationsInput


@strawberry.type
class OperationsMutation:
    @strawberry.mutation(description="All of them or none; those that were registered before stay.")
    @staticmethod
    async def register_operations(
        info: Info[Context, None],
        input: RegisterOperationsInput,  # noqa: A002  # as in all mutations
    ) -> OperationsRegistered:
        given = [one.to_given() for one in input.operations]
        done = await registering.register_operations(info.context, given, client=input.client)
        return OperationsRegistered(registered=done.registered, known=done.known)

    @strawberry.mutation(description="How many of these were registered.")
    @staticmethod
    async def unregister_operations(info: Info[Context, None], ids: list[ID]) -> int:
        return await registering.unregister_operations(info.context, ids)
