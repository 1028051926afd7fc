"""The compiled rules: from what is known to the conditions that hold, by cutting sets and reading no rule.

Every condition has a slot. Each dimension's column gives the conditions that a value satisfies; a condition
holds if no column that names it is missing. What a question costs grows with the conditions that hold, and
with the rules only by one bit each. `tests/kb_index/matching` holds it to a scan of all rules.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb_index.matching.asking import FEW as FEW_IN_PLAY
from kb_index.matching.asking import Question, choose_question, lay_out
from kb_index.matching.columns import Column
from kb_index.matching.rules import Asked, Condition, Rank, Rule
from kb_index.matching.slots import (
    Slots,
    add_slot,
    both,
    count,
    drop_slot,
    holds_slot,
    members_of,
    slots_of,
    union,
    without,
)
from kb_index.matching.texts import Analyse, TextIndex
from kb_index.matching.windows import Windows

FEW = 64  # conditions that are quicker sorted than looked for in every class


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A rule, the condition that holds best (or nearly does), and where that puts the rule."""

    rule: Rule
    condition: int
    rank: Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one question found: conditions that hold; those that may; those that miss one dimension only."""

    held: Slots
    possible: Slots
    near: Slots
    scores: Mapping[int, float]  # of conditions with texts


class RuleIndex:
    """Rules by id, replaced and removed one by one. Looking changes nothing."""

    def __init__(self, analyse: Analyse, *, threshold: float) -> None:
        self.texts = TextIndex(analyse, threshold)
        self.columns: dict[str, Column] = {}
        self._classes: dict[tuple[int, int], Slots] = {}  # by the first two parts of a rank
        self._order: list[tuple[int, int]] = []  # the classes that there are, sorted
        self.revision = 0  # what was found before a change says nothing after it
        self._rules: dict[str, tuple[Rule, tuple[int, ...]]] = {}
        self._at: list[tuple[Rule, int] | None] = []  # by slot: the rule and the number of its condition
        self._free: list[int] = []
        self._all: Slots = {}
        self._units: dict[str, Slots] = {}
        self._texted: Slots = {}
        self._windows = Windows()

    def __len__(self) -> int:
        return len(self._rules)

    def find(self, rule: str) -> Rule | None:
        entry = self._rules.get(rule)
        return None if entry is None else entry[0]

    def load(self, rules: Iterable[Rule]) -> None:
        """Put many at once: found by what is rare among all of them."""
        listed = list(rules)
        for rule in listed:
            for condition in rule.conditions:
                self.texts.learn(condition.texts)
        for rule in listed:
            self._put(rule)

    def put(self, rule: Rule) -> None:
        """Add the rule, or replace the one with its id."""
        for condition in rule.conditions:
            self.texts.learn(condition.texts)
        self._put(rule)

    def remove(self, rule: str) -> None:
        """Nothing happens where there is no such rule."""
        entry = self._rules.pop(rule, None)
        if entry is None:
            return
        self.revision += 1
        gone, slots = entry
        for slot, condition in zip(slots, gone.conditions, strict=True):
            self._drop(slot, gone, condition)

    def look(self, asked: Asked) -> Look:
        open_now = self._windows.cut(self._of_units(asked.units), asked.at)
        scores = self._scores(asked.question)
        texts_fail = without(self._texted, slots_of(scores)) if self._texted else {}
        return self._cut(asked, without(open_now, texts_fail), scores)

    def best(self, look: Look, *, limit: int) -> list[Found]:
        """The rules that hold, in their order, cut in that order."""
        return self._ranked(look.held, look.scores, limit)

    def alternatives(self, look: Look, rule: str) -> list[Found]:
        """The conditions of one rule that hold, the best first."""
        slots = [slot for slot in self._rules[rule][1] if holds_slot(look.held, slot)]
        found = [self._found(slot, self.at(slot)[1], look.scores.get(slot, 1.0)) for slot in slots]
        return sorted(found, key=lambda one: (one.rank, one.condition))

    def nearest(self, look: Look, *, limit: int) -> list[Found]:
        """Rules that miss one dimension, in the order they would have."""
        return self._ranked(look.near, look.scores, limit)

    def ask(self, look: Look, asked: Asked, *, above: Rank | None) -> Question | None:
        """What to ask next; None if no answer could bring a rule before `above` (None: no rule holds yet)."""
        in_play = look.possible if above is None else self._ahead(look, above)
        if count(in_play) > FEW_IN_PLAY:
            return choose_question(in_play, self.columns, asked.dimensions.keys())
        ways = [rule.conditions[number] for rule, number in map(self.at, members_of(in_play))]
        return choose_question(*lay_out(ways), asked.dimensions.keys())

    def at(self, slot: int) -> tuple[Rule, int]:
        entry = self._at[slot]
        assert entry is not None, "a slot that was found is taken"
        return entry

    def slots_of_unit(self, unit: str) -> Slots:
        return self._units.get(unit, {})

    # ------------------------------------------------------------------ looking
    def _of_units(self, units: Collection[str] | None) -> Slots:
        if units is None:
            return self._all
        chosen = [self._units[unit] for unit in units if unit in self._units]
        return union(chosen) if chosen else {}

    def _scores(self, question: str | None) -> dict[int, float]:
        if question is None or not self._texted:
            return {}
        return self.texts.holding(self.texts.analyse(question))

    def _cut(self, asked: Asked, alive: Slots, scores: Mapping[int, float]) -> Look:
        columns = [
            (column.named, None if (key := asked.dimensions.get(name)) is None else column.holding(key))
            for name, column in self.columns.items()
        ]
        held: Slots = {}
        possible: Slots = {}
        near: Slots = {}
        for chunk, bits in alive.items():
            missed = twice = failed = 0
            for named, parts in columns:
                miss = named.get(chunk, 0)
                if not miss:
                    continue
                if parts is not None:
                    for part in parts:
                        miss &= ~part.get(chunk, 0)
                    failed |= miss
                twice |= missed & miss
                missed |= miss
            if kept := bits & ~missed:
                held[chunk] = kept
            if kept := bits & missed & ~failed:
                possible[chunk] = kept
            if kept := bits & missed & ~twice:
                near[chunk] = kept
        return Look(held=held, possible=possible, near=near, scores=scores)

    def _ranked(self, slots: Slots, scores: Mapping[int, float], limit: int) -> list[Found]:
        """Class by class, so that what comes after the limit is not looked at."""
        found: dict[str, Found] = {}
        for cut in self._in_classes(slots):
            members = [(-scores.get(slot, 1.0), *self._key(slot), slot) for slot in members_of(cut)]
            for negated, rule, number, slot in sorted(members):
                if rule not in found:
                    found[rule] = self._found(slot, number, -negated)
                if len(found) == limit:
                    return list(found.values())
        return list(found.values())

    def _in_classes(self, slots: Slots) -> Iterator[Slots]:
        if count(slots) > FEW:
            yield from filter(None, (both(slots, self._classes[place]) for place in self._order))
            return
        cut: dict[tuple[int, int], list[int]] = {}
        for slot in members_of(slots):
            rule, number = self.at(slot)
            cut.setdefault(_class_of(rule, rule.conditions[number]), []).append(slot)
        yield from (slots_of(cut[place]) for place in sorted(cut))

    def _key(self, slot: int) -> tuple[str, int]:
        rule, number = self.at(slot)
        return rule.id, number

    def _found(self, slot: int, number: int, score: float) -> Found:
        rule, _ = self.at(slot)
        return Found(rule=rule, condition=number, rank=Rank.of(rule, rule.conditions[number], score))

    def _ahead(self, look: Look, above: Rank) -> Slots:
        """Of other rules, what may hold and would stand before `above`; not what only its id puts there."""
        ahead = [slots for place, slots in self._classes.items() if place < above[:2]]
        if above.text_score > -1:  # among its equals a closer text goes first; without texts that is 1
            equals = both(look.possible, self._classes.get(above[:2], {}))
            closer = (slot for slot in members_of(equals) if -look.scores.get(slot, 1.0) < above.text_score)
            ahead.append(slots_of(closer))
        own = slots_of(self._rules[above.rule][1]) if above.rule in self._rules else {}
        return without(both(look.possible, union(ahead)), own) if ahead else {}

    # ------------------------------------------------------------------ changing
    def _put(self, rule: Rule) -> None:
        self.remove(rule.id)
        self.revision += 1
        slots = tuple(self._add(rule, number) for number in range(len(rule.conditions)))
        self._rules[rule.id] = (rule, slots)

    def _add(self, rule: Rule, number: int) -> int:
        condition = rule.conditions[number]
        if self._free:
            slot = self._free.pop()
            self._at[slot] = (rule, number)
        else:
            slot = len(self._at)
            self._at.append((rule, number))
        add_slot(self._all, slot)
        add_slot(self._units.setdefault(rule.unit, {}), slot)
        self._classify(slot, _class_of(rule, condition))
        self._windows.add(slot, opens=rule.opens, closes=rule.closes)
        for name, predicate in condition.asks:
            self.columns.setdefault(name, Column()).add(predicate, slot)
        if condition.texts:
            add_slot(self._texted, slot)
            self.texts.add(slot, condition.texts)
        return slot

    def _classify(self, slot: int, place: tuple[int, int]) -> None:
        if place not in self._classes:
            self._classes[place] = {}
            insort(self._order, place)
        add_slot(self._classes[place], slot)

    def _declassify(self, slot: int, place: tuple[int, int]) -> None:
        drop_slot(self._classes[place], slot)
        if not self._classes[place]:
            del self._classes[place]
            self._order.remove(place)

    def _drop(self, slot: int, rule: Rule, condition: Condition) -> None:
        self._at[slot] = None
        self._free.append(slot)
        drop_slot(self._all, slot)
        drop_slot(self._units[rule.unit], slot)
        self._declassify(slot, _class_of(rule, condition))
        self._windows.drop(slot)
        for name, predicate in condition.asks:
            self.columns[name].drop(predicate, slot)
            if not self.columns[name].named:
                del self.columns[name]
        if condition.texts:
            drop_slot(self._texted, slot)
            self.texts.drop(slot)


def _class_of(rule: Rule, condition: Condition) -> tuple[int, int]:
    return -rule.priority, -condition.specificity
