"""The answers of a rule for one caller: articles it may see, flows it can start, texts."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.expr import Expression, ExprFault
from engine.flow.ports import Deployment
from engine.flow.rollout import choose_deployment
from kb_index.edition import Sight
from resolvers.context import Context
from resolvers.knowledge.access import may_read
from resolvers.knowledge.looking import ArticleView, served_view
from resolvers.knowledge.records import load_published
from resolvers.matching.compiled import CompiledAnswer, CompiledRule
from resolvers.matching.rule import ArticleAnswer, FlowAnswer, TextAnswer

Bindings = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleItem:
    view: ArticleView


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowItem:
    """`deployment` is the one that the case would get."""

    flow_key: str
    deployment: Deployment
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem:
    text: str


Item: TypeAlias = ArticleItem | FlowItem | TextItem


async def items_of(
    context: Context, compiled: CompiledRule, bindings: Bindings, *, sight: Sight, case_id: str
) -> list[Item]:
    """In the rule's order; without what this caller does not see, or is not there."""
    articles = [one.source.article for one in compiled.answers if isinstance(one.source, ArticleAnswer)]
    views = await visible_articles(context, articles, sight) if articles else {}
    found = await asyncio.gather(
        *(_item(context, one, bindings, views=views, case_id=case_id) for one in compiled.answers)
    )
    return [item for item in found if item is not None]


async def visible_articles(context: Context, ids: Sequence[str], sight: Sight) -> dict[str, ArticleView]:
    """Those that are published and seen, by id."""
    published = await load_published(context.knowledge.store, ids, at=sight.at)
    return {
        one.record.id: served_view(one, sight)
        for one in published
        if one is not None and may_read(sight, unit=one.record.unit, content=one.content)
    }


async def _item(
    context: Context,
    answer: CompiledAnswer,
    bindings: Bindings,
    *,
    views: Mapping[str, ArticleView],
    case_id: str,
) -> Item | None:
    match answer.source:
        case TextAnswer(text=text):
            return TextItem(text=text)
        case ArticleAnswer(article=article):
            return ArticleItem(view=views[article]) if article in views else None
        case FlowAnswer(flow_key=flow_key):
            deployments = await context.flows.deployments.deployments(flow_key)
            deployment = choose_deployment(deployments, flow_key=flow_key, case=case_id)
            if deployment is None:
                return None
            variables = _evaluated(answer.variables, bindings)
            return FlowItem(flow_key=flow_key, deployment=deployment, variables=variables)


def _evaluated(expressions: Mapping[str, Expression], bindings: Bindings) -> dict[str, object]:
    """What cannot be computed from what is known is null: the flow asks for it."""
    values: dict[str, object] = {}
    for name, expression in expressions.items():
        try:
            values[name] = expression.evaluate(bindings)
        except ExprFault:
            values[name] = None
    return values
