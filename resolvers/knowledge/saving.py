"""Save an article: each change is a new revision, whatever readers get meanwhile."""

from dataclasses import dataclass, replace

from engine.problem import Problem, Severity
from resolvers.access import admit_admin
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_editor, is_member
from resolvers.knowledge.article import ArticleContent, ArticleRecord, ArticleStatus, ArticleVersion
from resolvers.knowledge.attachments.referring import (
    Known,
    attachments_in,
    load_named,
    unknown_attachments,
    uses,
)
from resolvers.knowledge.checking import check_content, warning
from resolvers.knowledge.errors import ArticleInvalid, ArticleNotFound, ArticleVersionConflict
from resolvers.knowledge.looking import ArticleView
from resolvers.knowledge.records import (
    ARTICLE_VERSIONS,
    ARTICLES,
    article_of,
    article_to_document,
    content_text,
    revision_to_document,
)
from resolvers.knowledge.repeating import find_first, remembered, request_of
from resolvers.ports import Insert, Replace, Write
from resolvers.store_errors import UniqueConflict, VersionConflict

MAX_RACES = 20  # other writers of one article that may win before this one gives up
MAX_ID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDraft:
    """What an editor wants an article to be. `id` None: a new one.

    `new_id`: the id that a new one gets, as an import names it; one of that id is changed instead.
    """

    id: str | None = None
    new_id: str | None = None
    expected_revision: int | None = None
    unit: str
    content: ArticleContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """`warnings` are told and kept nobody from saving. `created`: there was none before."""

    record: ArticleRecord
    warnings: tuple[Problem, ...] = ()
    created: bool = False


async def save_article(context: Context, draft: ArticleDraft, *, key: IdempotencyKey | None = None) -> Saved:
    """Keep it as the article's newest revision; an unchanged one makes none.

    Raises `AccessDenied`, `ArticleNotFound`, `ArticleInvalid`, `ArticleVersionConflict`,
    `IdempotencyKeyReused`.
    """
    admit_editor(context.principal, draft.unit)
    _check_id(draft.id or draft.new_id)
    request = request_of(context, key, {"saveArticle": draft.id, "unit": draft.unit, **_told(draft)})
    content = made_safe(context, draft.content)
    for _ in range(MAX_RACES):
        if (first := await find_first(context, request)) is not None:
            return Saved(record=first)
        current = await _find_current(context, draft)
        files = await load_named(context.knowledge.store, content)
        warnings = await _check(context, draft, current, files)
        record = _next_revision(context, draft, current, content)
        try:
            writes = [*_revision(record, current), *uses(files), *remembered(context, request, record)]
            await context.knowledge.store.write(*writes)
        except (UniqueConflict, VersionConflict):
            continue
        return Saved(record=record, warnings=tuple(warnings), created=current is None)
    raise ArticleVersionConflict(article=draft.id or "", expected=0, actual=0)


async def warnings_of(context: Context, view: ArticleView) -> list[Problem]:
    """What its editors are told of what stands in it now; readers are told nothing."""
    if view.sight is not None:
        return []
    return [*check_content(view.content), *await _flow_problems(context, view.content)]


async def check_attributes(context: Context, unit: str, content: ArticleContent) -> None:
    """The category's schema may be another than when the article was saved. Raises `ArticleInvalid`."""
    if problems := await context.knowledge.categories.problems(unit, content):
        raise ArticleInvalid(problems)


def made_safe(context: Context, content: ArticleContent) -> ArticleContent:
    """With answers in which nothing runs, and without what stands twice."""
    make_safe = context.knowledge.markup.make_safe
    answers = tuple(replace(one, body=make_safe(one.body, one.format)) for one in content.answers)
    others = (text.strip() for text in content.similar if text.strip() != content.question.strip())
    return replace(
        content,
        question=content.question.strip(),
        similar=tuple(dict.fromkeys(others)),
        tags=tuple(dict.fromkeys(content.tags)),
        answers=answers,
    )


