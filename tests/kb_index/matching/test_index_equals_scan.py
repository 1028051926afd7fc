"""The index against a scan of all rules, on random rules, changes and questions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kb_index.matching import Asked, Rule, RuleIndex
from tests.kb_index.matching.random_rules import ASKED, RULES
from tests.kb_index.matching.scan import THRESHOLD, Scan, words


def index_of(rules: list[Rule]) -> RuleIndex:
    index = RuleIndex(words, threshold=THRESHOLD)
    for rule in rules:
        index.put(rule)
    return index


def scan_of(rules: list[Rule], *removed: str) -> Scan:
    last = {rule.id: rule for rule in rules}
    return Scan(rules=[rule for rule in last.values() if rule.id not in removed])


@given(rules=st.lists(RULES, max_size=25), asked=ASKED)
@settings(max_examples=300, deadline=None)
def test_the_same_rules_hold_in_the_same_order(rules: list[Rule], asked: Asked) -> None:
    index = index_of(rules)
    assert index.best(index.look(asked), limit=100) == scan_of(rules).best(asked)


@given(rules=st.lists(RULES, max_size=25), asked=ASKED)
@settings(max_examples=200, deadline=None)
def test_the_same_conditions_miss_one_dimension(rules: list[Rule], asked: Asked) -> None:
    index = index_of(rules)
    near = index.nearest(index.look(asked), limit=100)
    expected = scan_of(rules).near(asked)
    assert {one.rule.id for one in near} == {rule for rule, _ in expected}
    assert {(one.rule.id, one.condition) for one in near} <= expected


@given(rules=st.lists(RULES, max_size=25), asked=ASKED)
@settings(max_examples=300, deadline=None)
def test_the_same_dimension_is_asked_with_the_same_options(rules: list[Rule], asked: Asked) -> None:
    index = index_of(rules)
    look = index.look(asked)
    first = next(iter(index.best(look, limit=1)), None)
    question = index.ask(look, asked, above=None if first is None else first.rank)
    told = None if question is None else (question.dimension, set(map(repr, question.options)))
    assert told == scan_of(rules).ask(asked)


@given(
    rules=st.lists(RULES, max_size=20),
    later=st.lists(RULES, max_size=10),
    removed=st.lists(st.sampled_from([f"r{number}" for number in range(30)]), max_size=10),
    asked=ASKED,
)
@settings(max_examples=200, deadline=None)
def test_rules_replaced_and_removed_leave_nothing_behind(
    rules: list[Rule], later: list[Rule], removed: list[str], asked: Asked
) -> None:
    index = RuleIndex(words, threshold=THRESHOLD)
    index.load(scan_of(rules).rules)
    for rule in removed:
        index.remove(rule)
    for rule in later:
        index.put(rule)
    kept = list(scan_of(rules, *removed).rules)
    assert index.best(index.look(asked), limit=100) == scan_of([*kept, *later]).best(asked)


@given(rules=st.lists(RULES, max_size=25, unique_by=lambda rule: rule.id), asked=ASKED)
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_rules_came_changes_nothing(rules: list[Rule], asked: Asked) -> None:
    there, back = index_of(rules), index_of(rules[::-1])
    seen, again = there.look(asked), back.look(asked)
    assert there.best(seen, limit=5) == back.best(again, limit=5)
    assert there.nearest(seen, limit=5) == back.nearest(again, limit=5)
