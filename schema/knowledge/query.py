"""Root query fields about articles."""

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.knowledge import exporting, looking
from schema.knowledge.articles import Article, ArticleConnection
from schema.knowledge.inputs import ArticleFilter
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
        info_ = PageInfo(has_next_page=page.more, end_cursor=page.end)
        return ArticleConnection(nodes=[Article.of(view) for view in page.items], page_info=info_)

    @strawberry.field(description="csv, jsonl or xlsx (base64): what importArticles reads again.")
    @staticmethod
    async def export_articles(
        info: Info[Context, None],
        format: str,  # noqa: A002  # the contract's name
        filter: ArticleFilter | None = None,  # noqa: A002  # the contract's name
    ) -> str:
        wanted = filter.to_filter() if filter else looking.ArticleFilter()
        return await exporting.export_articles(info.context, format, wanted)
