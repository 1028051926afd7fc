"""All that conditions ask of one dimension, so that a value finds the conditions it satisfies."""

from collections.abc import Iterator
from typing import TypeVar

from kb_index.matching.predicates import OneOf, Predicate, Range, Under, can_both_hold
from kb_index.matching.ranges import RangeIndex
from kb_index.matching.slots import Slots, add_slot, drop_slot
from kb_index.matching.values import TEXT, Key, ancestors_of

K = TypeVar("K")


class Column:
    """`named`: every condition that asks something of this dimension."""

    def __init__(self) -> None:
        self.named: Slots = {}
        self._any: Slots = {}
        self._equal: dict[Key, Slots] = {}
        self._under: dict[str, Slots] = {}
        self._ranges = RangeIndex()

    def add(self, predicate: Predicate | None, slot: int) -> None:
        """None asks only that the dimension is known."""
        add_slot(self.named, slot)
        match predicate:
            case None:
                add_slot(self._any, slot)
            case OneOf(keys=keys):
                for key in keys:
                    add_slot(self._equal.setdefault(key, {}), slot)
            case Under(path=path):
                add_slot(self._under.setdefault(path, {}), slot)
            case Range():
                self._ranges.add(predicate, slot)

    def drop(self, predicate: Predicate | None, slot: int) -> None:
        drop_slot(self.named, slot)
        match predicate:
            case None:
                drop_slot(self._any, slot)
            case OneOf(keys=keys):
                for key in keys:
                    _drop_from(self._equal, key, slot)
            case Under(path=path):
                _drop_from(self._under, path, slot)
            case Range():
                self._ranges.drop(predicate, slot)

    def holding(self, key: Key) -> list[Slots]:
        """The conditions that this value satisfies, in parts."""
        found = [self._any] if self._any else []
        if (equal := self._equal.get(key)) is not None:
            found.append(equal)
        if self._under and key[0] == TEXT:
            found += [self._under[path] for path in ancestors_of(str(key[1])) if path in self._under]
        return found + self._ranges.holding(key)

    def touching(self, predicate: Predicate | None) -> list[Slots]:
        """The conditions that can hold together with one that asks for `predicate`."""
        if predicate is None:
            return [self.named]
        if isinstance(predicate, OneOf):
            return [part for key in predicate.keys for part in self.holding(key)]
        found = [slots for key, slots in self._equal.items() if predicate.holds(key)]
        found += [slots for path, slots in self._under.items() if can_both_hold(predicate, Under(path))]
        found += [slots for span, slots in self._ranges.items() if can_both_hold(predicate, span)]
        return [*found, self._any]

    @property
    def is_plain(self) -> bool:
        """Whether single values are all that is asked."""
        return not (self._any or self._under or len(self._ranges))

    @property
    def width(self) -> int:
        """How many different things are asked."""
        return len(self._equal) + len(self._under) + len(self._ranges)

    def choices(self) -> Iterator[tuple[Predicate, Key, Slots]]:
        """Each thing that is asked, a value that satisfies it, and the conditions that ask it."""
        for key, slots in self._equal.items():
            yield OneOf(frozenset({key})), key, slots
        for path, slots in self._under.items():
            yield Under(path), (TEXT, path), slots
        for span, slots in self._ranges.items():
            yield span, span.inside, slots


def _drop_from(sets: dict[K, Slots], key: K, slot: int) -> None:
    drop_slot(sets[key], slot)
    if not sets[key]:
        del sets[key]
