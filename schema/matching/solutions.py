"""Solutions as clients see them."""

from __future__ import annotations

from typing import Annotated, assert_never

import strawberry
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.knowledge.access import is_member
from resolvers.matching import answering, bundles
from resolvers.matching.saving import RuleView
from schema.flows.definitions import Deployment
from schema.knowledge.articles import Article
from schema.matching.rules import MatchRule


@strawberry.type
class ArticleItem:
    article: Article


@strawberry.type
class FlowItem:
    flow_key: str
    deployment: Deployment = strawberry.field(description="the one that the case would get")
    variables: JSON


@strawberry.type
class TextItem:
    text: str


SolutionItem = Annotated[ArticleItem | FlowItem | TextItem, strawberry.union("SolutionItem")]


@strawberry.type
class Solution:
    rule: MatchRule | None = strawberry.field(description="null for what the search found")
    score: float
    items: list[SolutionItem]
    why: JSON = strawberry.field(
        description="held: conditions that hold; missed: others of the rule, with the dimensions that failed"
        " or are unknown; nearMisses (of the first): other rules that miss one dimension"
    )

    @classmethod
    def of(cls, solution: answering.Solution, context: Context) -> Solution:
        rule = solution.rule
        return cls(
            rule=None
            if rule is None
            else MatchRule.of(
                RuleView(record=rule.record, own=is_member(context.principal, rule.record.content.unit))
            ),
            score=solution.score,
            items=[_item(one) for one in solution.items],
            why=JSON(solution.why),
        )


@strawberry.type
class MatchResult:
    case_id: str
    solutions: list[Solution]
    ask: str | None = strawberry.field(description="the unknown dimension whose answer would decide best")
    ask_options: list[JSON]
    near_misses: JSON = strawberry.field(description="rules of the caller's units that miss one dimension")

    @classmethod
    def of(cls, matched: answering.Matched, context: Context) -> MatchResult:
        return cls(
            case_id=matched.case_id,
            solutions=[Solution.of(one, context) for one in matched.solutions],
            ask=matched.ask,
            ask_options=[JSON(one) for one in matched.options],
            near_misses=JSON(list(matched.near)),
        )


def _item(item: bundles.Item) -> ArticleItem | FlowItem | TextItem:
    match item:
        case bundles.ArticleItem(view=view):
            return ArticleItem(article=Article.of(view))
        case bundles.FlowItem():
            return FlowItem(
                flow_key=item.flow_key,
                deployment=Deployment.of(item.deployment),
                variables=JSON(item.variables),
            )
        case bundles.TextItem(text=text):
            return TextItem(text=text)
        case _:
            assert_never(item)