async def find_article(context: Context, article: str) -> ArticleRecord | None:
    """As it is stored, whoever asks."""
    document = await context.knowledge.store.find(ARTICLES, article)
    return None if document is None else article_of(document)


async def get_own_article(context: Context, article: str) -> ArticleRecord:
    """One of the caller's units. Raises `ArticleNotFound`."""
    record = await find_article(context, article)
    if record is None or not is_member(context.principal, record.unit):
        raise ArticleNotFound(article=article)
    return record


# ---------------------------------------------------------------------- one attempt
async def _check(
    context: Context, draft: ArticleDraft, current: ArticleRecord | None, files: Known
) -> list[Problem]:
    """Its warnings. Raises `ArticleInvalid`."""
    had = frozenset[str]() if current is None else current.attachments
    problems = check_content(draft.content)
    if not any(one.severity is Severity.ERROR for one in problems):
        problems += await context.knowledge.categories.problems(draft.unit, draft.content)
    problems += unknown_attachments(draft.content, files, unit=draft.unit, had=had)
    if any(one.severity is Severity.ERROR for one in problems):
        raise ArticleInvalid(problems)
    return [*problems, *await _flow_problems(context, draft.content)]


async def _find_current(context: Context, draft: ArticleDraft) -> ArticleRecord | None:
    if draft.id is not None:
        return await get_own_article(context, draft.id)
    found = await find_article(context, draft.new_id) if draft.new_id is not None else None
    if found is not None and not is_member(context.principal, found.unit):
        raise ArticleNotFound(article=found.id)
    return found


def _next_revision(
    context: Context, draft: ArticleDraft, current: ArticleRecord | None, content: ArticleContent
) -> ArticleRecord:
    revision = 0 if current is None else current.revision
    if draft.expected_revision not in (None, revision):
        raise ArticleVersionConflict(
            article=draft.id or "", expected=draft.expected_revision or 0, actual=revision
        )
    services = context.knowledge
    saved = ArticleRecord(
        id=draft.new_id or services.new_id(),
        unit=draft.unit,
        status=ArticleStatus.DRAFT,
        revision=1,
        content=content,
        updated_at=services.now(),
        updated_by=context.principal.subject,
        attachments=frozenset(attachments_in(content)),
    )
    if current is None:
        return saved
    admit_editor(context.principal, current.unit)
    if current.unit != draft.unit:
        admit_admin(context.principal, to=f"give the article of the unit {current.unit} to {draft.unit}")
    unchanged = (content_text(content), draft.unit) == (content_text(current.content), current.unit)
    if unchanged and current.status is not ArticleStatus.ARCHIVED:
        return current
    return replace(
        saved,
        id=current.id,
        version=current.version + 1,
        revision=current.revision + 1,
        publications=current.publications,
        attachments=current.attachments | saved.attachments,
    )


def _revision(record: ArticleRecord, current: ArticleRecord | None) -> list[Write]:
    """Nothing to write where it is unchanged."""
    if record is current:
        return []
    write = Insert if current is None else Replace
    version = ArticleVersion(
        article=record.id,
        revision=record.revision,
        content=record.content,
        at=record.updated_at,
        by=record.updated_by,
    )
    return [
        write(collection=ARTICLES, document=article_to_document(record)),
        Insert(collection=ARTICLE_VERSIONS, document=revision_to_document(version)),
    ]


async def _flow_problems(context: Context, content: ArticleContent) -> list[Problem]:
    found: list[Problem] = []
    for nth, answer in enumerate(content.answers):
        if answer.flow_key and not await context.flows.deployments.deployments(answer.flow_key):
            told = f"names the flow {answer.flow_key!r}, which is not deployed"
            found.append(warning("FLOW_NOT_DEPLOYED", f"answers[{nth}].flowKey", told))
    return found


def _check_id(article: str | None) -> None:
    if article is not None and not (0 < len(article) <= MAX_ID and "@" not in article):
        raise InputInvalid(argument="id", reason=f"has 1 to {MAX_ID} characters, and no @")


def _told(draft: ArticleDraft) -> dict[str, object]:
    return {"content": content_text(draft.content), "expectedRevision": draft.expected_revision}
