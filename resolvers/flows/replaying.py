"""Replay past instances on another version of their flow, and report where they would go differently."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from engine.flow.documents import of_document
from engine.flow.errors import FlowInvalid
from engine.flow.formats import ModelFormat
from engine.flow.instance import Instance, InstanceStatus
from engine.flow.model import FlowModel, Json
from engine.flow.testing.replay import Divergence, Past, Replayer, grouped
from engine.problem import Problem, Severity
from resolvers.access import admit_to_unit
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.definitions import get_flow
from resolvers.flows.instances import INSTANCES
from resolvers.flows.looking import deployment_of, history_of
from resolvers.flows.records import FlowRecord
from resolvers.paging import select_page
from resolvers.ports import Document, Query

MAX_REPLAYED = 5_000  # instances of one request: a replay takes about a millisecond
MAX_DAYS = 3_660
MAX_NAMED = 10  # instances of a divergence that are named
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTestGiven:
    """`model`: a format and what it holds; None for the flow's draft."""

    flow_key: str
    model: tuple[ModelFormat, object] | None
    since_days: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTested:
    replayed: int
    same: int
    different: int
    undecidable: int
    divergences: list[Json]


async def back_test(context: Context, given: BackTestGiven) -> BackTested:
    """The latest completed instances first; nothing is called, nothing is written.

    Raises `FlowNotFound`, `AccessDenied`, `FlowInvalid` for a model that cannot run, `InputInvalid`.
    """
    if not 0 < given.limit <= MAX_REPLAYED:
        raise InputInvalid(argument="limit", reason=f"is a number from 1 to {MAX_REPLAYED}")
    if not 0 < given.since_days <= MAX_DAYS:
        raise InputInvalid(argument="sinceDays", reason=f"is a number from 1 to {MAX_DAYS}")
    record = await get_flow(context, given.flow_key)
    admit_to_unit(context.principal, record.unit)
    replayer = _replayer(context, _model(context, record, given))
    replayed, found = 0, list[tuple[Past, Divergence]]()
    async for past in _past(context, given):
        replayed += 1
        divergence = await replayer.replay(past)
        if divergence is not None:
            found.append((past, divergence))
    undecidable = sum(divergence.undecidable for _, divergence in found)
    return BackTested(
        replayed=replayed,
        same=replayed - len(found),
        different=len(found) - undecidable,
        undecidable=undecidable,
        divergences=_told(found),
    )


def _model(context: Context, record: FlowRecord, given: BackTestGiven) -> FlowModel:
    parts = context.flows.parts
    read = parts.read_model(record.model) if given.model is None else parts.import_model(*given.model)
    errors = [problem for problem in read[1] if problem.severity is Severity.ERROR]
    if errors:
        raise FlowInvalid(errors)
    return read[0]


def _replayer(context: Context, model: FlowModel) -> Replayer:
    flows = context.flows
    try:
        return Replayer(model=model, types=flows.parts.types, calendars=flows.calendars)
    except (ValueError, RecursionError) as error:  # what the checks refuse
        raise FlowInvalid([Problem(code="FLOW_INVALID", message=str(error))]) from None


async def _past(context: Context, given: BackTestGiven) -> AsyncIterator[Past]:
    query = Query(
        collection=INSTANCES,
        index="by_facet",
        equal={"facets": f"flow:{given.flow_key}"},
        descending=True,
        at_least=context.flows.now() - timedelta(days=given.since_days),
    )

    async def completed(document: Document) -> list[Instance]:
        instance = of_document(document)
        return [instance] if instance.status is InstanceStatus.COMPLETED else []

    after: str | None = None
    left = given.limit
    while left:
        page = await select_page(context.flows.store, query, completed, first=min(PAGE, left), after=after)
        for instance in page.items:
            nodes = await history_of(context, instance)
            yield Past(instance=instance, nodes=nodes, model=(await deployment_of(context, instance)).model)
        left -= len(page.items)
        if not page.more:
            return
        after = page.end


def _told(found: list[tuple[Past, Divergence]]) -> list[Json]:
    return [
        {
            "at": at,
            "was": was,
            "wouldBe": would_be,
            "undecidable": undecidable,
            "count": len(instances),
            "instances": [*instances[:MAX_NAMED]],
        }
        for (at, was, would_be, undecidable), instances in grouped(found).items()
    ]
