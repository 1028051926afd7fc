"""Root query fields about flows."""

import strawberry
from strawberry import ID, Info

from engine.flow.instance import DeploymentId
from resolvers.context import Context
from resolvers.flows import definitions, looking, running
from schema.flows.definitions import Deployment, Flow, FlowConnection
from schema.flows.inputs import (
    FlowInstanceFilter,
    FlowModelInput,
    RollbackTaskInput,
    TaskFilter,
    given,
)
from schema.flows.instances import (
    FlowInstance,
    FlowInstanceConnection,
    RollbackPreview,
    Task,
    TaskConnection,
)
from schema.paging import PageInfo
from schema.problem import Problem


@strawberry.type
class FlowsQuery:
    @strawberry.field
    @staticmethod
    async def flow(info: Info[Context, None], key: str) -> Flow | None:
        record = await definitions.find_visible_flow(info.context, key)
        return None if record is None else Flow.of(record)

    @strawberry.field(description="Of the caller's units, by key.")
    @staticmethod
    async def flows(info: Info[Context, None], first: int = 20, after: str | None = None) -> FlowConnection:
        page = await definitions.list_flows(info.context, first=first, after=after)
        return FlowConnection(nodes=[Flow.of(record) for record in page.items], page_info=PageInfo.of(page))

    @strawberry.field(description="All problems of a model, without saving it.")
    @staticmethod
    async def check_flow(info: Info[Context, None], input: FlowModelInput) -> list[Problem]:  # noqa: A002  # the contract's name
        problems = await definitions.check_flow(info.context, input.format, input.model)
        return [Problem.of(problem) for problem in problems]

    @strawberry.field(description="What a rollback would undo.")
    @staticmethod
    async def preview_rollback(info: Info[Context, None], input: RollbackTaskInput) -> RollbackPreview:  # noqa: A002  # the contract's name
        reversal = await running.preview_rollback(info.context, input.task_id, to_task=given(input.to_task))
        return await RollbackPreview.of(info.context, reversal)

    @strawberry.field
    @staticmethod
    async def deployment(info: Info[Context, None], id: ID) -> Deployment | None:  # noqa: A002  # the contract's name
        found = await definitions.find_visible_deployment(info.context, DeploymentId(id))
        return None if found is None else Deployment.of(found)

    @strawberry.field
    @staticmethod
    async def flow_instance(info: Info[Context, None], id: ID) -> FlowInstance | None:  # noqa: A002  # the contract's name
        found = await looking.find_instance(info.context, id)
        return None if found is None else FlowInstance.of(found)

    @strawberry.field(description="Those the caller may see, the latest started first.")
    @staticmethod
    async def flow_instances(
        info: Info[Context, None],
        filter: FlowInstanceFilter | None = None,  # noqa: A002  # the contract's name
        first: int = 20,
        after: str | None = None,
    ) -> FlowInstanceConnection:
        wanted = filter.to_filter() if filter else looking.InstanceFilter()
        page = await looking.list_instances(info.context, wanted, first=first, after=after)
        return FlowInstanceConnection(
            nodes=[FlowInstance.of(one) for one in page.items], page_info=PageInfo.of(page)
        )

    @strawberry.field
    @staticmethod
    async def task(info: Info[Context, None], id: ID) -> Task | None:  # noqa: A002  # the contract's name
        view = await looking.find_task(info.context, id)
        return None if view is None else Task.of(view)

    @strawberry.field(description="Those the caller may see or work on.")
    @staticmethod
    async def tasks(
        info: Info[Context, None],
        filter: TaskFilter | None = None,  # noqa: A002  # the contract's name
        first: int = 20,
        after: str | None = None,
    ) -> TaskConnection:
        wanted = filter.to_filter() if filter else looking.TaskFilter()
        page = await looking.list_tasks(info.context, wanted, first=first, after=after)
        return TaskConnection(nodes=[Task.of(view) for view in page.items], page_info=PageInfo.of(page))
