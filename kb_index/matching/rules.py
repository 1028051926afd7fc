"""Match rules as the index takes them, and what holds of one condition: the meaning all else must keep to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from kb_index.matching.predicates import Predicate
from kb_index.matching.values import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Holds when all its dimensions do and, if it has texts, one is close enough to what was asked.

    `requires` are dimensions that its expressions read: they must be known, with any value. `guarded`: it
    holds only if an expression does, which is not for the index to ask.
    """

    dimensions: Mapping[str, Predicate] = field(default_factory=dict[str, Predicate])
    requires: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    guarded: bool = False

    @property
    def asks(self) -> list[tuple[str, Predicate | None]]:
        """Its dimensions; None for those that only have to be known."""
        required = self.requires - self.dimensions.keys()
        return [*self.dimensions.items(), *((name, None) for name in sorted(required))]

    @property
    def specificity(self) -> int:
        return len(self.dimensions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`conditions` are alternatives. The rule holds while `opens` ≤ now < `closes`; None is open."""

    id: str
    unit: str
    priority: int = 0
    conditions: tuple[Condition, ...]
    opens: datetime | None = None
    closes: datetime | None = None

    def is_open(self, at: datetime) -> bool:
        return (self.opens is None or self.opens <= at) and (self.closes is None or at < self.closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known: dimensions, the question, when, and of whose rules an answer may be (None: all)."""

    dimensions: Mapping[str, Key]
    question: str | None = None
    at: datetime
    units: frozenset[str] | None = None


class Rank(NamedTuple):
    """Where a rule stands among those that hold: the least first."""

    priority: int  # negated, as the next two: the greatest first
    specificity: int
    text_score: float
    rule: str

    @staticmethod
    def of(rule: Rule, condition: Condition, text_score: float) -> "Rank":
        return Rank(-rule.priority, -condition.specificity, -text_score, rule.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The dimensions of a condition: which hold, which have another value, which are not known."""

    held: tuple[str, ...]
    failed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.failed and not self.unknown


def judge(condition: Condition, dimensions: Mapping[str, Key]) -> Verdict:
    """Each list in alphabetical order."""
    held: list[str] = []
    failed: list[str] = []
    unknown = sorted(condition.requires - dimensions.keys() - condition.dimensions.keys())
    for name, predicate in condition.dimensions.items():
        key = dimensions.get(name)
        if key is None:
            unknown.append(name)
        else:
            (held if predicate.holds(key) else failed).append(name)
    return Verdict(held=tuple(sorted(held)), failed=tuple(sorted(failed)), unknown=tuple(sorted(unknown)))
