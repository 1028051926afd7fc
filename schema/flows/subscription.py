"""Root subscription fields about flows."""

from collections.abc import AsyncGenerator

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.flows import watching
from schema.flows.inputs import TaskFilter
from schema.flows.instances import FlowInstance, Task


@strawberry.type
class FlowsSubscription:
    @strawberry.subscription(description="The instance as it is, then each time it has changed.")
    @staticmethod
    async def flow_instance_changed(info: Info[Context, None], id: ID) -> AsyncGenerator[FlowInstance]:  # noqa: A002  # the contract's name
        async for instance in watching.watch_instance(info.context, id):
            yield FlowInstance.of(instance)

    @strawberry.subscription(
        description="Tasks that opened, were claimed, saved or closed;"
        " a filter's status is ACTIVE if not given."
    )
    @staticmethod
    async def task_changed(
        info: Info[Context, None],
        filter: TaskFilter | None = None,  # noqa: A002  # the contract's name
    ) -> AsyncGenerator[Task]:
        wanted = filter.to_filter() if filter else None
        async for view in watching.watch_tasks(info.context, wanted):
            yield Task.of(view)
