"""Root subscription fields about resources."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.resources import watching
from schema.resources.types import ResourceModule


@strawberry.type
class ResourcesSubscription:
    @strawberry.subscription(description="Each module that is published or rolled back, once it is served.")
    @staticmethod
    async def resources_published(info: Info[Context, None]) -> AsyncGenerator[ResourceModule]:
        async for module in watching.watch_publishes(info.context):
            yield ResourceModule.of(module)
