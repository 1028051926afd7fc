"""Look articles up: a member of the unit sees the newest revision, a reader what is published for it."""

from asyncio import gather
from dataclasses import dataclass, replace

from kb_index.edition import Sight
from resolvers.context import Context
from resolvers.knowledge.access import is_member, may_read, sight_by_id
from resolvers.knowledge.article import (
    ArticleAnswer,
    ArticleContent,
    ArticleRecord,
    ArticleStatus,
    ArticleVersion,
    Publication,
)
from resolvers.knowledge.markup import fill_in
from resolvers.knowledge.records import ARTICLES, PublishedArticle, article_of
from resolvers.paging import PageOf, select_page
from resolvers.ports import Document, Query

MAX_VERSIONS = 1_000  # of one article in an answer, the newest; all of them are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as one caller gets it. `sight` is a reader's; None: as its editors know it.

    `publication`: the window of what is shown, None for what is not published.
    """

    record: ArticleRecord
    content: ArticleContent
    revision: int
    status: ArticleStatus
    publication: Publication | None = None
    published_revision: int | None = None
    sight: Sight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    unit: str | None = None
    status: ArticleStatus | None = None
    category: tuple[str, ...] = ()
    tag: str | None = None


async def find_view(context: Context, article: str) -> ArticleView | None:
    """None for one that is not there, or not for this caller."""
    (view,) = await load_views(context, [article])
    return view


async def load_views(context: Context, ids: list[str]) -> list[ArticleView | None]:
    """In the order of the ids."""
    records = await context.loaders.articles.load_many(ids)
    return await gather(*(_view_of(context, record) for record in records))


async def list_articles(
    context: Context, wanted: ArticleFilter, *, first: int, after: str | None
) -> PageOf[ArticleView]:
    """Those the caller may see, the latest made first. Raises `InputInvalid`."""

    async def expand(document: Document) -> list[ArticleView]:
        view = await _view_of(context, article_of(document), served=wanted.status is ArticleStatus.PUBLISHED)
        return [view] if view is not None and _fits(view, wanted) else []

    query = Query(collection=ARTICLES, descending=True)
    if wanted.tag is not None:
        query = replace(query, index="by_tag", equal={"tags": wanted.tag})
    elif wanted.unit is not None:
        query = replace(query, index="by_unit", equal={"unit": wanted.unit})
    return await select_page(context.knowledge.store, query, expand, first=first, after=after)


def edited_view(context: Context, record: ArticleRecord) -> ArticleView:
    """As its editors know it: what a mutation returns."""
    now = context.knowledge.now()
    own = [one for one in record.publications if one.revision == record.revision]
    return ArticleView(
        record=record,
        content=record.content,
        revision=record.revision,
        status=record.status,
        publication=own[-1] if own else None,
        published_revision=record.published_revision(now),
    )


def served_view(published: PublishedArticle, sight: Sight) -> ArticleView:
    """As a reader with this sight gets it."""
    return ArticleView(
        sight=sight,
        record=published.record,
        content=published.content,
        revision=published.publication.revision,
        status=ArticleStatus.PUBLISHED,
        publication=published.publication,
        published_revision=published.publication.revision,
    )


def answers_seen(view: ArticleView) -> list[ArticleAnswer]:
    """Of a served article those for the reader's channels, filled in; an editor sees all as they are."""
    if view.sight is None:
        return list(view.content.answers)
    channels = view.sight.channels
    return [
        replace(one, body=fill_in(one.body, one.format, view.content.attributes))
        for one in view.content.answers
        if one.channel is None or channels is None or one.channel in channels
    ]


async def related_to(context: Context, view: ArticleView) -> list[ArticleView]:
    """What it names and the caller sees; of an article that readers get, what the same reader gets."""
    records = await context.loaders.articles.load_many(list(view.content.related))
    found = await gather(*(_view_of(context, record, sight=view.sight) for record in records))
    return [one for one in found if one is not None]


async def versions_of(context: Context, view: ArticleView) -> list[ArticleVersion]:
    """Its revisions, the newest first; a reader is told of the one it gets."""
    newest = view.record.revision
    numbers = range(newest, max(newest - MAX_VERSIONS, 0), -1) if view.sight is None else [view.revision]
    found = await context.loaders.revisions.load_many([(view.record.id, number) for number in numbers])
    return [one for one in found if one is not None]


async def _view_of(
    context: Context, record: ArticleRecord | None, *, served: bool = False, sight: Sight | None = None
) -> ArticleView | None:
    """`served`: as readers get it, for its editors too. `sight`: whose eyes look, None: the caller's."""
    if record is None:
        return None
    if sight is None and not served and is_member(context.principal, record.unit):
        return edited_view(context, record)
    publication = record.serving(context.knowledge.now())
    if publication is None:
        return None
    content = record.content
    if publication.revision != record.revision:
        content = await context.loaders.contents.load((record.id, publication.revision))
    seen = sight or sight_by_id(context.principal, now=context.knowledge.now())
    if not may_read(seen, unit=record.unit, content=content):
        return None
    published = PublishedArticle(record=record, publication=publication, content=content)
    return served_view(published, seen)


def _fits(view: ArticleView, wanted: ArticleFilter) -> bool:
    content = view.content
    return (
        (wanted.unit is None or view.record.unit == wanted.unit)
        and (wanted.status is None or view.status is wanted.status)
        and content.category[: len(wanted.category)] == wanted.category
        and (wanted.tag is None or wanted.tag in content.tags)
    )
