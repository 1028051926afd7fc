"""Times solution matching in this process: W8's questions on the index, in processor time.

    python -m bench.match_driver 100000 20000     # rules, questions

prints the median and the 99th percentile in milliseconds. That what is found is right is held by the tests of
`kb_index/matching`.
"""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from kb_index.matching import Asked, Condition, OneOf, Predicate, Range, Rule, RuleIndex, Under, key_of
from kb_index.matching.values import Key

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = 5  # solutions asked for, as the API's default
SIZES = {"city": 300, "product": 40, "channel": 6, "orderStatus": 8, "level": 5, "topic": 200, "vip": 2}
VERBS = ("open", "pay", "cancel", "find", "change", "return", "report", "renew", "lock", "book")
THINGS = tuple(f"thing{number}" for number in range(500))


def main(rules: int, questions: int) -> None:
    source = random.Random(rules)
    index = RuleIndex(_terms, threshold=0.6)
    index.load(make_rules(source, rules))
    spent: list[float] = []
    for asked in make_questions(source, questions):
        began = time.process_time()
        look = index.look(asked)
        found = index.best(look, limit=FIRST)
        index.ask(look, asked, above=found[0].rank if found else None)
        index.nearest(look, limit=FIRST)
        spent.append(1_000 * (time.process_time() - began))
    spent.sort()
    print(f"{spent[len(spent) // 2]:.3f} {spent[len(spent) * 99 // 100]:.3f}")


def make_rules(source: random.Random, count: int) -> Iterator[Rule]:
    """As operators write them: a few dimensions, some ranges, paths and texts, ten priorities."""
    for number in range(count):
        names = source.sample(list(SIZES), source.choice([1, 2, 2, 3, 3, 4]))
        dimensions: dict[str, Predicate] = {name: _some_of(source, name) for name in names}
        if source.random() < 0.1:
            low = source.randrange(0, 10_000)
            dimensions["amount"] = Range(low=_key(low), high=_key(low + 100), high_open=True)
        if source.random() < 0.1:
            dimensions["region"] = Under(f"cn/r{source.randrange(30)}")
        texts = (_text(source), _text(source)) if source.random() < 0.4 else ()
        condition = Condition(dimensions=dimensions, texts=texts)
        yield Rule(
            id=f"{number:08d}", unit=f"u{number % 5}", priority=source.randrange(10), conditions=(condition,)
        )


def make_questions(source: random.Random, count: int) -> Iterator[Asked]:
    for _ in range(count):
        names = source.sample(list(SIZES), source.randrange(0, len(SIZES) + 1))
        known = {name: _key(_value(source, name)) for name in names}
        if source.random() < 0.5:
            known["amount"] = _key(source.randrange(0, 10_000))
            known["region"] = _key(f"cn/r{source.randrange(30)}/c{source.randrange(9)}")
        yield Asked(dimensions=known, question=_text(source) if source.random() < 0.7 else None, at=NOW)


def _some_of(source: random.Random, name: str) -> OneOf:
    return OneOf(frozenset(_key(_value(source, name)) for _ in range(source.choice([1, 1, 1, 2, 3]))))


def _value(source: random.Random, name: str) -> str | int | bool:
    """Some values are much more frequent than others."""
    drawn = min(int(source.expovariate(4 / SIZES[name])), SIZES[name] - 1)
    return drawn if name == "orderStatus" else bool(drawn) if name == "vip" else f"{name}{drawn}"


def _text(source: random.Random) -> str:
    return " ".join([source.choice(VERBS), *source.sample(THINGS, source.choice([1, 2, 3]))])


def _terms(text: str) -> dict[str, float]:
    return dict.fromkeys(text.split(), 1.0)


def _key(value: str | int | bool) -> Key:
    key = key_of(value)
    assert key is not None
    return key


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
