"""Ask how good APIs and fields are: the rows of one dimension, of the caller's own units."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from engine.access import Principal
from engine.resource.quality.facts import CallCount, CallKey, Facts, FieldKey
from resolvers.access import ADMIN, admit_to_unit
from resolvers.context import Context
from resolvers.errors import AccessDenied, InputInvalid
from resolvers.ports import Document
from resolvers.quality.keeper import select_level
from resolvers.quality.records import DAY, HOUR, MINUTE, Level, facts_of
from resolvers.quality.rows import Dimension, QualityRow, rows_by
from resolvers.quality.services import QualityServices

DEFAULT = timedelta(days=1)  # how far back is looked where nobody says
MAX_ROWS = 1_000  # of an answer; those most asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFilter:
    """What is counted of everything; None: whatever it is. A client's name stands for all its versions."""

    coordinate: str | None = None
    api: str | None = None
    unit: str | None = None
    channel: str | None = None
    client: str | None = None


EVERYTHING = QualityFilter()


async def list_quality(
    context: Context,
    by: Dimension,
    *,
    chosen: QualityFilter = EVERYTHING,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[QualityRow]:
    """Rows of the units that the caller belongs to, what is asked for most first.

    Raises `AccessDenied` for another unit, or a caller of none; `InputInvalid` for times that are no span.
    """
    may_see = _admit(context.principal, chosen.unit)
    services = context.quality
    since, until = _span(services, since, until)
    await services.bring_up_to_date()
    documents = await _documents(services, since, until)
    rows = await asyncio.to_thread(_rows, documents, by, chosen, may_see)
    return rows[:MAX_ROWS]


def _admit(principal: Principal, unit: str | None) -> Callable[[str], bool]:
    """Which units' rows the caller is shown."""
    if unit is not None:
        admit_to_unit(principal, unit)
        return lambda owner: owner == unit
    if not (principal.units or principal.has_role(ADMIN)):
        raise AccessDenied(needs="to be of a unit: each sees its own APIs and fields")
    return partial(may_see_unit, principal)


def may_see_unit(principal: Principal, unit: str) -> bool:
    return principal.has_unit(unit) or principal.has_role(ADMIN)


def _span(
    services: QualityServices, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    """Whole minutes, or whole hours where minutes are no longer kept."""
    now = services.now()
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise InputInvalid(argument=name, reason="needs a time zone, as in 2027-01-31T08:00:00Z")
    ends = until or now + MINUTE.span  # with the minute that is being counted
    begins = since or ends - DEFAULT
    if begins >= ends:
        raise InputInvalid(argument="since", reason="is not before until")
    fine = now - services.kept.minutes
    begins = (MINUTE if begins >= fine else HOUR).start(begins)
    level = MINUTE if ends >= fine else HOUR
    whole = level.start(ends)
    return begins, whole if whole == ends else whole + level.span


async def _documents(services: QualityServices, since: datetime, until: datetime) -> Sequence[Document]:
    """As few as there can be: days, hours where there is no day, minutes where there is no hour."""
    found: list[Document] = []
    gaps = [(since, until)]
    for level in (DAY, HOUR, MINUTE):
        left: list[tuple[datetime, datetime]] = []
        for begins, ends in gaps:
            whole = await _level(services, level, begins, ends)
            found += whole
            left += _between([one["at"] for one in whole], level.span, begins, ends)
        gaps = left
    return found


async def _level(
    services: QualityServices, level: Level, begins: datetime, ends: datetime
) -> Sequence[Document]:
    """Documents whose whole span is inside."""
    last = ends - level.span + timedelta(seconds=1)
    return await select_level(services.store, level, begins, last) if last > begins else ()


def _between(
    covered: Sequence[datetime], span: timedelta, begins: datetime, ends: datetime
) -> Iterator[tuple[datetime, datetime]]:
    for start in sorted(set(covered)):
        if start > begins:
            yield begins, start
        begins = start + span
    if begins < ends:
        yield begins, ends


def _rows(
    documents: Sequence[Document], by: Dimension, chosen: QualityFilter, may_see: Callable[[str], bool]
) -> Sequence[QualityRow]:
    """CPU-bound: some milliseconds a document."""
    of_fields = by is Dimension.FIELD or chosen.coordinate is not None
    facts, latencies = Facts(), dict[str, CallCount]()
    for document in documents:
        counted = facts_of(document, fields=of_fields)
        for call, count in counted.calls.items():
            if not _is_caller(chosen, call):
                continue
            if of_fields:  # what the APIs of fields took, whoever owns them
                latencies.setdefault(call.api, CallCount()).add(count)
            elif may_see(call.unit) and chosen.api in (None, call.api):
                facts.call(call).add(count)
        for field, asked in counted.fields.items():
            if _is_caller(chosen, field) and may_see(field.unit) and _is_field(chosen, field):
                facts.field(field).add(asked)
    return rows_by(by, facts, latencies)


def _is_caller(chosen: QualityFilter, key: CallKey | FieldKey) -> bool:
    named = chosen.client is None or key.client == chosen.client or key.client.startswith(f"{chosen.client}/")
    return named and chosen.channel in (None, key.channel)


def _is_field(chosen: QualityFilter, field: FieldKey) -> bool:
    return chosen.coordinate in (None, field.coordinate) and (chosen.api is None or chosen.api in field.apis)
