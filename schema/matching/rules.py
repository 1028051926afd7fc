"""Match rules as clients see them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.matching import saving
from schema.paging import PageInfo
from schema.problem import Problem


@strawberry.type(description="What stands in a rule is told to its unit only; others know its id and name.")
class MatchRule:
    id: ID
    unit: str
    name: str
    priority: int
    questions: JSON
    answers: JSON
    enabled: bool
    effective_from: datetime | None
    effective_to: datetime | None
    view: strawberry.Private[saving.RuleView]

    @strawberry.field(description="what its checks say, overlaps with and shadowing by other rules")
    async def problems(self, info: Info[Context, None]) -> list[Problem]:
        if not self.view.own:
            return []
        return [Problem.of(one) for one in await saving.problems_of(info.context, self.view.record)]

    @strawberry.field(description="how often it was among the solutions")
    async def hits(self, info: Info[Context, None]) -> int:
        return await saving.hits_of(info.context, self.id) if self.view.own else 0

    @classmethod
    def of(cls, view: saving.RuleView) -> MatchRule:
        content = view.record.content
        return cls(
            id=ID(view.record.id),
            unit=content.unit,
            name=content.name,
            priority=content.priority,
            questions=JSON(content.questions if view.own else []),
            answers=JSON(content.answers if view.own else []),
            enabled=content.enabled,
            effective_from=content.effective_from,
            effective_to=content.effective_to,
            view=view,
        )


@strawberry.type
class MatchRuleConnection:
    nodes: list[MatchRule]
    page_info: PageInfo
