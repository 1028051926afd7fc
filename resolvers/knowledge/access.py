"""Who may write a unit's knowledge, and what of it whose eyes see: the one place that says so.

`unit` says who may edit: its editors and publishers, and administrators everywhere. Drafts and reviews are
seen by members of the unit only. Of what is published a reader sees

    units       those it belongs to; who belongs to none (an end user) is not cut by unit
    audiences   those of its claim `audiences`, else its roles; staff sees every audience
    channel     its channel claim, and what is for all; who has no claim sees what its scope names. Staff
                and the development caller see every channel
    dimensions  what is for all, and the values its scope names; staff sees every value

and a scope only narrows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from engine.access import ANY, Principal
from kb_index.edition import Sight
from resolvers.access import ADMIN, EDITOR, PUBLISHER, STAFF_ROLES
from resolvers.errors import AccessDenied, InputInvalid
from resolvers.knowledge.article import ArticleContent

STAFF = (*STAFF_ROLES, ADMIN)  # who answers or writes: every audience, channel and value
AUDIENCES = "audiences"  # the claim
MAX_DIMENSIONS = 50  # that a scope or an article names

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a caller narrows its sight to; `at` None is now."""

    unit: str | None = None
    channel: str | None = None
    audience: str | None = None
    dimensions: Mapping[str, object] = field(default_factory=dict[str, object])
    at: datetime | None = None


EVERYTHING = Scope()


def admit_editor(principal: Principal, unit: str) -> None:
    """Let in who may write the unit's knowledge. Raises `AccessDenied`."""
    if not may_edit(principal, unit):
        raise AccessDenied(needs=f"the role {EDITOR} or {PUBLISHER} of the unit {unit}")


def admit_reviewer(principal: Principal, unit: str) -> None:
    """Let in who may say that a reviewed article is good, or is not. Raises `AccessDenied`."""
    if not (principal.has_role(ADMIN) or (principal.has_role(PUBLISHER) and principal.has_unit(unit))):
        raise AccessDenied(needs=f"the role {PUBLISHER} of the unit {unit}")


def admit_staff(principal: Principal) -> None:
    """Let in who may learn what others ask. Raises `AccessDenied`."""
    if not is_staff(principal):
        raise AccessDenied(needs=f"one of the roles {', '.join(STAFF)}")


def may_edit(principal: Principal, unit: str) -> bool:
    writes = principal.has_role(EDITOR) or principal.has_role(PUBLISHER)
    return principal.has_role(ADMIN) or (writes and principal.has_unit(unit))


def is_member(principal: Principal, unit: str) -> bool:
    """May see the unit's drafts and reviews."""
    return principal.has_unit(unit) or principal.has_role(ADMIN)


def is_staff(principal: Principal) -> bool:
    return any(map(principal.has_role, STAFF))


def sight_of(principal: Principal, scope: Scope, *, now: datetime) -> Sight:
    """What this caller sees within this scope. Raises `InputInvalid` for a scope that is none."""
    staff = is_staff(principal)
    return Sight(
        at=scope.at or now,
        units=_narrowed(_units(principal), scope.unit),
        audiences=_narrowed(None if staff else _audiences(principal), scope.audience),
        channels=_channels(principal, scope.channel, staff=staff),
        dimensions=dimension_values(scope.dimensions, argument="scope.dimensions"),
        every_dimension=staff,
    )


def sight_by_id(principal: Principal, *, now: datetime) -> Sight:
    """What this caller may look up by its id: it need name no value of a dimension, and no channel."""
    sight = sight_of(principal, EVERYTHING, now=now)
    anywhere = sight.channels if principal.channel is not None else None
    return replace(sight, channels=anywhere, every_dimension=True)


def may_read(sight: Sight, *, unit: str, content: ArticleContent) -> bool:
    """Whether what is published is seen: what the index says of an edition, said of a content."""
    return (
        (sight.units is None or unit in sight.units)
        and _meets(sight.channels, for_whom(content.channels))
        and _meets(sight.audiences, for_whom(content.audiences))
        and all(_dimension_meets(sight, name, values) for name, values in dimensions_of(content).items())
    )


def dimensions_of(content: ArticleContent) -> dict[str, frozenset[str]]:
    """Those that are not for all, as the index compares them."""
    named = {name: _values(value) for name, value in content.dimensions.items()}
    return {name: cut for name, values in named.items() if (cut := for_whom(values))}


def for_whom(values: tuple[str, ...] | frozenset[str]) -> frozenset[str]:
    """Empty: for all."""
    return _NOBODY if ANY in values else frozenset(values)


def dimension_values(given: Mapping[str, object], *, argument: str) -> dict[str, frozenset[str]]:
    """Scalars and lists of scalars as texts; null and [] name nothing. Raises `InputInvalid`."""
    if len(given) > MAX_DIMENSIONS:
        raise InputInvalid(argument=argument, reason=f"names at most {MAX_DIMENSIONS} dimensions")
    found: dict[str, frozenset[str]] = {}
    for name, value in given.items():
        if not is_dimension_value(value):
            raise InputInvalid(argument=f"{argument}.{name}", reason="is a text, a number, or a list of them")
        if values := _values(value):
            found[name] = values
    return found


def is_dimension_value(value: object) -> bool:
    members = cast("list[object]", value) if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int | float) for one in members)


def _dimension_meets(sight: Sight, name: str, values: frozenset[str]) -> bool:
    named = sight.dimensions.get(name)
    return sight.every_dimension if named is None else not values.isdisjoint(named)


def _meets(seen: frozenset[str] | None, values: frozenset[str]) -> bool:
    return seen is None or not values or not seen.isdisjoint(values)


def _units(principal: Principal) -> frozenset[str] | None:
    sees_all = not principal.units or ANY in principal.units or principal.has_role(ADMIN)
    return None if sees_all else principal.units


def _audiences(principal: Principal) -> frozenset[str]:
    claimed = principal.claims.get(AUDIENCES)
    if isinstance(claimed, str):
        return frozenset(claimed.split())
    if isinstance(claimed, list):
        return frozenset(one for one in cast("list[object]", claimed) if isinstance(one, str))
    return principal.roles


def _channels(principal: Principal, named: str | None, *, staff: bool) -> frozenset[str] | None:
    if staff or principal.any_channel:
        return _narrowed(None, named)
    if principal.channel is None:
        return frozenset({named} if named is not None else ())
    return _narrowed(frozenset({principal.channel}), named)


def _narrowed(seen: frozenset[str] | None, named: str | None) -> frozenset[str] | None:
    """To the one that is named; to none of them where that one is not seen."""
    if named is None:
        return seen
    return frozenset({named}) if seen is None or named in seen else _NOBODY


def _values(value: object) -> frozenset[str]:
    members = cast("list[object]", value) if isinstance(value, list) else [value]
    return frozenset(_text(one) for one in members if one is not None)


def _text(value: object) -> str:
    """One text for one value: 3, 3.0 and "3" are the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
