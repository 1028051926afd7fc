"""Root mutation fields about articles."""

from datetime import datetime

import strawberry
from strawberry import ID, Info

from resolvers.context import Context
from resolvers.knowledge import categorising, importing, looking, publishing, saving, synonyms
from resolvers.knowledge.article import ArticleRecord
from schema.idempotency import idempotency_key_of
from schema.knowledge.articles import Article, ImportReport
from schema.knowledge.categories import ArticleCategory, ArticleCategoryInput
from schema.knowledge.inputs import ArticleInput, ImportInput


@strawberry.type
class KnowledgeMutation:
    @strawberry.mutation
    @staticmethod
    async def save_article(info: Info[Context, None], input: ArticleInput) -> Article:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        saved = await saving.save_article(info.context, input.to_draft(), key=key)
        return _edited(info, saved.record)

    @strawberry.mutation(description="Asks for a review of the draft.")
    @staticmethod
    async def submit_article(info: Info[Context, None], id: ID) -> Article:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        return _edited(info, await publishing.submit_article(info.context, id, key=key))

    @strawberry.mutation(description="Gives a reviewed article back to its editors.")
    @staticmethod
    async def reject_article(info: Info[Context, None], id: ID, reason: str) -> Article:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        return _edited(info, await publishing.reject_article(info.context, id, reason=reason, key=key))

    @strawberry.mutation(
        description="from DRAFT or REVIEW; a unit may require review (setting, default off): REVIEW_REQUIRED;"
        " a published one gets the new window"
    )
    @staticmethod
    async def publish_article(
        info: Info[Context, None],
        id: ID,  # noqa: A002  # the contract's name
        effective_from: datetime | None = None,
        effective_to: datetime | None = None,
        expected_revision: int | None = None,
    ) -> Article:
        window = publishing.Window(
            effective_from=effective_from, effective_to=effective_to, expected_revision=expected_revision
        )
        key = idempotency_key_of(info)
        return _edited(info, await publishing.publish_article(info.context, id, window, key=key))

    @strawberry.mutation(description="Nobody gets it from now on.")
    @staticmethod
    async def archive_article(info: Info[Context, None], id: ID) -> Article:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        return _edited(info, await publishing.archive_article(info.context, id, key=key))

    @strawberry.mutation(description="Rows that can be used are; the others are rejected, and why is said.")
    @staticmethod
    async def import_articles(info: Info[Context, None], input: ImportInput) -> ImportReport:  # noqa: A002  # the contract's name
        key = idempotency_key_of(info)
        return ImportReport.of(await importing.import_articles(info.context, input.to_import(), key=key))

    @strawberry.mutation(
        description="The JSON Schema that attributes of the category's articles keep from now on; null: none."
    )
    @staticmethod
    async def save_article_category(
        info: Info[Context, None],
        input: ArticleCategoryInput,  # noqa: A002  # the contract's name
    ) -> ArticleCategory:
        key = idempotency_key_of(info)
        return ArticleCategory.of(await categorising.save_category(info.context, input.to_given(), key=key))

    @strawberry.mutation(description="Replaces the unit's groups of phrases that mean the same.")
    @staticmethod
    async def save_synonyms(info: Info[Context, None], unit: str, groups: list[list[str]]) -> bool:
        await synonyms.save_synonyms(info.context, unit, groups, key=idempotency_key_of(info))
        return True


def _edited(info: Info[Context, None], record: ArticleRecord) -> Article:
    return Article.of(looking.edited_view(info.context, record))
