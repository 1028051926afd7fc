"""Save and delete rules, look them up, and tell how they stand to each other."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

import orjson

from engine.flow.fields import Problems
from engine.problem import Problem, Severity
from kb_index.matching import Overlap, Relation, overlaps_of
from resolvers.access import admit_admin
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_editor, is_member
from resolvers.knowledge.repeating import request_of
from resolvers.matching.checking import check_rule, errors_among
from resolvers.matching.compiled import compile_rule
from resolvers.matching.errors import RuleContended, RuleInvalid, RuleNotFound
from resolvers.matching.reading import RuleGiven, read_rule
from resolvers.matching.records import RULE_HITS, RULES, rule_of, rule_to_document
from resolvers.matching.rule import FlowAnswer, RuleContent, RuleRecord
from resolvers.paging import PageOf, select_page
from resolvers.ports import Delete, Document, Insert, Query, Replace, Write
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

MAX_ID = 200  # characters
MAX_RACES = 20  # other writers of one rule that may win before this one gives up
MAX_OVERLAPS = 20  # told of one rule; who has more has a rule for everything

TOLD = {
    Relation.SHADOWED_BY: (
        "RULE_SHADOWED",
        Severity.WARNING,
        "never comes first: {other} holds whenever it does",
    ),
    Relation.SHADOWS: ("RULE_SHADOWS", Severity.WARNING, "keeps {other} from ever coming first"),
    Relation.TIES: ("RULE_OVERLAP", Severity.WARNING, "can hold together with {other}, at the same place"),
    Relation.OVERLAPS: ("RULE_OVERLAP", Severity.INFO, "can hold together with {other}"),
}
HINTS = {
    Relation.SHADOWED_BY: "Raise its priority, or narrow the other rule.",
    Relation.TIES: "Give one a priority, or a dimension that tells them apart.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule as one caller gets it. `own`: its unit's people see what stands in it."""

    record: RuleRecord
    own: bool


async def save_rule(
    context: Context, given: RuleGiven, *, rule: str | None, key: IdempotencyKey | None = None
) -> RuleView:
    """Add a rule, or change the one with this id; it matches at once in this worker.

    Raises `AccessDenied`, `RuleInvalid`, `InputInvalid`, `RuleContended`, `IdempotencyKeyReused`.
    """
    admit_editor(context.principal, given.unit)
    if rule is not None and not 0 < len(rule) <= MAX_ID:
        raise InputInvalid(argument="id", reason=f"has 1 to {MAX_ID} characters")
    record = _checked(context, given, rule or context.matching.new_id())
    told = orjson.dumps(asdict(given), option=orjson.OPT_SORT_KEYS).decode()
    request = request_of(context, key, {"saveMatchRule": rule, "rule": told})
    for _ in range(MAX_RACES):
        if request is not None and (first := await request.find_result(context.matching.store)) is not None:
            return RuleView(record=rule_of(first), own=True)
        document = await context.matching.store.find(RULES, record.id)
        if document is not None:
            await _admit_change(context, rule_of(document), record)
            record = replace(record, version=document["version"] + 1)
        write = Insert if document is None else Replace
        try:
            written = rule_to_document(record)
            remembered = [] if request is None else [request.remember(written, at=context.matching.now())]
            await context.matching.store.write(write(collection=RULES, document=written), *remembered)
        except (UniqueConflict, VersionConflict, DocumentNotFound):
            record = replace(record, version=1)
            continue
        context.matching.keeper.take(record)
        return RuleView(record=record, own=True)
    raise RuleContended(rule=record.id)


