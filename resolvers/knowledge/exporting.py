"""Give articles out as a file that an import reads again: those the caller may see, as it sees them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from resolvers.context import Context
from resolvers.knowledge.article import ArticleAnswer
from resolvers.knowledge.errors import ExportRefused
from resolvers.knowledge.exchange import LISTS, OBJECTS, JsonObject, to_json
from resolvers.knowledge.looking import ArticleFilter, ArticleView, answers_seen, list_articles
from resolvers.knowledge.sheets import ANSWER, FORMATS, join_list
from resolvers.knowledge.spreadsheets import MAX_CELL, write_csv, write_xlsx

PAGE = 500
MAX_ARTICLES = 10_000
MAX_CHARS = 20_000_000


async def export_articles(context: Context, format_: str, wanted: ArticleFilter) -> str:
    """The file's text, of XLSX in base64, the latest made first. Raises `ExportRefused`."""
    if format_ not in FORMATS:
        known = ", ".join(FORMATS)
        raise ExportRefused(code="EXPORT_FORMAT_UNKNOWN", reason=f"{format_!r} is not one of {known}")
    views = await _all_views(context, wanted)
    if format_ == "jsonl":
        return "".join(f"{orjson.dumps(_told(view)).decode()}\n" for view in views)
    rows = _table(views)
    if format_ == "csv":
        return write_csv(rows)
    if any(len(cell) > MAX_CELL for row in rows for cell in row):
        raise ExportRefused(
            code="EXPORT_TOO_LARGE", reason=f"a cell of XLSX has at most {MAX_CELL} characters: take jsonl"
        )
    return write_xlsx(rows)


async def _all_views(context: Context, wanted: ArticleFilter) -> list[ArticleView]:
    found: list[ArticleView] = []
    after, chars = None, 0
    while True:
        page = await list_articles(context, wanted, first=PAGE, after=after)
        found += page.items
        chars += sum(len(answer.body) for view in page.items for answer in view.content.answers)
        if len(found) > MAX_ARTICLES or chars > MAX_CHARS:
            raise ExportRefused(
                code="EXPORT_TOO_LARGE",
                reason=f"it is more than {MAX_ARTICLES} articles or {MAX_CHARS}"
                " characters: export by category or tag",
            )
        if not page.more:
            return found
        after = page.end


def _told(view: ArticleView) -> JsonObject:
    content = replace(view.content, answers=tuple(answers_seen(view)))
    return to_json(view.record.id, unit=view.record.unit, content=content)


def _table(views: Sequence[ArticleView]) -> list[list[str]]:
    answers = [answers_seen(view) for view in views]
    channels = sorted({one.channel for own in answers if _fits_columns(own) for one in own if one.channel})
    bodies = [ANSWER, *(f"{ANSWER}:{channel}" for channel in channels)]
    spelled = ["answers"] if not all(map(_fits_columns, answers)) else []
    header = ["id", "kind", "unit", "question", "similar", *bodies, *spelled, *OBJECTS]
    header += [name for name in LISTS if name != "similar"]
    return [header, *(_cells(_told(view), own, header) for view, own in zip(views, answers, strict=True))]


def _cells(told: JsonObject, answers: Sequence[ArticleAnswer], header: Iterable[str]) -> list[str]:
    columns = _fits_columns(answers)
    bodies = {f"{ANSWER}:{one.channel}" if one.channel else ANSWER: one.body for one in answers}
    return [
        (bodies.get(name, "") if columns else "")
        if name.partition(":")[0] == ANSWER
        else _cell(name, "" if name == "answers" and columns else told[name])
        for name in header
    ]


def _cell(name: str, value: object) -> str:
    if isinstance(value, list) and name in LISTS:
        return join_list(value)
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode() if value else ""


def _fits_columns(answers: Sequence[ArticleAnswer]) -> bool:
    """Whether a body per channel says all of them."""
    plain = [replace(one, channel=None, body="x") == ArticleAnswer(body="x") for one in answers]
    return all(plain) and all(one.body.strip() == one.body or one.body.strip() for one in answers)
