"""What clients give to the fields about matching."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, UNSET
from strawberry.scalars import JSON

from resolvers.knowledge.access import EVERYTHING
from resolvers.matching import answering, feedback, reading
from schema.given import given
from schema.knowledge.inputs import ScopeInput
from schema.objects import given_object


@strawberry.input(
    description="question: what the user said, if anything; dimensions: everything else known about it,"
    ' e.g. {city: "BJ", product: "bike", orderStatus: 3}'
)
class MatchInput:
    question: str | None = UNSET
    dimensions: JSON | None = UNSET
    scope: ScopeInput | None = UNSET
    case_id: str | None = UNSET
    first: int = 5

    def to_match(self) -> answering.MatchGiven:
        scope = given(self.scope)
        return answering.MatchGiven(
            question=given(self.question),
            dimensions=given_object(self.dimensions, argument="dimensions") or {},
            scope=EVERYTHING if scope is None else scope.to_scope(),
            case_id=given(self.case_id),
            first=self.first,
        )


@strawberry.input(
    description='dimensions: {city: ["BJ","SH"], orderAmount: {gte: 100}, region: {under: "cn/north"}};'
    " when: a CEL expression over dims and reads"
)
class QuestionConditionInput:
    texts: list[str] = strawberry.field(default_factory=list)
    dimensions: JSON | None = UNSET
    reads: JSON | None = strawberry.field(
        default=UNSET, description="named queries as in flows, usable in when and in answers' variables"
    )
    when: str | None = UNSET

    def to_json(self) -> dict[str, object]:
        parts = {"dimensions": given(self.dimensions), "reads": given(self.reads), "when": given(self.when)}
        return {"texts": self.texts, **{name: part for name, part in parts.items() if part is not None}}


@strawberry.input(description="one of articleId, flowKey (with variables: CEL over dims and reads), text")
class SolutionItemInput:
    article_id: ID | None = UNSET
    flow_key: str | None = UNSET
    variables: JSON | None = UNSET
    text: str | None = UNSET

    def to_json(self) -> dict[str, object]:
        parts = {
            "articleId": given(self.article_id),
            "flowKey": given(self.flow_key),
            "variables": given(self.variables),
            "text": given(self.text),
        }
        return {name: part for name, part in parts.items() if part is not None}


@strawberry.input(
    description="questions: alternative conditions (any may match). A condition holds when all its dimensions"
    " hold and, if it has texts, one is close enough."
)
class MatchRuleInput:
    id: ID | None = UNSET
    unit: str
    name: str
    priority: int = 0
    questions: list[QuestionConditionInput]
    answers: list[SolutionItemInput]
    enabled: bool = True
    effective_from: datetime | None = UNSET
    effective_to: datetime | None = UNSET

    def to_rule(self) -> reading.RuleGiven:
        return reading.RuleGiven(
            unit=self.unit,
            name=self.name,
            priority=self.priority,
            questions=[one.to_json() for one in self.questions],
            answers=[one.to_json() for one in self.answers],
            enabled=self.enabled,
            effective_from=given(self.effective_from),
            effective_to=given(self.effective_to),
        )


@strawberry.input
class FeedbackInput:
    case_id: str | None = UNSET
    article_id: ID | None = UNSET
    flow_instance_id: ID | None = UNSET
    rule_id: ID | None = UNSET
    query: str | None = UNSET
    helpful: bool
    comment: str | None = UNSET

    def to_feedback(self) -> feedback.FeedbackGiven:
        return feedback.FeedbackGiven(
            helpful=self.helpful,
            case_id=given(self.case_id),
            article_id=given(self.article_id),
            instance_id=given(self.flow_instance_id),
            rule_id=given(self.rule_id),
            query=given(self.query),
            comment=given(self.comment),
        )


@strawberry.input
class FeedbackFilter:
    article_id: ID | None = UNSET
    rule_id: ID | None = UNSET
    flow_key: str | None = UNSET
    helpful: bool | None = UNSET
    since: datetime | None = UNSET

    def to_filter(self) -> feedback.FeedbackFilter:
        return feedback.FeedbackFilter(
            article_id=given(self.article_id),
            rule_id=given(self.rule_id),
            flow_key=given(self.flow_key),
            helpful=given(self.helpful),
            since=given(self.since),
        )
