"""Take many articles in: each row is saved, and published if wished, or told why not, by row and column."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256

from engine.problem import Problem, Severity
from resolvers.context import Context
from resolvers.errors import Refusal
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_editor
from resolvers.knowledge.article import ArticleRecord, ArticleStatus
from resolvers.knowledge.checking import error, warning
from resolvers.knowledge.errors import ArticleInvalid
from resolvers.knowledge.exchange import content_of_json
from resolvers.knowledge.publishing import Window, publish_article, requires_review, submit_article
from resolvers.knowledge.records import ARTICLES, article_of, question_key
from resolvers.knowledge.repeating import request_of
from resolvers.knowledge.saving import ArticleDraft, Saved, find_article, save_article
from resolvers.knowledge.sheets import Row, read_sheet
from resolvers.ports import Document, Query
from resolvers.store_errors import UniqueConflict

AT_ONCE = 32  # rows that are saved together: they share the wait for the disk
MAX_SAME = 50  # articles of a unit whose questions begin alike, that are looked at
MAX_TOLD = 1_000  # problems in a report; the counts are of all rows


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportGiven:
    """`data` is text, of XLSX in base64. Rows belong to `unit`; `publish`: what is saved is published too."""

    format: str
    data: str
    unit: str
    publish: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    created: int
    updated: int
    rejected: int
    problems: tuple[Problem, ...]


async def import_articles(
    context: Context, given: ImportGiven, *, key: IdempotencyKey | None = None
) -> ImportReport:
    """Rows that can be used are; the others are rejected with their problems.

    Raises `AccessDenied`, `ImportRefused`, `IdempotencyKeyReused`.
    """
    admit_editor(context.principal, given.unit)
    digest = sha256(given.data.encode()).hexdigest()
    told = {"import": digest, "format": given.format, "unit": given.unit, "publish": given.publish}
    request = request_of(context, key, told)
    if request is not None and (first := await request.find_result(context.knowledge.store)) is not None:
        return _report_of(first)
    sheet = await asyncio.to_thread(read_sheet, given.format, given.data)
    outcomes: Counter[Outcome] = Counter()
    problems = list(sheet.problems)
    for rows in _together(sheet.rows):
        for outcome, found in await asyncio.gather(*(_import_row(context, given, row) for row in rows)):
            outcomes[outcome] += 1
            problems += found
    report = ImportReport(
        created=outcomes[Outcome.CREATED],
        updated=outcomes[Outcome.UPDATED],
        rejected=outcomes[Outcome.REJECTED],
        problems=tuple(problems[:MAX_TOLD]),
    )
    if request is not None:
        try:
            remembered = request.remember(_to_document(report), at=context.knowledge.now())
            await context.knowledge.store.write(remembered)
        except UniqueConflict:  # the same request came twice at once; both did the same
            pass
    return report


def _together(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows in their order, in batches in which no two may be about one article.

    Which article a question is about shows when the rows before are saved: rows with ids stay by themselves.
    """
    batch: list[Row] = []
    taken: set[tuple[bool, str]] = set()
    for row in rows:
        named = bool(row.given.get("id"))
        about = (named, str(row.given["id"]) if named else question_key(str(row.given.get("question"))))
        if len(batch) == AT_ONCE or about in taken or (not named, "") in taken:
            yield batch
            batch, taken = [], set()
        batch.append(row)
        taken |= {about, (named, "")}
    if batch:
        yield batch


async def _import_row(context: Context, given: ImportGiven, row: Row) -> tuple[Outcome, list[Problem]]:
    if row.problems:
        return Outcome.REJECTED, [row.place(one) for one in row.problems]
    try:
        before = await _find_before(context, given.unit, row)
        saved, problems = await _save(context, given, row, before)
        if saved is None:
            return Outcome.REJECTED, [row.place(one) for one in problems]
        if given.publish:
            problems += await _publish(context, saved.record)
    except ArticleInvalid as invalid:
        return Outcome.REJECTED, [row.place(one) for one in invalid.problems]
    except Refusal as refusal:
        return Outcome.REJECTED, [row.place(error(refusal.code, "id", str(refusal)))]
    outcome = Outcome.CREATED if saved.created else Outcome.UPDATED
    return outcome, [row.place(one) for one in problems]


async def _find_before(context: Context, unit: str, row: Row) -> ArticleRecord | None:
    """The article that the row is about: of its id, else of its question in the unit."""
    article, question = row.given.get("id"), row.given.get("question")
    if isinstance(article, str) and article:
        found = await find_article(context, article)
        return found if found is not None and found.unit == unit else None
    if not isinstance(question, str):
        return None
    query = Query(
        collection=ARTICLES,
        index="by_question",
        equal={"unit": unit, "question_key": question_key(question)},
        limit=MAX_SAME,
    )
    page = await context.knowledge.store.select(query)
    same = [one for one in map(article_of, page.documents) if _same(one.content.question, question)]
    return next((one for one in same if one.status is not ArticleStatus.ARCHIVED), None)


async def _save(
    context: Context, given: ImportGiven, row: Row, before: ArticleRecord | None
) -> tuple[Saved | None, list[Problem]]:
    content, problems = content_of_json(row.given, before.content if before is not None else None)
    if row.given.get("unit", given.unit) != given.unit:
        problems.append(error("UNIT_OTHER", "unit", f"is not {given.unit}, which this import is for"))
    expected = row.given.get("expectedRevision")
    if expected is not None and not isinstance(expected, int):
        problems.append(error("VALUE_TYPE", "expectedRevision", "is not a whole number"))
    if any(one.severity is Severity.ERROR for one in problems):
        return None, problems
    named = row.given.get("id")
    draft = ArticleDraft(
        id=before.id if before is not None else None,
        new_id=named if isinstance(named, str) and named else None,
        expected_revision=expected if isinstance(expected, int) else None,
        unit=given.unit,
        content=content,
    )
    saved = await save_article(context, draft)
    return saved, [*problems, *saved.warnings]


async def _publish(context: Context, record: ArticleRecord) -> list[Problem]:
    if record.status is ArticleStatus.PUBLISHED:
        return []
    if record.status is ArticleStatus.DRAFT and requires_review(context, record.unit):
        await submit_article(context, record.id)
        told = f"waits for a review, which the unit {record.unit} requires before it is published"
        return [warning("REVIEW_REQUIRED", "id", told)]
    await publish_article(context, record.id, Window())
    return []


def _same(left: str, right: str) -> bool:
    return left.casefold().split() == right.casefold().split()


def _to_document(report: ImportReport) -> Document:
    return asdict(replace(report, problems=())) | {"problems": [asdict(one) for one in report.problems]}


def _report_of(document: Document) -> ImportReport:
    told: list[Document] = document.pop("problems")
    severities = [Severity(one.pop("severity")) for one in told]
    problems = [Problem(severity=severity, **one) for severity, one in zip(severities, told, strict=True)]
    return ImportReport(problems=tuple(problems), **document)
