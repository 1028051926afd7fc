"""No expression that the check accepts takes long or much, whatever the values; hopeless ones are refused."""

import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from engine.expr import Expression, ExprFault, check_expression, compile_expression
from tests.engine.expr import VARIABLES
from tests.processor_time import least_cpu_ms

MAX_CPU_MS = 10
MAX_BYTES = 8_000_000

LONG = "a" * 65_536
NAMES = [f"name {number} ".ljust(60, "x") for number in range(1_000)]
HOSTILE: dict[str, object] = {
    "this": {
        "id": "x",
        "status": LONG,
        "count": 3,
        "total": 2.0,
        "paid": True,
        "items": [{"name": name, "price": 1, "count": 1, "owner": {"id": 1}} for name in NAMES],
        "numbers": list(range(1_000)),
        "prices": list(range(1_000)),
        "tags": NAMES,
        "parent": {"status": LONG, "tags": [*NAMES]},
        "extra": [[LONG] * 1_000] * 1_000,
    },
    "args": {"q": "a" * 30_000 + "b", "limit": 1},
    "context": {"subject": LONG, "roles": NAMES, "claims": {"text": "中" * 65_536}},
}


@pytest.mark.parametrize(
    "source",
    [
        "this.__class__.__mro__",
        "''.__class__",
        "this.status.__len__()",
        "__import__('os')",
        "context.__init__",
    ],
)
def test_attribute_walks_meet_unknown_names(source: str) -> None:
    assert check_expression(source, VARIABLES)


@pytest.mark.parametrize("source", ["context.claims.__class__", "this.extra['__class__']"])
def test_attribute_walks_into_plain_json_find_nothing(source: str) -> None:
    expression = compile_expression(source, VARIABLES)
    assert expression.evaluate({"this": {"extra": {}}, "context": {"claims": {}}}) is None


@pytest.mark.parametrize(
    "source",
    [
        "(" * 500 + "1" + ")" * 500,
        "[" * 500 + "1" + "]" * 500,
        "{'a':" * 300 + "1" + "}" * 300,
        "-" * 1_999 + "1",
        "!" * 1_999 + "true",
        "1" + "+1" * 900,
        "this" + ".parent" * 280,
        "[1]" + "[0]" * 600,
        "true ? 1 : " * 180 + "1",
        "size(" * 300 + "'a'" + ")" * 300,
        "'" + "a" * 3_000 + "'",
        "中" * 700,
        "this.tags.map(a, this.tags.map(b, a))",
        "this.tags.map(a, this.parent.tags.exists(b, a == b))",
        "this.items.filter(i, this.items.exists(j, j.name == i.name))",
        "this.tags.filter(t, t in this.parent.tags)",
        "this.numbers.exists(n, this.numbers == [n])",
        "this.items.map(i, i.name.matches('a'))",
        "this.extra.exists(i, i.exists(j, j == 'b'))",
        "[1, 2, 3].map(a, this.numbers.map(b, this.numbers.map(c, c)))",
    ],
)
def test_hopeless_expressions_are_refused_fast(source: str) -> None:
    problems = check_expression(source, VARIABLES)
    assert [problem.code for problem in problems] == ["EXPR_TOO_COSTLY"]
    assert least_cpu_ms(lambda: check_expression(source, VARIABLES), enough_ms=MAX_CPU_MS) <= MAX_CPU_MS


def _as_many_as_fit(before: str, term: str, after: str, *, separator: str) -> str:
    """The longest such expression that the check accepts."""
    accepted = before + term + after
    for count in range(2, 400):
        longer = before + separator.join([term] * count) + after
        if check_expression(longer, VARIABLES):
            break
        accepted = longer
    return accepted


