"""Root query fields about articles."""

from datetime import datetime

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.knowledge import categorising, exporting, looking, searching, unanswered
from resolvers.knowledge.gaps import GapKind
from schema.knowledge.articles import Article, ArticleConnection
from schema.knowledge.categories import ArticleCategory
from schema.knowledge.inputs import ArticleFilter, ScopeInput, SearchInput, scope_of
from schema.knowledge.search import SearchGap, SearchResult
from schema.paging import PageInfo


@strawberry.type
class KnowledgeQuery:
    @strawberry.field(description="Its newest revision for its unit, else what is published for the caller.")
    @staticmethod
    async def article(info: Info[Context, None], id: ID) -> Article | None:  # noqa: A002  # the contract's name
        view = await looking.find_view(info.context, id)
        return None if view is None else Article.of(view)

    @strawberry.field(description="Those the caller may see, the latest made first.")
    @staticmethod
    async def articles(
        info: Info[Context, None],
        filter: ArticleFilter | None = None,  # noqa: A002  # the contract's name
        first: int = 20,
        after: str | None = None,
    ) -> ArticleConnection:
        wanted = filter.to_filter() if filter else looking.ArticleFilter()
        page = await looking.list_articles(info.context, wanted, first=first, after=after)
        return ArticleConnection(nodes=[Article.of(view) for view in page.items], page_info=PageInfo.of(page))

    @strawberry.field(description="Categories of the caller's units that have a schema, by path.")
    @staticmethod
    async def article_categories(info: Info[Context, None], unit: str | None = None) -> list[ArticleCategory]:
        return [ArticleCategory.of(one) for one in await categorising.list_categories(info.context, unit)]

    @strawberry.field(description="csv, jsonl or xlsx (base64): what importArticles reads again.")
    @staticmethod
    async def export_articles(
        info: Info[Context, None],
        format: str,  # noqa: A002  # the contract's name
        filter: ArticleFilter | None = None,  # noqa: A002  # the contract's name
    ) -> str:
        wanted = filter.to_filter() if filter else looking.ArticleFilter()
        return await exporting.export_articles(info.context, format, wanted)

    @strawberry.field(description="What the caller may see, best first.")
    @staticmethod
    async def search_knowledge(info: Info[Context, None], input: SearchInput) -> SearchResult:  # noqa: A002  # the contract's name
        return SearchResult.of(await searching.search_knowledge(info.context, input.to_search()))

    @strawberry.field(description="Questions that somebody who has typed this much may mean.")
    @staticmethod
    async def suggest_questions(
        info: Info[Context, None], prefix: str, scope: ScopeInput | None = None, first: int = 8
    ) -> list[str]:
        return await searching.suggest_questions(info.context, prefix, scope_of(scope), first=first)

    @strawberry.field(description="Questions that found nothing, or nothing good, the most frequent first.")
    @staticmethod
    async def search_gaps(
        info: Info[Context, None], kind: GapKind, since: datetime | None = None, first: int = 20
    ) -> list[SearchGap]:
        gaps = await unanswered.list_gaps(info.context, kind, since=since, first=first)
        return [SearchGap.of(gap) for gap in gaps]
