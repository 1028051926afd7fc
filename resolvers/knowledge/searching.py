"""Ask the knowledge: what is found for a question, as its caller sees it, and the answer for its channel."""

import re
from asyncio import gather
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import orjson

from kb_index.asking import Found, Hit, Query
from kb_index.highlighting import highlight
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.knowledge.access import EVERYTHING, Scope, may_read, sight_of
from resolvers.knowledge.article import ArticleAnswer, ArticleKind, ArticleRecord
from resolvers.knowledge.editions import answer_texts
from resolvers.knowledge.gaps import LOW_CONFIDENCE, GapKind
from resolvers.knowledge.looking import ArticleView, answers_seen, served_view
from resolvers.knowledge.passages import found_passage, why_told
from resolvers.knowledge.records import PublishedArticle
from resolvers.knowledge.unanswered import told_units

MAX_FIRST = 100
MAX_SUGGESTED = 50
MAX_QUERY = 2_000  # characters of what is asked
REACH_S = 2.0  # how long a search waits for its caller's own change
CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGiven:
    """`category`, `tags` and `attributes` narrow what is found; `after` is a cursor of the same search."""

    query: str
    scope: Scope = EVERYTHING
    kinds: tuple[ArticleKind, ...] = ()
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    first: int = 10
    after: str | None = None
    min_seq: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """`highlight` is safe HTML with <mark>; `answer` the best one for the caller's channel and language."""

    view: ArticleView
    score: float
    matched: str | None
    highlight: str
    answer: ArticleAnswer | None
    why: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticles:
    hits: list[FoundArticle]
    total: int
    end: str | None
    more: bool
    took_ms: float
    corrected: str | None
    asked: Query


async def search_knowledge(context: Context, given: SearchGiven) -> FoundArticles:
    """What is found, best first; what found nothing, or nothing good, is noted. Raises `InputInvalid`."""
    began = perf_counter()
    query = await _query_of(context, given)
    if given.min_seq is not None:
        await context.knowledge.index.reach(int(given.min_seq), wait_s=REACH_S)
    found = await context.knowledge.index.find(query)
    hits = await show_hits(context, found.hits, query=query, scope=given.scope)
    if query.offset == 0 and query.first:
        _note(context, given, found)
    end = query.offset + len(found.hits)
    return FoundArticles(
        hits=hits,
        total=found.total,
        end=_cursor(end, given) if found.hits else given.after,
        more=bool(found.hits) and end < found.total,
        took_ms=(perf_counter() - began) * 1e3,
        corrected=await _visible_correction(context, query, found),
        asked=query,
    )


async def count_facets(context: Context, asked: Query) -> Mapping[str, Mapping[str, int]]:
    """Categories, tags and kinds of all that the search matches."""
    found = await context.knowledge.index.find(replace(asked, offset=0, first=0, facets=True))
    return found.facets


async def suggest_questions(context: Context, prefix: str, scope: Scope, *, first: int) -> list[str]:
    """Questions that the caller may ask on. Raises `InputInvalid`."""
    _check_first(first, MAX_SUGGESTED)
    sight = sight_of(context.principal, scope, now=context.knowledge.now())
    return await context.knowledge.index.suggest(prefix, sight, first=first) if first else []


async def nearest_to(context: Context, question: str, *, first: int = 3) -> list[FoundArticle]:
    """What comes nearest to a question that was asked before; nothing is noted."""
    query = await _query_of(context, SearchGiven(query=question, first=first))
    found = await context.knowledge.index.find(query)
    return await show_hits(context, found.hits, query=query, scope=EVERYTHING)


async def show_hits(
    context: Context, hits: Sequence[Hit], *, query: Query, scope: Scope
) -> list[FoundArticle]:
    """With their articles as they are stored now; one that the caller no longer sees is left out."""
    records = await context.loaders.articles.load_many([hit.article for hit in hits])
    shown = await gather(
        *(_show(context, hit, record, query, scope) for hit, record in zip(hits, records, strict=True))
    )
    return [one for one in shown if one is not None]


# ---------------------------------------------------------------------- what is asked
async def _query_of(context: Context, given: SearchGiven) -> Query:
    _check_first(given.first, MAX_FIRST)
    sight = sight_of(context.principal, given.scope, now=context.knowledge.now())
    return Query(
        text=given.query[:MAX_QUERY],
        sight=sight,
        kinds=frozenset(kind.value for kind in given.kinds),
        category=given.category,
        tags=given.tags,
        attributes=_attributes(given.attributes),
        synonyms=await context.knowledge.synonyms.of_units(sight.units),
        offset=_offset(given),
        first=given.first,
    )


