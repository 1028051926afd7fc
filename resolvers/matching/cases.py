"""A case: everything one id ties together, for its subject and for the agents of the units it touches.

Its subject is who came first: whoever asked, started a flow or gave feedback under its id before all others.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import orjson

from engine.flow.documents import of_document
from engine.flow.instance import Instance
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import AGENT, SUPERVISOR, may_see
from resolvers.flows.instances import INSTANCES
from resolvers.matching.errors import CaseNotFound
from resolvers.matching.records import FEEDBACK, LINKS, MATCHES
from resolvers.ports import Collection, Document, Insert, Query
from resolvers.store_errors import UniqueConflict

MAX_OF_KIND = 1_000  # matches, instances, feedback, links of one case, the oldest
MAX_REF = 500  # characters of an external reference


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    at: datetime
    question: str | None
    dimensions: Mapping[str, object]
    rule_id: str | None
    rule_name: str | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRecord:
    id: str
    at: datetime
    by: str
    helpful: bool
    comment: str | None
    case_id: str | None
    article_id: str | None
    rule_id: str | None
    instance_id: str | None
    query: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRef:
    system: str
    ref: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    at: datetime
    kind: str
    text: str
    ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What one caller sees of a case, each list oldest first."""

    id: str
    matches: tuple[MatchRecord, ...]
    instances: tuple[Instance, ...]
    feedback: tuple[FeedbackRecord, ...]
    refs: tuple[ExternalRef, ...]

    @property
    def timeline(self) -> list[CaseEvent]:
        return sorted(_events(self), key=lambda event: event.at)


async def find_case(context: Context, case: str) -> CaseView | None:
    """None for one that is not there, or is not the caller's to see."""
    found = await _load(context, case)
    return found.view if found.exists and _may_see(context, found) else None


async def link_case(context: Context, case: str, *, system: str, ref: str) -> CaseView:
    """Tie something of another system to the case; the same twice is once. Raises `CaseNotFound`."""
    for name, text in (("system", system), ("ref", ref)):
        if not 0 < len(text.strip()) <= MAX_REF:
            raise InputInvalid(argument=name, reason=f"has 1 to {MAX_REF} characters")
    if await find_case(context, case) is None:
        raise CaseNotFound(case=case)
    document: Document = {
        "id": sha256("\0".join((case, system, ref)).encode()).hexdigest(),
        "version": 1,
        "case_id": case,
        "system": system,
        "ref": ref,
        "at": context.matching.now(),
        "by": context.principal.subject,
    }
    with contextlib.suppress(UniqueConflict):
        await context.matching.store.write(Insert(collection=LINKS, document=document))
    found = await find_case(context, case)
    if found is None:
        raise CaseNotFound(case=case)
    return found


async def admit_to_case(context: Context, case: str) -> frozenset[str]:
    """The units a case touches, for who may write to it: a case nobody used yet is anybody's.

    Raises `CaseNotFound`.
    """
    found = await _load(context, case)
    if found.exists and not _may_see(context, found):
        raise CaseNotFound(case=case)
    return found.units


# ---------------------------------------------------------------------- loading
@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    view: CaseView
    subject: str | None
    units: frozenset[str]

    @property
    def exists(self) -> bool:
        return self.subject is not None


async def _load(context: Context, case: str) -> _Loaded:
    """What this worker has not written yet is written first: a case shows the match just made."""
    await context.matching.recorder.flush()
    matches = await _of_case(context, MATCHES, case)
    feedback = await _of_case(context, FEEDBACK, case)
    links = await _of_case(context, LINKS, case)
    instances = await _instances(context, case)
    begun = [
        *((one["at"], one["by"]) for one in (*matches, *feedback)),
        *((one.started_at, one.owner) for one in instances),
    ]
    units = {unit for one in (*matches, *feedback) for unit in one["units"]}
    visible = tuple(one for one in instances if may_see(context.principal, one))
    view = CaseView(
        id=case,
        matches=tuple(map(_match, matches)),
        instances=visible,
        feedback=tuple(map(feedback_of, feedback)),
        refs=tuple(_ref(one) for one in links),
    )
    return _Loaded(
        view=view,
        subject=min(begun)[1] if begun else None,
        units=frozenset(units | {one.unit for one in instances}),
    )


def _may_see(context: Context, found: _Loaded) -> bool:
    principal = context.principal
    if principal.subject == found.subject or principal.has_role(ADMIN):
        return True
    works = principal.has_role(AGENT) or principal.has_role(SUPERVISOR)
    return works and any(map(principal.has_unit, found.units))


async def _of_case(context: Context, collection: Collection, case: str) -> list[Document]:
    query = Query(collection=collection, index="by_case", equal={"case_id": case}, limit=MAX_OF_KIND)
    return list((await context.matching.store.select(query)).documents)


async def _instances(context: Context, case: str) -> list[Instance]:
    query = Query(collection=INSTANCES, index="by_facet", equal={"facets": f"case:{case}"}, limit=MAX_OF_KIND)
    page = await context.flows.store.select(query)
    return [of_document(document) for document in page.documents]


def _match(document: Document) -> MatchRecord:
    return MatchRecord(
        at=document["at"],
        question=document["question"],
        dimensions=orjson.loads(document["dimensions"]),
        rule_id=document["rule_id"],
        rule_name=document["rule_name"],
        score=document["score"],
    )


def feedback_of(document: Document) -> FeedbackRecord:
    names = ("at", "by", "helpful", "comment", "case_id", "article_id", "rule_id", "instance_id", "query")
    return FeedbackRecord(id=document["id"], **{name: document[name] for name in names})


def _ref(document: Document) -> ExternalRef:
    return ExternalRef(system=document["system"], ref=document["ref"], at=document["at"], by=document["by"])


# ---------------------------------------------------------------------- timeline
def _events(case: CaseView) -> Iterator[CaseEvent]:
    for match in case.matches:
        answer = match.rule_name or "no rule"
        yield CaseEvent(
            at=match.at, kind="MATCH", text=f"{match.question or ''} → {answer}", ref=match.rule_id
        )
    for instance in case.instances:
        started = CaseEvent(
            at=instance.started_at, kind="FLOW_STARTED", text=instance.flow_key, ref=instance.id
        )
        yield started
        if instance.ended_at is not None:
            ended = f"{instance.flow_key}: {instance.status.value}"
            yield replace(started, at=instance.ended_at, kind="FLOW_ENDED", text=ended)
    for given in case.feedback:
        verdict = "helpful" if given.helpful else "not helpful"
        told = f"{verdict}: {given.comment}" if given.comment else verdict
        yield CaseEvent(at=given.at, kind="FEEDBACK", text=told, ref=given.article_id or given.rule_id)
    for ref in case.refs:
        yield CaseEvent(at=ref.at, kind="LINK", text=f"{ref.system}: {ref.ref}", ref=ref.ref)
