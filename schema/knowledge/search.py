"""What a search found, as clients see it."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.knowledge import gaps, searching
from schema.knowledge.articles import Answer, Article
from schema.paging import PageInfo

strawberry.enum(gaps.GapKind)


@strawberry.type
class SearchHit:
    article: Article
    score: float
    matched_question: str | None
    highlight: str = strawberry.field(description="safe HTML with <mark>")
    answer: Answer | None = strawberry.field(description="the best one for the asker's channel and language")
    why: JSON

    @classmethod
    def of(cls, hit: searching.FoundArticle) -> SearchHit:
        return cls(
            article=Article.of(hit.view),
            score=hit.score,
            matched_question=hit.matched,
            highlight=hit.highlight,
            answer=None if hit.answer is None else Answer.of(hit.answer, hit.view.content),
            why=JSON(hit.why),
        )


@strawberry.type
class SearchResult:
    hits: list[SearchHit]
    total: int
    page_info: PageInfo
    took_ms: float
    corrected_query: str | None
    found: strawberry.Private[searching.FoundArticles]

    @strawberry.field(description="categories, tags and kinds of all that matches, with how often")
    async def facets(self, info: Info[Context, None]) -> JSON:
        return JSON(await searching.count_facets(info.context, self.found.asked))

    @classmethod
    def of(cls, found: searching.FoundArticles) -> SearchResult:
        return cls(
            hits=[SearchHit.of(hit) for hit in found.hits],
            total=found.total,
            page_info=PageInfo(has_next_page=found.more, end_cursor=found.end),
            took_ms=found.took_ms,
            corrected_query=found.corrected,
            found=found,
        )


@strawberry.type(description="A question that was asked in vain.")
class SearchGap:
    query: str
    count: int
    last_at: datetime

    @strawberry.field(description="what comes nearest to it now: where it may be a similar question")
    async def nearest(self, info: Info[Context, None]) -> list[SearchHit]:
        return [SearchHit.of(hit) for hit in await searching.nearest_to(info.context, self.query)]

    @classmethod
    def of(cls, gap: gaps.Gap) -> SearchGap:
        return cls(query=gap.query, count=gap.count, last_at=gap.last_at)
