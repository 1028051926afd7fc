"""What a publish changes for clients: the difference of two schemas, inaccessible parts aside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from graphql.utilities import BreakingChange, DangerousChange, SafeChange, find_schema_changes
from graphql.utilities.find_schema_changes import SafeChangeType

from engine.resource.model import Registry

# graphql-core says where in its sentence only
_MEMBER = re.compile(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)(\(\w+:\))?")
_CONTAINER = re.compile(r"(?:union type|implemented by) (\w+)")
_TYPE = re.compile(r"(?:Standard scalar |Description of )?(\w+)")

_TEXT_ONLY = SafeChangeType.DESCRIPTION_CHANGED


class ChangeLevel(StrEnum):
    BREAKING = "BREAKING"
    """Operations that were valid may no longer be, or get another kind of answer."""
    DANGEROUS = "DANGEROUS"
    """Operations stay valid; their clients may meet what they do not know."""
    SAFE = "SAFE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    coordinate: str
    kind: str
    level: ChangeLevel
    message: str
    used_by: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        return self.level is ChangeLevel.BREAKING


_ORDER = tuple(ChangeLevel)


def changes_between(old: Registry, new: Registry) -> tuple[SchemaChange, ...]:
    """Every change that clients can see, breaking ones first. CPU-bound: 5 ms for 300 types."""
    found = sorted(
        _visible_changes(old, new), key=lambda change: (_ORDER.index(change.level), change.coordinate)
    )
    return tuple(found)


def _visible_changes(old: Registry, new: Registry) -> Iterator[SchemaChange]:
    for change in find_schema_changes(old.schema, new.schema):
        coordinate = _coordinate_of(change.description)
        seen = (_is_visible(old, coordinate), _is_visible(new, coordinate))
        if change.type is not _TEXT_ONLY and any(seen):
            yield SchemaChange(
                coordinate=coordinate,
                kind=change.type.name,
                level=_level_of(change),
                message=change.description,
            )
    yield from _hidden_and_shown(old, new)


def _hidden_and_shown(old: Registry, new: Registry) -> Iterator[SchemaChange]:
    """Fields that stay in the graph and become inaccessible, or stop being so: removals and additions."""
    for name in old.types.keys() & new.types.keys():
        fields = old.types[name].fields.keys() & new.types[name].fields.keys()
        for coordinate in (f"{name}.{field}" for field in fields):
            was, is_now = _is_visible(old, coordinate), _is_visible(new, coordinate)
            if was and not is_now:
                yield SchemaChange(
                    coordinate=coordinate,
                    kind="FIELD_REMOVED",
                    level=ChangeLevel.BREAKING,
                    message=f"Field {coordinate} became inaccessible.",
                )
            elif is_now and not was:
                yield SchemaChange(
                    coordinate=coordinate,
                    kind="FIELD_ADDED",
                    level=ChangeLevel.SAFE,
                    message=f"Field {coordinate} is no longer inaccessible.",
                )


def _level_of(change: BreakingChange | DangerousChange | SafeChange) -> ChangeLevel:
    if isinstance(change, BreakingChange):
        return ChangeLevel.BREAKING
    return ChangeLevel.DANGEROUS if isinstance(change, DangerousChange) else ChangeLevel.SAFE


def _is_visible(registry: Registry, coordinate: str) -> bool:
    """Whether clients see it there: it exists, and neither it nor its type is inaccessible."""
    type_name, _, member = coordinate.partition("(")[0].partition(".")
    defined = registry.schema.get_type(type_name)
    if defined is None or (member and member not in getattr(defined, "fields", (member,))):
        return False
    owner = registry.types.get(type_name)
    if owner is None:
        return True
    field = owner.fields.get(member)
    return not owner.inaccessible and not (field is not None and field.inaccessible)


def _coordinate_of(description: str) -> str:
    if member := _MEMBER.search(description):
        return member[0]
    if container := _CONTAINER.search(description):
        return container[1]
    named = _TYPE.match(description)
    return named[1] if named else description
