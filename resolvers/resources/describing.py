"""Look one field of the graph up: what it needs, what needs it, and who uses it."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.resource.sdl.lineage import FieldDescription, describe_field
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.quality.looking import QualityFilter, list_quality, may_see_unit
from resolvers.quality.rows import Dimension, QualityRow
from resolvers.resources.touched import fields_about

COORDINATE = re.compile(r"[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*)?")
FLOW, RULE = "flow ", "rule "  # how users are named, by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedField:
    """A registered field or type, with those who use it, by name."""

    described: FieldDescription
    flows: Sequence[str]
    rules: Sequence[str]


async def find_field(context: Context, coordinate: str) -> DescribedField | None:
    """A field such as `Order.buyer`, or a type by its name, of those that modules registered.

    Raises `InputInvalid` for what can be neither.
    """
    if not COORDINATE.fullmatch(coordinate):
        raise InputInvalid(argument="coordinate", reason="is a field, as in Order.buyer, or a type's name")
    registry = context.resources.revisions.current()
    described = await asyncio.to_thread(describe_field, registry, coordinate)
    if described is None:
        return None
    found = await context.resources.usage.users(fields_about(registry, coordinate))
    users = sorted({user for named in found.values() for user in named})
    return DescribedField(
        described=described,
        flows=[user.removeprefix(FLOW) for user in users if user.startswith(FLOW)],
        rules=[user.removeprefix(RULE) for user in users if user.startswith(RULE)],
    )


async def find_quality(context: Context, field: FieldDescription) -> QualityRow | None:
    """How the field did in the last day; None where the caller may not see it, or nobody asked for it."""
    if not may_see_unit(context.principal, field.unit):
        return None
    chosen = QualityFilter(coordinate=field.coordinate, unit=field.unit)
    rows = await list_quality(context, Dimension.FIELD, chosen=chosen)
    return rows[0] if rows else None
