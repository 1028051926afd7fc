"""Where no rule holds: articles that the search finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.knowledge.access import Scope
from resolvers.knowledge.searching import SearchGiven, search_knowledge
from resolvers.matching.bundles import ArticleItem
from resolvers.matching.explaining import Why

MOST = 0.5  # a search is half as sure as a rule that an operator wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    item: ArticleItem
    score: float
    why: Why


async def find_articles(
    context: Context, question: str, scope: Scope, *, first: int
) -> Sequence[FoundArticle]:
    """The best first."""
    found = await search_knowledge(context, SearchGiven(query=question, scope=scope, first=first))
    return [
        FoundArticle(
            item=ArticleItem(view=hit.view),
            score=MOST * min(1.0, max(0.0, hit.score)),
            why={"held": [], "missed": [], "search": dict(hit.why)},
        )
        for hit in found.hits
    ]
