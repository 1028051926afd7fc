"""Cases and feedback as clients see them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.knowledge import looking
from resolvers.matching import cases
from schema.flows.instances import FlowInstance
from schema.knowledge.articles import Article
from schema.paging import PageInfo


@strawberry.type
class Feedback:
    at: datetime
    by: str
    helpful: bool
    comment: str | None
    case_id: str | None
    query: str | None
    record: strawberry.Private[cases.FeedbackRecord]

    @strawberry.field
    async def article(self, info: Info[Context, None]) -> Article | None:
        if self.record.article_id is None:
            return None
        view = await looking.find_view(info.context, self.record.article_id)
        return None if view is None else Article.of(view)

    @classmethod
    def of(cls, record: cases.FeedbackRecord) -> Feedback:
        return cls(
            at=record.at,
            by=record.by,
            helpful=record.helpful,
            comment=record.comment,
            case_id=record.case_id,
            query=record.query,
            record=record,
        )


@strawberry.type
class FeedbackConnection:
    nodes: list[Feedback]
    page_info: PageInfo


@strawberry.type
class MatchRecord:
    at: datetime
    question: str | None
    dimensions: JSON
    rule_id: ID | None
    rule_name: str | None
    score: float

    @classmethod
    def of(cls, record: cases.MatchRecord) -> MatchRecord:
        return cls(
            at=record.at,
            question=record.question,
            dimensions=JSON(record.dimensions),
            rule_id=None if record.rule_id is None else ID(record.rule_id),
            rule_name=record.rule_name,
            score=record.score,
        )


@strawberry.type(description="kind: MATCH, FLOW_STARTED, FLOW_ENDED, FEEDBACK, LINK")
class CaseEvent:
    at: datetime
    kind: str
    text: str
    ref: ID | None

    @classmethod
    def of(cls, event: cases.CaseEvent) -> CaseEvent:
        ref = None if event.ref is None else ID(event.ref)
        return cls(at=event.at, kind=event.kind, text=event.text, ref=ref)


@strawberry.type(description="Everything one case id ties together, each list oldest first.")
class Case:
    id: ID
    matches: list[MatchRecord]
    instances: list[FlowInstance]
    feedback: list[Feedback]
    external_refs: JSON = strawberry.field(description="a list of {system, ref, at, by}")
    timeline: list[CaseEvent]

    @classmethod
    def of(cls, case: cases.CaseView) -> Case:
        refs = [
            {"system": one.system, "ref": one.ref, "at": one.at.isoformat(), "by": one.by}
            for one in case.refs
        ]
        return cls(
            id=ID(case.id),
            matches=[MatchRecord.of(one) for one in case.matches],
            instances=[FlowInstance.of(one) for one in case.instances],
            feedback=[Feedback.of(one) for one in case.feedback],
            external_refs=JSON(refs),
            timeline=[CaseEvent.of(one) for one in case.timeline],
        )
