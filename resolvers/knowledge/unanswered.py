"""Look up the questions that found nothing, or nothing good; whose staff is told of them."""

from dataclasses import replace
from datetime import datetime

from engine.access import ANY, Principal
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.knowledge.access import admit_staff
from resolvers.knowledge.gaps import SEARCH_GAPS, Gap, GapKind, gap_of
from resolvers.ports import Query

MAX_FIRST = 100


async def list_gaps(context: Context, kind: GapKind, *, since: datetime | None, first: int) -> list[Gap]:
    """The most frequent first, of those the caller's units are told of. Raises `AccessDenied`."""
    admit_staff(context.principal)
    if not 0 <= first <= MAX_FIRST:
        raise InputInvalid(argument="first", reason=f"is a number from 0 to {MAX_FIRST}")
    await context.knowledge.gaps.store_noted()
    query = Query(
        collection=SEARCH_GAPS, index="by_kind", equal={"kind": kind.value}, descending=True, limit=500
    )
    found: list[Gap] = []
    while len(found) < first:
        page = await context.knowledge.store.select(query)
        found += [
            gap
            for gap in map(gap_of, page.documents)
            if is_told(context.principal, gap) and (since is None or gap.last_at >= since)
        ]
        if page.next is None:
            break
        query = replace(query, after=page.next)
    return found[:first]


def is_told(principal: Principal, gap: Gap) -> bool:
    return not gap.units or any(map(principal.has_unit, gap.units)) or principal.has_role(ADMIN)


def told_units(principal: Principal, unit: str | None) -> tuple[str, ...]:
    """Whose staff is told what this caller asked: of the unit it asked, else of its own units."""
    if unit is not None:
        return (unit,)
    return () if ANY in principal.units else tuple(sorted(principal.units))