def _attributes(given: Mapping[str, object]) -> Mapping[str, str | float | bool]:
    wanted = {name: value for name, value in given.items() if isinstance(value, str | int | float)}
    if len(wanted) < len(given):
        raise InputInvalid(argument="attributes", reason="compares texts, numbers and booleans only")
    return wanted


def _check_first(first: int, most: int) -> None:
    if not 0 <= first <= most:
        raise InputInvalid(argument="first", reason=f"is a number from 0 to {most}")


def _cursor(offset: int, given: SearchGiven) -> str:
    return urlsafe_b64encode(orjson.dumps([offset, given.query[:50]])).decode()


def _offset(given: SearchGiven) -> int:
    if given.after is None:
        return 0
    try:
        offset, query = orjson.loads(urlsafe_b64decode(given.after.encode()))
    except (ValueError, TypeError):
        offset, query = -1, None
    if not isinstance(offset, int) or offset < 0 or query != given.query[:50]:
        raise InputInvalid(argument="after", reason="is not a cursor of this search")
    return offset


# ---------------------------------------------------------------------- what is found
async def _show(
    context: Context, hit: Hit, record: ArticleRecord | None, query: Query, scope: Scope
) -> FoundArticle | None:
    sight = query.sight
    publication = None if record is None else record.serving(sight.at)
    if record is None or publication is None:
        return None
    content = record.content
    if publication.revision != record.revision:
        content = await context.loaders.contents.load((record.id, publication.revision))
    if not may_read(sight, unit=record.unit, content=content):
        return None
    view = served_view(PublishedArticle(record=record, publication=publication, content=content), sight)
    matched = hit.matched if hit.matched in (content.question, *content.similar) else None
    passage = await found_passage(context, hit, view)
    return FoundArticle(
        view=view,
        score=hit.score,
        matched=matched,
        highlight=_highlight(context, view, matched or (passage.text if passage else None), query.text),
        answer=choose_answer(context, view, scope, question=query.text),
        why=why_told(hit, passage),
    )


def _highlight(context: Context, view: ArticleView, matched: str | None, question: str) -> str:
    """Of what matched; else the first text of the article that the reader gets with something to mark."""
    if matched is not None:
        return highlight(matched, question)
    shown = replace(view.content, answers=tuple(answers_seen(view)))
    texts = (*answer_texts(shown, context.knowledge.markup), view.content.question)
    marked = (highlight(text, question) for text in texts)
    return next((one for one in marked if "<mark>" in one), highlight(view.content.question, question))


def choose_answer(
    context: Context, view: ArticleView, scope: Scope, *, question: str
) -> ArticleAnswer | None:
    """The one for the caller's channel before one for all, in its language before one in none.

    A Chinese question is answered in Chinese; another as its sender reads, in English where nothing says so.
    """
    channel = scope.channel or context.principal.channel
    languages = ["zh", *context.languages] if CHINESE.search(question) else [*context.languages, "en"]

    def place(answer: ArticleAnswer) -> tuple[int, int]:
        on = 0 if answer.channel == channel else 1 if answer.channel is None else 2
        return on, _language_place(answer.language, languages)

    return min(answers_seen(view), key=place, default=None)


def _language_place(language: str | None, wanted: Sequence[str]) -> int:
    if language is None:
        return len(wanted)
    own = language.lower().partition("-")[0]
    for place, one in enumerate(wanted):
        if one.lower().partition("-")[0] == own:
            return place
    return len(wanted) + 1


async def _visible_correction(context: Context, query: Query, found: Found) -> str | None:
    """The correction, if its words stand in what this caller finds with it: others' words are not told."""
    if found.corrected is None:
        return None
    corrected = found.corrected
    again = replace(query, text=corrected, offset=0, first=5)
    hits = await show_hits(
        context, (await context.knowledge.index.find(again)).hits, query=again, scope=EVERYTHING
    )
    texts = " ".join(text for hit in hits for text in _visible_texts(context, hit.view)).casefold()
    fresh = set(_words(corrected)) - set(_words(query.text))
    return corrected if hits and all(word in texts for word in fresh) else None


def _visible_texts(context: Context, view: ArticleView) -> list[str]:
    shown = replace(view.content, answers=tuple(answers_seen(view)))
    return [shown.question, *shown.similar, *answer_texts(shown, context.knowledge.markup)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _note(context: Context, given: SearchGiven, found: Found) -> None:
    units = told_units(context.principal, given.scope.unit)
    if not found.total:
        context.knowledge.gaps.note(GapKind.ZERO_RESULTS, given.query, units=units)
    elif found.confidence < LOW_CONFIDENCE:
        context.knowledge.gaps.note(GapKind.LOW_CONFIDENCE, given.query, units=units)
