"""An operation's plan as clients see it."""

from __future__ import annotations

import strawberry

from engine.resource.plan import description as domain


@strawberry.type
class PlanCall:
    api: str
    source: str
    method: str
    url: str = strawberry.field(description="the template, without values")
    wave: int
    batch: bool
    depends_on: list[str]
    needed_by: list[str]
    policy: str | None = strawberry.field(description="what repeats the call or holds it back, in words")

    @classmethod
    def of(cls, call: domain.CallDescription) -> PlanCall:
        return cls(
            api=call.api,
            source=call.source,
            method=call.method,
            url=call.url,
            wave=call.wave,
            batch=call.batch,
            depends_on=list(call.depends_on),
            needed_by=list(call.needed_by),
            policy=call.policy,
        )


@strawberry.type
class PlanGroup:
    fields: list[str]
    calls: list[PlanCall]

    @classmethod
    def of(cls, group: domain.GroupDescription) -> PlanGroup:
        return cls(fields=list(group.fields), calls=[PlanCall.of(call) for call in group.calls])


@strawberry.type
class ExecutionPlan:
    groups: list[PlanGroup]
    bound: str = strawberry.field(
        description="greatest number of upstream calls, e.g. '1 + ceil(n(orders)/100)'"
    )
    max_waves: int
    text: str
    mermaid: str

    @classmethod
    def of(cls, plan: domain.Description) -> ExecutionPlan:
        return cls(
            groups=[PlanGroup.of(group) for group in plan.groups],
            bound=plan.bound,
            max_waves=plan.max_waves,
            text=plan.text,
            mermaid=plan.mermaid,
        )
