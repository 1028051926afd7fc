"""What the check accepts raises nothing but ExprFault, whatever JSON it meets; any text can be checked."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expr import ExprFault, check_expression, compile_expression
from tests.engine.expr import VARIABLES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["", "open", "1", "-2.5", "\ud800", "\x00"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
ITEMS = st.lists(
    st.fixed_dictionaries({}, optional={"name": SCALARS, "price": SCALARS, "count": SCALARS, "owner": JSON})
    | JSON,
    max_size=4,
)
ORDERS = st.fixed_dictionaries(
    {},
    optional={
        "id": SCALARS,
        "status": SCALARS,
        "count": SCALARS,
        "total": SCALARS,
        "paid": SCALARS,
        "items": ITEMS | JSON,
        "numbers": st.lists(st.integers(-3, 3)) | JSON,
        "prices": st.lists(st.floats()) | JSON,
        "tags": st.lists(st.text(max_size=3)) | JSON,
        "parent": JSON,
        "extra": JSON,
    },
)
BINDINGS = st.fixed_dictionaries({}, optional={"this": ORDERS | JSON, "args": JSON, "context": JSON})

PIECES = [
    *[
        "this",
        "args",
        "context",
        "status",
        "count",
        "total",
        "paid",
        "items",
        "numbers",
        "prices",
        "tags",
        "extra",
    ],
    *[
        ".",
        ".",
        ".",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "&&",
        "||",
        "==",
    ],
    *[
        "<",
        "in",
        "1",
        "0",
        "1.5",
        "'a'",
        "null",
        "true",
        " ",
        "i",
        "map(i,",
        "exists(i,",
        "filter(i,",
        "size(",
    ],
    *["upperAscii()", "string(", "int(", "has(", "sum()", "join(", "split('')", "sort()", "format(["],
]
WHOLE = [
    "this.status + this.id",
    "this.count + args.limit",
    "this.count / args.limit - this.count % 3",
    "this.total * 1.5 / this.total",
    "this.items.map(i, i.price * 2.0)",
    "this.items.filter(i, i.count > this.count).map(i, i.name.upperAscii())",
    "this.items.exists(i, [1.0, 2.0].all(j, j < i.price))",
    "this.numbers.sum() + this.numbers[0]",
    "this.prices.max() > this.prices.sort()[0]",
    "this.tags.join(',').split(',').distinct().size()",
    "this.tags.sort().reverse().slice(0, 1)",
    "'%s %d %.2f'.format([this.status, this.count, this.total])",
    "this.extra.a[0].b == this.extra",
    "this.extra[args.q] + this.extra.x",
    "this.extra.map(e, e + 1).flatten()",
    "this.extra ? this.extra : -this.extra",
    "this.extra in this.extra || this.extra < this.extra",
    "string(this.extra) + string(int(this.extra)) + string(double(this.extra)) + string(bool(this.extra))",
    "size(this.extra) + this.extra.size()",
    "this.status.matches('^o.*n$') || this.status.contains(args.q)",
    "this.status.substring(this.count).replace(args.q, this.id)",
    "this.status.charAt(this.count) + string(this.status.indexOf(args.q, this.count))",
    "{'a': this, 'b': [this.items, context.claims]}",
    "has(this.parent.parent.id) ? this.parent.parent.id : this.id",
    "context.claims.x.y && 'a' in context.roles",
    "math.round(this.total) + math.sqrt(this.total) + math.floor(this.count)",
    "math.abs(this.count) + math.greatest(this.count, args.limit)",
]


def is_json(value: object) -> bool:
    match value:
        case None | bool() | int() | str():
            return True
        case float():
            return math.isfinite(value)
        case list():
            return all(is_json(item) for item in value)  # type: ignore[misc]  # a list of anything
        case dict():
            return all(type(key) is str and is_json(item) for key, item in value.items())  # type: ignore[misc]  # same
        case _:
            return False


def evaluate_and_judge(source: str, bindings: dict[str, object]) -> None:
    expression = compile_expression(source, VARIABLES)
    try:
        result = expression.evaluate(bindings)
    except ExprFault as fault:
        assert str(fault)  # noqa: PT017 - that nothing else is raised is the test
    else:
        assert is_json(result)


@settings(max_examples=1_000, deadline=None)
@given(source=st.sampled_from(WHOLE), bindings=BINDINGS)
def test_an_accepted_expression_raises_nothing_but_faults(source: str, bindings: dict[str, object]) -> None:
    evaluate_and_judge(source, bindings)


@settings(max_examples=1_500, deadline=None)
@given(source=st.lists(st.sampled_from(PIECES), max_size=12).map("".join), bindings=BINDINGS)
def test_any_text_is_either_refused_or_runs(source: str, bindings: dict[str, object]) -> None:
    problems = check_expression(source, VARIABLES)
    for problem in problems:
        assert problem.line >= 1
        assert problem.column >= 1
    if not problems:
        evaluate_and_judge(source, bindings)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_can_be_checked(source: str) -> None:
    check_expression(source, VARIABLES)


def test_every_whole_expression_checks() -> None:
    assert {source: check_expression(source, VARIABLES) for source in WHOLE} == {
        source: [] for source in WHOLE
    }
