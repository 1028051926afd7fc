"""Rules that can hold together, and rules that another always stands before: told when a rule is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from kb_index.matching.index import RuleIndex
from kb_index.matching.predicates import implies
from kb_index.matching.rules import Condition, Rule
from kb_index.matching.slots import Slots, both, members_of, union, without
from kb_index.matching.texts import share_of


class Relation(Enum):
    """What another rule's condition is to this one's. Where both can hold, they tie, or their priority or
    specificity tells which comes first.
    """

    SHADOWED_BY = "shadowed by"
    SHADOWS = "shadows"
    TIES = "ties"
    OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    relation: Relation
    condition: int
    other: Rule
    other_condition: int


def overlaps_of(rule: Rule, index: RuleIndex) -> Iterator[Overlap]:
    """With the other rules of its unit, condition by condition, in order of their ids."""
    for number, condition in enumerate(rule.conditions):
        touching = _touching(rule, condition, index)
        others = sorted((index.at(slot) for slot in members_of(touching)), key=lambda at: (at[0].id, at[1]))
        for other, at in others:
            if (
                other.id != rule.id
                and _open_together(rule, other)
                and _alike(condition, other.conditions[at], index)
            ):
                relation = _relation(rule, condition, other, other.conditions[at])
                yield Overlap(relation=relation, condition=number, other=other, other_condition=at)


def _touching(rule: Rule, condition: Condition, index: RuleIndex) -> Slots:
    """Conditions of the unit whose dimensions can hold together with this one's."""
    found = index.slots_of_unit(rule.unit)
    for name, predicate in condition.dimensions.items():
        column = index.columns.get(name)
        if column is not None:
            meeting = both(found, union(column.touching(predicate)))
            found = union([without(found, column.named), meeting])
    return found


def _open_together(rule: Rule, other: Rule) -> bool:
    return (rule.opens is None or other.closes is None or rule.opens < other.closes) and (
        other.opens is None or rule.closes is None or other.opens < rule.closes
    )


def _alike(condition: Condition, other: Condition, index: RuleIndex) -> bool:
    """Whether one question may be close to both: one's text is to the other's, or one asks for none."""
    if not condition.texts or not other.texts:
        return True
    analyse, is_close = index.texts.analyse, index.texts.is_close
    mine, theirs = list(map(analyse, condition.texts)), list(map(analyse, other.texts))
    return any(
        is_close(share_of(one, another)) or is_close(share_of(another, one))
        for one in mine
        for another in theirs
    )


def _relation(rule: Rule, condition: Condition, other: Rule, theirs: Condition) -> Relation:
    if _always_before(other, theirs, rule, condition):
        return Relation.SHADOWED_BY
    if _always_before(rule, condition, other, theirs):
        return Relation.SHADOWS
    mine = (rule.priority, condition.specificity)
    return Relation.TIES if mine == (other.priority, theirs.specificity) else Relation.OVERLAPS


def _always_before(first: Rule, wide: Condition, second: Rule, narrow: Condition) -> bool:
    """Whether `wide` holds whenever `narrow` does, and its rule then stands first."""
    if wide.texts or wide.guarded or not wide.requires <= narrow.dimensions.keys() | narrow.requires:
        return False
    if not _covers(first, second):
        return False
    place = (-first.priority, -wide.specificity, first.id)
    if place >= (-second.priority, -narrow.specificity, second.id):
        return False
    return all(
        name in narrow.dimensions and implies(narrow.dimensions[name], predicate)
        for name, predicate in wide.dimensions.items()
    )


def _covers(long: Rule, short: Rule) -> bool:
    """Whether one rule is open whenever the other is."""
    begins = long.opens is None or (short.opens is not None and long.opens <= short.opens)
    ends = long.closes is None or (short.closes is not None and short.closes <= long.closes)
    return begins and ends
