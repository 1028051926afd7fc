"""An article's way: draft → review, where its unit wants one → published → archived."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_editor, admit_reviewer
from resolvers.knowledge.article import (
    ArticleRecord,
    ArticleStatus,
    Publication,
    end_all,
    publish_over,
)
from resolvers.knowledge.errors import ArticleStatusRefused, ArticleVersionConflict, ReviewRequired
from resolvers.knowledge.records import ARTICLES, article_to_document
from resolvers.knowledge.repeating import find_first, remembered, request_of
from resolvers.knowledge.saving import MAX_RACES, check_attributes, get_own_article
from resolvers.ports import Replace, Write
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

MAX_REASON = 2_000  # characters
MAX_PUBLICATIONS = 200  # windows that an article remembers, the latest

Step = Callable[[ArticleRecord], Awaitable[ArticleRecord]]
D, R, P, A = ArticleStatus.DRAFT, ArticleStatus.REVIEW, ArticleStatus.PUBLISHED, ArticleStatus.ARCHIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When readers get it: `effective_from` None is at once, `effective_to` None has no end."""

    effective_from: datetime | None = None
    effective_to: datetime | None = None
    expected_revision: int | None = None


async def submit_article(
    context: Context, article: str, *, key: IdempotencyKey | None = None
) -> ArticleRecord:
    """Ask for a review of the draft. Raises `ArticleNotFound`, `AccessDenied`, `ArticleStatusRefused`."""

    async def submitted(record: ArticleRecord) -> ArticleRecord:
        admit_editor(context.principal, record.unit)
        _admit_status(record, D, R)
        await check_attributes(context, record.unit, record.content)
        return replace(record, status=R, rejected=None)

    return await _step(context, article, submitted, key=key, given={"submit": article})


async def reject_article(
    context: Context, article: str, *, reason: str, key: IdempotencyKey | None = None
) -> ArticleRecord:
    """Give a reviewed article back to its editors, with the reason. Raises as `submit_article`."""
    if not 0 < len(reason.strip()) <= MAX_REASON:
        raise InputInvalid(argument="reason", reason=f"has 1 to {MAX_REASON} characters")

    async def rejected(record: ArticleRecord) -> ArticleRecord:
        admit_reviewer(context.principal, record.unit)
        _admit_status(record, R)
        return replace(record, status=D, rejected=reason)

    return await _step(context, article, rejected, key=key, given={"reject": article, "reason": reason})


async def publish_article(
    context: Context, article: str, window: Window, *, key: IdempotencyKey | None = None
) -> ArticleRecord:
    """Make the newest revision what readers get within the window; what they got before ends where it begins.

    One that is published gets the new window. Raises `ArticleNotFound`, `AccessDenied`, `ReviewRequired`,
    `ArticleStatusRefused`, `ArticleInvalid`, `ArticleVersionConflict`.
    """

    async def published(record: ArticleRecord) -> ArticleRecord:
        await _admit_publication(context, record, window)
        now = context.knowledge.now()
        _check_window(window, now)
        made = Publication(
            revision=record.revision,
            effective_from=window.effective_from,
            effective_to=window.effective_to,
            at=now,
            by=context.principal.subject,
        )
        windows = publish_over(record.publications, made)[-MAX_PUBLICATIONS:]
        return replace(record, status=P, rejected=None, publications=windows)

    given = {
        "publish": article,
        "from": str(window.effective_from),
        "to": str(window.effective_to),
        "expected": window.expected_revision,
    }
    return await _step(context, article, published, key=key, given=given)


async def archive_article(
    context: Context, article: str, *, key: IdempotencyKey | None = None
) -> ArticleRecord:
    """Nobody gets it from now on; saving it makes it a draft again. Raises as `submit_article`."""

    async def archived(record: ArticleRecord) -> ArticleRecord:
        admit_editor(context.principal, record.unit)
        if record.status is A:
            return record
        return replace(record, status=A, publications=end_all(record.publications, context.knowledge.now()))

    return await _step(context, article, archived, key=key, given={"archive": article})


def requires_review(context: Context, unit: str) -> bool:
    return not context.knowledge.review_units.isdisjoint({unit, "*"})


# ---------------------------------------------------------------------- one step
async def _step(
    context: Context, article: str, step: Step, *, key: IdempotencyKey | None, given: Mapping[str, object]
) -> ArticleRecord:
    request = request_of(context, key, given)
    for _ in range(MAX_RACES):
        if (first := await find_first(context, request)) is not None:
            return first
        current = await get_own_article(context, article)
        record = await step(current)
        writes: list[Write] = []
        if record != current:
            record = replace(
                record,
                version=current.version + 1,
                updated_at=context.knowledge.now(),
                updated_by=context.principal.subject,
            )
            writes = [Replace(collection=ARTICLES, document=article_to_document(record))]
        try:
            await context.knowledge.store.write(*writes, *remembered(context, request, record))
        except (UniqueConflict, VersionConflict, DocumentNotFound):
            continue
        return record
    raise ArticleVersionConflict(article=article, expected=0, actual=0)


async def _admit_publication(context: Context, record: ArticleRecord, window: Window) -> None:
    admit_editor(context.principal, record.unit)
    if window.expected_revision not in (None, record.revision):
        raise ArticleVersionConflict(
            article=record.id, expected=window.expected_revision or 0, actual=record.revision
        )
    if requires_review(context, record.unit):
        if record.status is D:
            raise ReviewRequired(article=record.id, unit=record.unit)
        admit_reviewer(context.principal, record.unit)
    _admit_status(record, D, R, P)
    await check_attributes(context, record.unit, record.content)


def _check_window(window: Window, now: datetime) -> None:
    for name, moment in (("effectiveFrom", window.effective_from), ("effectiveTo", window.effective_to)):
        if moment is not None and moment.tzinfo is None:
            raise InputInvalid(argument=name, reason="is a time without a time zone: write +08:00 or Z")
    ends = window.effective_to
    if ends is not None and ends <= (window.effective_from or now):
        raise InputInvalid(argument="effectiveTo", reason="is not after the beginning")


def _admit_status(record: ArticleRecord, *needs: ArticleStatus) -> None:
    if record.status not in needs:
        raise ArticleStatusRefused(article=record.id, status=record.status, needs=needs)
