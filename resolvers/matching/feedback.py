"""Did it help? Kept when it is acknowledged; sums follow in the background."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from engine.flow.instance import InstanceId
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import may_see
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.gaps import GapKind
from resolvers.knowledge.looking import load_views
from resolvers.knowledge.repeating import request_of
from resolvers.matching.cases import FeedbackRecord, admit_to_case, feedback_of
from resolvers.matching.recorder import VoteEntry
from resolvers.matching.records import FEEDBACK
from resolvers.paging import PageOf, select_page
from resolvers.ports import Document, Insert, Query
from resolvers.store_errors import UniqueConflict

MAX_ID = 200  # characters
MAX_COMMENT = 5_000
MAX_QUERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven:
    helpful: bool
    case_id: str | None = None
    article_id: str | None = None
    instance_id: str | None = None
    rule_id: str | None = None
    query: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFilter:
    article_id: str | None = None
    rule_id: str | None = None
    flow_key: str | None = None
    helpful: bool | None = None
    since: datetime | None = None


async def record_feedback(
    context: Context, given: FeedbackGiven, *, key: IdempotencyKey | None = None
) -> None:
    """Returns once it is kept.

    Raises `InputInvalid`, `IdempotencyKeyReused`, and `CaseNotFound` for somebody else's case.
    """
    _check(given)
    request = request_of(context, key, {"recordFeedback": asdict(given)})
    if request is not None and await request.find_result(context.matching.store) is not None:
        return
    units: set[str] = set()
    if given.case_id is not None:
        units |= await admit_to_case(context, given.case_id)
    article = await _article_unit(context, given.article_id)
    instance = await _instance(context, given.instance_id)
    rule = context.matching.keeper.book.rules.get(given.rule_id or "")
    units |= {unit for unit in (article, instance[1] if instance else None) if unit is not None}
    units |= {rule.rule.unit} if rule is not None else set()
    document: Document = {
        "id": context.matching.new_id(),
        "version": 1,
        "at": context.matching.now(),
        "by": context.principal.subject,
        "units": sorted(units),
        "helpful": given.helpful,
        "comment": given.comment,
        "case_id": given.case_id,
        "article_id": given.article_id,
        "rule_id": given.rule_id,
        "instance_id": given.instance_id,
        "flow_key": instance[0] if instance else None,
        "query": given.query,
    }
    if article is not None:
        document["unsummed"] = True  # until it is in the article's sums
    writes = [Insert(collection=FEEDBACK, document=document)]
    if request is not None:
        writes.append(request.remember({"feedback": document["id"]}, at=document["at"]))
    try:
        await context.matching.store.write(*writes)
    except UniqueConflict:  # the same request came twice at once: the other one is kept
        return
    if given.query and not given.helpful:
        context.knowledge.gaps.note(GapKind.UNHELPFUL, given.query, units=sorted(units))
    if article is not None:
        context.matching.recorder.record(VoteEntry(feedback=document["id"]))


async def list_feedback(
    context: Context, wanted: FeedbackFilter, *, first: int, after: str | None
) -> PageOf[FeedbackRecord]:
    """What was said of the caller's units, and by the caller; the latest first. Raises `InputInvalid`."""

    async def expand(document: Document) -> Iterable[FeedbackRecord]:
        fits = _may_see(context, document) and _fits(document, wanted)
        return [feedback_of(document)] if fits else []

    query = _query(wanted)
    return await select_page(context.matching.store, query, expand, first=first, after=after)


def _query(wanted: FeedbackFilter) -> Query:
    """By the condition that finds the fewest."""
    conditions = (
        ("by_article", "article_id", wanted.article_id),
        ("by_rule", "rule_id", wanted.rule_id),
        ("by_flow", "flow_key", wanted.flow_key),
        ("by_verdict", "helpful", wanted.helpful),
    )
    for index, name, value in conditions:
        if value is not None:
            return Query(
                collection=FEEDBACK,
                index=index,
                equal={name: value},
                at_least=wanted.since,
                descending=True,
            )
    return Query(collection=FEEDBACK, index="by_time", at_least=wanted.since, descending=True)


def _fits(document: Document, wanted: FeedbackFilter) -> bool:
    return (
        wanted.article_id in (None, document["article_id"])
        and wanted.rule_id in (None, document["rule_id"])
        and wanted.flow_key in (None, document["flow_key"])
        and wanted.helpful in (None, document["helpful"])
    )


def _may_see(context: Context, document: Document) -> bool:
    principal = context.principal
    own = document["by"] == principal.subject or principal.has_role(ADMIN)
    return own or any(map(principal.has_unit, document["units"]))


def _check(given: FeedbackGiven) -> None:
    ids = {
        "caseId": given.case_id,
        "articleId": given.article_id,
        "flowInstanceId": given.instance_id,
        "ruleId": given.rule_id,
    }
    for name, text in ids.items():
        if text is not None and not 0 < len(text) <= MAX_ID:
            raise InputInvalid(argument=name, reason=f"has 1 to {MAX_ID} characters")
    if given.query is None and all(text is None for text in ids.values()):
        raise InputInvalid(argument="input", reason="says what helped: a case, an article, a flow, a query")
    for name, text, most in (("comment", given.comment, MAX_COMMENT), ("query", given.query, MAX_QUERY)):
        if text is not None and len(text) > most:
            raise InputInvalid(argument=name, reason=f"has at most {most} characters")


async def _article_unit(context: Context, article: str | None) -> str | None:
    """None for one that is not there, or that the caller does not see: it is not counted."""
    if article is None:
        return None
    (view,) = await load_views(context, [article])
    return None if view is None else view.record.unit


async def _instance(context: Context, instance: str | None) -> tuple[str, str] | None:
    """The flow's key and unit, of an instance that the caller may see."""
    found = await context.flows.instances.find(InstanceId(instance)) if instance is not None else None
    return (found.flow_key, found.unit) if found is not None and may_see(context.principal, found) else None
