"""Root query fields about resources."""

import strawberry
from strawberry import UNSET, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.resources import checking, describing, reading
from schema.objects import given_object
from schema.resources.fields import ResourceField
from schema.resources.plan import ExecutionPlan
from schema.resources.types import ResourceModule, ResourcesInput, ResourcesReport


@strawberry.type
class ResourcesQuery:
    @strawberry.field(description="All published modules, by name.")
    @staticmethod
    def resource_modules(info: Info[Context, None]) -> list[ResourceModule]:
        return [ResourceModule.of(module) for module in reading.list_modules(info.context)]

    @strawberry.field
    @staticmethod
    def resource_module(info: Info[Context, None], name: str) -> ResourceModule | None:
        module = reading.find_module(info.context, name)
        return None if module is None else ResourceModule.of(module)

    @strawberry.field(
        description="A field such as 'Order.buyer', or a type by its name; null where no module has it."
    )
    @staticmethod
    async def resource_field(info: Info[Context, None], coordinate: str) -> ResourceField | None:
        field = await describing.find_field(info.context, coordinate)
        return None if field is None else ResourceField.of(field)

    @strawberry.field(description="Everything publishing would say, without publishing.")
    @staticmethod
    async def check_resources(info: Info[Context, None], input: ResourcesInput) -> ResourcesReport:  # noqa: A002  # the contract's name
        report = await checking.check_module(info.context, input.to_draft())
        return ResourcesReport.of(report)

    @strawberry.field(description="The plan of an operation, without running it.")
    @staticmethod
    def explain(
        info: Info[Context, None],
        query: str,
        variables: JSON | None = UNSET,
        operation_name: str | None = UNSET,
    ) -> ExecutionPlan:
        given = given_object(variables, argument="variables") or {}
        plan = reading.explain_operation(
            info.context, query, variables=given, operation_name=operation_name or None
        )
        return ExecutionPlan.of(plan)
