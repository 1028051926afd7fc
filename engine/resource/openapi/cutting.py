"""Cut types that hold themselves, or too much, so that every selection over them has an end.

A selection says every field of every object, so the types below a call have to be a tree of bounded size.
A field that would break that gives its API's value as JSON; or, where a call can fill the type by a key, only
that key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.resource.openapi.notes import Notes
from engine.resource.openapi.shapes import (
    JSON,
    Member,
    Named,
    ObjectType,
    Shape,
    Stub,
    TypeTable,
    innermost,
    objects_of,
    with_innermost,
)

MAX_HEIGHT = 9  # a query nests twelve selections by default, fragments and the root among them
MAX_FIELDS = 800  # below one field; a query takes 500 by default, and a mapping 64,000 characters

WHY = {
    "RECURSIVE": "it leads back to itself",
    "TOO_DEEP": f"it is nested more than {MAX_HEIGHT} deep",
    "TOO_LARGE": f"more than {MAX_FIELDS} fields are below it",
}


@dataclass(slots=True, kw_only=True)
class Cutting:
    """`keyed`: the types that a call can fill, by their keys in the table."""

    table: TypeTable
    keyed: Mapping[str, Member]
    notes: Notes
    stubbed: set[str] = field(default_factory=set[str])
    _weight: dict[str, int] = field(default_factory=dict[str, int])
    _height: dict[str, int] = field(default_factory=dict[str, int])

    def cut(self, roots: Iterable[Shape]) -> None:
        """Change the members of the table that have to be cut."""
        for root in roots:
            for key in objects_of(root, self.table):
                if key not in self._weight:
                    self._walk(key)

    def weight(self, shape: Shape) -> int:
        """The fields a selection of this shape says."""
        return sum(self._weight.get(key, 0) for key in objects_of(shape, self.table))

    def _walk(self, start: str) -> None:
        """Depth first, without recursion: a description may nest as deep as it likes."""
        path: dict[str, int] = {start: 0}  # the types around one another, and the next member of each
        while path:
            key, index = next(reversed(path.items()))
            members = self._members(key)
            if index == len(members):
                del path[key]
                self._measure(key)
                continue
            below = list(objects_of(members[index].shape, self.table))
            waiting = [each for each in below if each not in self._weight]
            if any(each in path for each in below):
                self._cut(key, members[index], "RECURSIVE")
            elif waiting:
                path[waiting[0]] = 0  # this member is looked at again when all below it is measured
                continue
            path[key] += 1

    def _measure(self, key: str) -> None:
        members = self._members(key)
        for member in members:
            if 1 + self._height_of(member.shape) > MAX_HEIGHT:
                self._cut(key, member, "TOO_DEEP")
        while sum(1 + self.weight(member.shape) for member in members) > MAX_FIELDS:
            heaviest = max(members, key=lambda member: self.weight(member.shape))
            if self.weight(heaviest.shape) == 0:
                break  # that many fields of its own: they are cut by nobody
            self._cut(key, heaviest, "TOO_LARGE")
        self._weight[key] = sum(1 + self.weight(member.shape) for member in members)
        self._height[key] = 1 + max((self._height_of(member.shape) for member in members), default=0)

    def _height_of(self, shape: Shape) -> int:
        return max((self._height.get(key, 0) for key in objects_of(shape, self.table)), default=0)

    def _members(self, key: str) -> list[Member]:
        found = self.table[key]
        return found.members if isinstance(found, ObjectType) else []

    def _cut(self, key: str, member: Member, reason: str) -> None:
        owner = self.table[key]
        place = f"{owner.name}.{member.name}"
        inner = innermost(member.shape)
        if isinstance(inner, Named) and inner.key in self.keyed:
            self.stubbed.add(inner.key)
            member.shape = with_innermost(member.shape, Stub(key=inner.key))
            self.notes.change(reason, place, f"{WHY[reason]}: fetched by its key where more is asked for")
        else:
            member.shape = JSON
            self.notes.change(reason, place, f"{WHY[reason]}: given as JSON")
