"""Matching by reading every rule: what the index must equal, written as the words of the design."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb_index.matching import Asked, Condition, Found, Key, OneOf, Predicate, Range, Rank, Rule, Under, judge
from kb_index.matching.texts import share_of

THRESHOLD = 0.6


def words(text: str) -> Mapping[str, float]:
    """Terms of a text: its words once, its pairs of words half."""
    parts = text.split()
    return {**dict.fromkeys(parts, 1.0), **{f"{a} {b}": 0.5 for a, b in itertools.pairwise(parts)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    rules: Sequence[Rule]

    def best(self, asked: Asked) -> list[Found]:
        found = [one for rule in self.rules if (one := self._holding(rule, asked)) is not None]
        return sorted(found, key=lambda one: one.rank)

    def near(self, asked: Asked) -> set[tuple[str, int]]:
        """Conditions that miss one dimension only."""
        missing: set[tuple[str, int]] = set()
        for rule, number, condition, _ in self._alive(asked):
            verdict = judge(condition, asked.dimensions)
            if len(verdict.failed) + len(verdict.unknown) == 1:
                missing.add((rule.id, number))
        return missing

    def ask(self, asked: Asked) -> tuple[str, set[str]] | None:
        """The dimension, and what conditions in play ask of it."""
        first = next(iter(self.best(asked)), None)
        in_play: list[Condition] = []
        for rule, _, condition, score in self._alive(asked):
            verdict = judge(condition, asked.dimensions)
            ahead = first is None or (
                rule.id != first.rule.id and Rank.of(rule, condition, score)[:3] < first.rank[:3]
            )
            if verdict.unknown and not verdict.failed and ahead:
                in_play.append(condition)
        left = {name: _left(name, in_play) for name in _unknown(in_play, asked.dimensions)}
        if not left:
            return None
        chosen = min(left, key=lambda name: (left[name], name))
        return chosen, {_told(choice) for choice, _ in _choices(chosen, in_play)}

    def _holding(self, rule: Rule, asked: Asked) -> Found | None:
        found = [
            Found(rule=rule, condition=number, rank=Rank.of(rule, condition, score))
            for one, number, condition, score in self._alive(asked)
            if one is rule and judge(condition, asked.dimensions).holds
        ]
        return min(found, key=lambda one: (one.rank, one.condition), default=None)

    def _alive(self, asked: Asked) -> list[tuple[Rule, int, Condition, float]]:
        """Open conditions of rules that may be given, whose texts hold."""
        alive: list[tuple[Rule, int, Condition, float]] = []
        for rule in self.rules:
            if not rule.is_open(asked.at) or (asked.units is not None and rule.unit not in asked.units):
                continue
            for number, condition in enumerate(rule.conditions):
                score = score_of(condition, asked.question)
                if score >= THRESHOLD - 1e-9:
                    alive.append((rule, number, condition, score))
        return alive


def score_of(condition: Condition, question: str | None) -> float:
    if not condition.texts:
        return 1.0
    asked = words(question or "")
    return max(share_of(words(text), asked) for text in condition.texts)


def _unknown(conditions: Sequence[Condition], known: Mapping[str, Key]) -> set[str]:
    return {name for one in conditions for name in (*one.dimensions, *one.requires) if name not in known}


def _left(name: str, conditions: Sequence[Condition]) -> int:
    """How many conditions are left in play after the answer that leaves most."""
    silent = sum(name not in one.dimensions and name not in one.requires for one in conditions)
    holding = [sum(_satisfies(name, one, key) for one in conditions) for _, key in _choices(name, conditions)]
    return silent + max(holding, default=len(conditions) - silent)


def _satisfies(name: str, condition: Condition, key: Key) -> bool:
    if name in condition.dimensions:
        return condition.dimensions[name].holds(key)
    return name in condition.requires


def _choices(name: str, conditions: Sequence[Condition]) -> list[tuple[Predicate, Key]]:
    found: dict[str, tuple[Predicate, Key]] = {}
    for condition in conditions:
        match condition.dimensions.get(name):
            case OneOf(keys=keys):
                for key in keys:
                    found[_told(OneOf(frozenset({key})))] = (OneOf(frozenset({key})), key)
            case Under(path=path) as under:
                found[_told(under)] = (under, ("text", path))
            case Range() as span:
                found[_told(span)] = (span, span.inside)
            case None:
                pass
    return list(found.values())


def _told(choice: Predicate) -> str:
    return repr(choice)


def times(found: Sequence[object]) -> Counter[str]:
    return Counter(map(repr, found))
