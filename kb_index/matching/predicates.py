"""What a condition may ask of one dimension: one of several values, a range, or to lie below a path."""

import math
from dataclasses import dataclass
from typing import TypeAlias

from kb_index.matching.values import TEXT, Key, ancestors_of


@dataclass(frozen=True, slots=True)
class OneOf:
    keys: frozenset[Key]

    def holds(self, key: Key) -> bool:
        return key in self.keys


@dataclass(frozen=True, slots=True)
class Under:
    """Holds for the path itself and for all below it."""

    path: str

    def holds(self, key: Key) -> bool:
        return key[0] == TEXT and self.path in ancestors_of(str(key[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers or texts between two bounds of one kind, of which at least one is given."""

    low: Key | None = None
    high: Key | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def kind(self) -> str:
        bound = self.low or self.high
        assert bound is not None, "a range has a bound"
        return bound[0]

    def holds(self, key: Key) -> bool:
        if key[0] != self.kind:
            return False
        above = self.low is None or (key > self.low if self.low_open else key >= self.low)
        return above and (self.high is None or (key < self.high if self.high_open else key <= self.high))

    @property
    def inside(self) -> Key:
        """A value for which it holds, if there is one."""
        if self.low is not None:
            return _next(self.low) if self.low_open else self.low
        assert self.high is not None, "a range has a bound"
        return _previous(self.high) if self.high_open else self.high


Predicate: TypeAlias = OneOf | Range | Under


def can_both_hold(one: Predicate, other: Predicate) -> bool:
    """Whether some value satisfies both; of a path and a range of texts, yes where that is not plain."""
    match one, other:
        case OneOf(keys=keys), _:
            return any(map(other.holds, keys))
        case _, OneOf(keys=keys):
            return any(map(one.holds, keys))
        case Under(path=first), Under(path=second):
            return first in ancestors_of(second) or second in ancestors_of(first)
        case Range(), Range():
            return one.kind == other.kind and (other.holds(one.inside) or one.holds(other.inside))
        case (Range() as span, Under()) | (Under(), Range() as span):
            return span.kind == TEXT


def implies(narrow: Predicate, wide: Predicate) -> bool:
    """Whether the wide one holds wherever the narrow one does; no where that is not plain."""
    match narrow, wide:
        case OneOf(keys=keys), _:
            return all(map(wide.holds, keys))
        case Under(path=below), Under(path=above):
            return above in ancestors_of(below)
        case Range(), Range():
            return narrow.kind == wide.kind and _within(narrow, wide)
        case _:
            return False


def _within(inner: Range, outer: Range) -> bool:
    starts = outer.low is None or (
        inner.low is not None and (inner.low, inner.low_open) >= (outer.low, outer.low_open)
    )
    ends = outer.high is None or (
        inner.high is not None and (inner.high, outer.high_open) <= (outer.high, inner.high_open)
    )
    return starts and ends


def _next(key: Key) -> Key:
    value = key[1]
    return (key[0], value + "\0") if isinstance(value, str) else (key[0], math.nextafter(value, math.inf))


def _previous(key: Key) -> Key:
    value = key[1]
    return (key[0], "") if isinstance(value, str) else (key[0], math.nextafter(value, -math.inf))