WORST = [
    ("this.items.all(i, ", "i.price >= 0.0", ")", " && "),
    ("this.items.map(i, ", "i.price", ")", " + "),
    ("this.items.map(i, {'a': [", "i", "]})", ", "),
    ("this.items.map(i, ", "i.name", ")", " + "),
    ("this.items.map(i, [", "i.name", "].join())", ", "),
    ("this.items.filter(i, ", "i.name.upperAscii() != 'x'", ")", " && "),
    ("this.items.all(i, ", "i.name.startsWith(args.q) == false", ")", " && "),
    ("this.items.all(i, ", "i != {}", ")", " && "),
    ("this.items.all(i, ", "i != this.parent", ")", " && "),
    ("this.items.all(i, ", "i.price in [-1.0, -2.0]  == false", ")", " && "),
    ("this.tags.all(t, ", "t != args.q", ")", " && "),
    ("this.numbers.all(n, ", "this.extra != n", ")", " && "),
    ("this.numbers.all(n, ", "1 / 0 == n", ")", " && "),
    ("", "this.items.exists(i, i.price < 0.0)", "", " || "),
    ("", "this.status.upperAscii() == 'x'", "", " || "),
    ("", "this.status.replace('a', 'b') == 'x'", "", " || "),
    ("", "this.status.replace('', this.status) == 'x'", "", " || "),
    ("", "context.claims.text.trim() == 'x'", "", " || "),
    ("", "this.status.split('') == []", "", " || "),
    ("", "this.status.contains(args.q)", "", " || "),
    ("", "this.status.lastIndexOf(args.q) == 1", "", " || "),
    ("", f"args.q.contains('{'a' * 98}b')", "", " || "),
    ("", "this.status.matches('(x+x+)+y')", "", " || "),
    ("", "this.parent.tags.sort() == []", "", " || "),
    ("", "this.tags.distinct() == []", "", " || "),
    ("", "this.tags == this.parent.tags", "", " || "),
    ("", "this.extra == [this.extra]", "", " || "),
    ("", "this.prices.sum() < 0.0", "", " || "),
    ("", "'a' in this.tags", "", " || "),
    ("", "this.tags.join('') == ''", "", " || "),
    ("", "'%.99f'.format([1e308]) == 'a'", "", " || "),
    ("[", "this.tags", "]", ", "),
    ("[", "this.extra", "].flatten()", ", "),
    ("", "this.status", "", " + "),
    ("this.status + ", "'x'", "", " + "),
    ("1", "9", "", " * "),
    ("'a'.replace('', '", "aaaaaaaaaa", "')", ""),
    ("[1, 2, 3].map(a, ", "[1, 2, 3].map(b, [1, 2, 3].map(c, [1, 2, 3].map(d, a)))", ")", " + "),
]


@pytest.mark.parametrize(("before", "term", "after", "separator"), WORST)
def test_the_worst_accepted_expression_is_bounded(before: str, term: str, after: str, separator: str) -> None:
    expression = compile_expression(_as_many_as_fit(before, term, after, separator=separator), VARIABLES)
    evaluate = _evaluating(expression, HOSTILE)
    spent_ms = least_cpu_ms(evaluate, enough_ms=MAX_CPU_MS)
    tracemalloc.start()
    evaluate()
    held_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{spent_ms:.2f} ms, {held_bytes / 1e6:.2f} MB: {expression.source[:60]}")
    assert spent_ms <= MAX_CPU_MS
    assert held_bytes < MAX_BYTES


def _evaluating(expression: Expression, bindings: Mapping[str, object]) -> Callable[[], None]:
    """Ends with a value or with a fault."""

    def evaluate() -> None:
        with suppress(ExprFault):
            expression.evaluate(bindings)

    return evaluate


PATTERNS = [
    "(x+x+)+y",
    ".{150}z",
    "(.{10}){9}z",
    "(a?){300}b",
    "[a-e][^u-z]{13}x",
    r"\pL{40}9",
    "(.*)(.*)(.*)(.*)(.*)[^a]",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("text", ["a" * 65_536, "中" * 4_096, "abcde" * 100], ids=["long", "wide", "short"])
def test_hostile_patterns_are_bounded(pattern: str, text: str) -> None:
    source = f"args.q.matches('{pattern}')"
    if check_expression(source.replace("\\", "\\\\"), VARIABLES):
        return  # too large a pattern, refused before any text is met
    expression = compile_expression(source.replace("\\", "\\\\"), VARIABLES)
    evaluate = _evaluating(expression, {"args": {"q": text}})
    assert least_cpu_ms(evaluate, enough_ms=MAX_CPU_MS) <= MAX_CPU_MS


def test_honest_work_on_a_full_list_is_done() -> None:
    source = "this.items.filter(i, i.price > 0.5 && i.name.startsWith('name') && i.count in [1, 2]).size()"
    assert compile_expression(source, VARIABLES).evaluate(HOSTILE) == 1_000
    assert compile_expression("'name 3' in this.tags", VARIABLES).evaluate(HOSTILE) is False
    assert compile_expression("args.q.matches('^a+b$')", VARIABLES).evaluate({"args": {"q": "aab"}}) is True


def test_a_list_too_long_to_walk_is_a_fault_but_can_be_counted() -> None:
    bindings = {"this": {"numbers": list(range(1_001))}}
    assert compile_expression("this.numbers.size()", VARIABLES).evaluate(bindings) == 1_001
    with pytest.raises(ExprFault, match="more than 1000 items"):
        compile_expression("this.numbers.map(n, n)", VARIABLES).evaluate(bindings)


def test_running_out_of_work_is_not_stepped_over() -> None:
    source = "this.status.replace('a', 'b') == 'x' || " * 25 + "true"
    with pytest.raises(ExprFault, match="too much work"):
        compile_expression(source, VARIABLES).evaluate(HOSTILE)
