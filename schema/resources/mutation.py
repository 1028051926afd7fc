"""Root mutation fields about resources."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.resources import publishing
from schema.idempotency import idempotency_key_of
from schema.resources.types import ResourceModule, ResourcesInput


@strawberry.type
class ResourcesMutation:
    @strawberry.mutation
    @staticmethod
    async def publish_resources(info: Info[Context, None], input: ResourcesInput) -> ResourceModule:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        module = await publishing.publish_module(info.context, input.to_draft(), idempotency_key=key)
        return ResourceModule.of(module)

    @strawberry.mutation
    @staticmethod
    async def rollback_resources(
        info: Info[Context, None],
        module: str,
        to_version: int,
        force: bool = False,
        reason: str | None = None,
    ) -> ResourceModule:
        key = idempotency_key_of(info)
        rolled_back = await publishing.rollback_module(
            info.context,
            module,
            to_version=to_version,
            force=force,
            reason=reason or None,
            idempotency_key=key,
        )
        return ResourceModule.of(rolled_back)
