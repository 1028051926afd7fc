"""One field of the graph as clients see it: what it needs, what needs it, who uses it, how it did."""

from __future__ import annotations

import strawberry
from strawberry import Info

from engine.resource.sdl.lineage import FieldDescription, ResourceKind
from resolvers.context import Context
from resolvers.resources import describing
from schema.quality.types import QualityRow

strawberry.enum(ResourceKind, name="ResourceKind")


@strawberry.type
class ResourceField:
    domain: strawberry.Private[FieldDescription]
    coordinate: str
    type: str
    description: str | None
    kind: ResourceKind
    unit: str | None = strawberry.field(description="who owns it")
    api: str | None = strawberry.field(description="the API that is called for it, if one is")
    depends_on: list[str] = strawberry.field(
        description="fields and APIs that must have answered for it, near ones first"
    )
    required_by: list[str] = strawberry.field(
        description="fields and APIs that are hurt without it, near ones first"
    )
    used_by_flows: list[str] = strawberry.field(
        description="deployed flows that can still run, as 'refund@3'"
    )
    used_by_rules: list[str] = strawberry.field(description="match rules, by id and name")
    bound: str = strawberry.field(
        description="greatest number of its own calls, with those of what it reads: '1 + ceil(n(Order)/50)'"
    )

    @strawberry.field(description="how it did in the last day, for members of its unit")
    async def quality(self, info: Info[Context, None]) -> QualityRow | None:
        row = await describing.find_quality(info.context, self.domain)
        return None if row is None else QualityRow.of(row)

    @classmethod
    def of(cls, field: describing.DescribedField) -> ResourceField:
        told = field.described
        return cls(
            domain=told,
            coordinate=told.coordinate,
            type=told.type,
            description=told.description,
            kind=told.kind,
            unit=told.unit,
            api=told.api,
            depends_on=list(told.depends_on),
            required_by=list(told.required_by),
            used_by_flows=list(field.flows),
            used_by_rules=list(field.rules),
            bound=told.bound,
        )