async def delete_rule(context: Context, rule: str, *, key: IdempotencyKey | None = None) -> None:
    """Raises `RuleNotFound`, `AccessDenied`, `IdempotencyKeyReused`."""
    request = request_of(context, key, {"deleteMatchRule": rule})
    for _ in range(MAX_RACES):
        if request is not None and await request.find_result(context.matching.store) is not None:
            return
        document = await context.matching.store.find(RULES, rule)
        if document is None or not is_member(context.principal, document["unit"]):
            raise RuleNotFound(rule=rule)
        admit_editor(context.principal, document["unit"])
        try:
            writes: list[Write] = [Delete(collection=RULES, id=rule, version=document["version"])]
            if request is not None:
                writes.append(request.remember({"deleted": rule}, at=context.matching.now()))
            await context.matching.store.write(*writes)
        except (UniqueConflict, VersionConflict, DocumentNotFound):
            continue
        context.matching.keeper.forget(rule)
        return
    raise RuleContended(rule=rule)


async def list_rules(context: Context, *, first: int, after: str | None) -> PageOf[RuleView]:
    """Those of the caller's units, by id. Raises `InputInvalid`."""

    async def expand(document: Document) -> list[RuleView]:
        if not is_member(context.principal, document["unit"]):
            return []
        return [RuleView(record=rule_of(document), own=True)]

    return await select_page(
        context.matching.store, Query(collection=RULES), expand, first=first, after=after
    )


async def hits_of(context: Context, rule: str) -> int:
    """How often the rule was among the solutions; what this worker has not written yet is written first."""
    await context.matching.recorder.flush()
    document = await context.matching.store.find(RULE_HITS, rule)
    return 0 if document is None else document["hits"]


async def problems_of(context: Context, record: RuleRecord) -> list[Problem]:
    """What its checks say now, flows it names that are not deployed, and how it stands to other rules."""
    checked = check_rule(
        record.content, partial(context.matching.reads.describe, units={record.content.unit})
    )
    return [*checked.problems, *await _flows_missing(context, record.content), *_overlaps(context, record)]


# ---------------------------------------------------------------------- saving
def _checked(context: Context, given: RuleGiven, rule: str) -> RuleRecord:
    problems = Problems()
    content = read_rule(given, problems)
    if content is None or errors_among(problems.found):
        raise RuleInvalid(problems.found)
    checked = check_rule(content, partial(context.matching.reads.describe, units={given.unit}))
    if errors := errors_among(checked.problems):
        raise RuleInvalid(errors)
    return RuleRecord(
        id=rule,
        content=content,
        uses=checked.uses,
        saved_at=context.matching.now(),
        saved_by=context.principal.subject,
    )


async def _admit_change(context: Context, current: RuleRecord, new: RuleRecord) -> None:
    admit_editor(context.principal, current.content.unit)
    if current.content.unit != new.content.unit:
        to = f"give the rule of the unit {current.content.unit} to {new.content.unit}"
        admit_admin(context.principal, to=to)


# ---------------------------------------------------------------------- problems
async def _flows_missing(context: Context, content: RuleContent) -> list[Problem]:
    found: list[Problem] = []
    for number, answer in enumerate(content.bundle):
        if isinstance(answer, FlowAnswer) and not await context.flows.deployments.deployments(
            answer.flow_key
        ):
            message = f"the flow {answer.flow_key!r} is not deployed: the answer is left out"
            path = f"answers/{number}/flowKey"
            found.append(
                Problem(code="FLOW_NOT_DEPLOYED", message=message, path=path, severity=Severity.WARNING)
            )
    return found


def _overlaps(context: Context, record: RuleRecord) -> Iterator[Problem]:
    if not record.content.enabled:
        return
    book = context.matching.keeper.book
    rule = compile_rule(record).rule
    seen: set[tuple[int, str]] = set()
    for overlap in overlaps_of(rule, book.index):
        if (overlap.condition, overlap.other.id) in seen:
            continue
        if len(seen) == MAX_OVERLAPS:
            return
        seen.add((overlap.condition, overlap.other.id))
        yield _problem(overlap, book.rules[overlap.other.id].record.content.name)


def _problem(overlap: Overlap, name: str) -> Problem:
    code, severity, told = TOLD[overlap.relation]
    other = f"the rule {name!r} ({overlap.other.id})"
    return Problem(
        code=code,
        severity=severity,
        message="this condition " + told.format(other=other),
        path=f"questions/{overlap.condition}",
        suggestion=HINTS.get(overlap.relation),
    )
