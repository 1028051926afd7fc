"""What expressions give, and when they fault."""

import pytest

from engine.expr import ExprFault, compile_expression
from tests.engine.expr import VARIABLES

ORDER: dict[str, object] = {
    "id": 17,
    "status": "open",
    "count": 3,
    "total": 2,
    "paid": True,
    "items": [{"name": "bike", "price": 10, "count": 1}, {"name": "bell", "price": 2.5, "count": 4}],
    "numbers": [3, 1, 2, 3],
    "prices": [1, 2.5],
    "tags": ["b", "a", "中文"],
    "parent": None,
    "extra": {"a": 1, "deep": {"list": [1, {"x": None}]}, "none": None, "yes": True},
}
BINDINGS: dict[str, object] = {
    "this": ORDER,
    "args": {"q": "x"},
    "context": {"subject": "ann", "roles": frozenset({"agent"}), "claims": {"tier": "gold"}},
}


def evaluate(source: str) -> object:
    return compile_expression(source, VARIABLES).evaluate(BINDINGS)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("this.status.upperAscii() + '-x'", "OPEN-x"),
        ("this.id + '!'", "17!"),  # an ID is a string whatever JSON says
        ("this.total / 4.0", 0.5),  # a Float is a double even if JSON says 2
        ("this.prices.sum() + 0.5", 4.0),
        ("this.items.map(i, i.price * 2.0)", [20.0, 5.0]),
        ("this.items.map(i, i.count > 1, i.name)", ["bell"]),
        ("this.items.filter(i, i.price > 5.0).size()", 1),
        ("this.items.filter(i, i.name == 'bell')[0].count", 4),
        ("this.items.exists(i, i.count == 4)", True),
        ("this.items.all(i, i.count == 4)", False),
        ("this.items.exists_one(i, i.count == 4)", True),
        ("[[1, 2], [3]].map(row, row.map(x, x + 1))", [[2, 3], [4]]),
        ("'agent' in context.roles", True),
        ("context.claims.tier", "gold"),
        ("this.extra.deep.list[0]", 1),
        ("this.extra['deep']['list'][1].x == null", True),
        ("'a' in this.extra", True),
        ("this.parent == null ? 'root' : this.parent.id", "root"),
        ("has(this.parent)", False),
        ("has(this.parent.id)", False),
        ("has(this.extra.a) && !has(this.extra.b) && !has(this.extra.none)", True),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 / -2", -3),
        ("-9223372036854775808", -(2**63)),
        ("1 == 1.0", True),
        ("[1, {'a': 2.0}] == [1.0, {'a': 2}]", True),
        ("this.extra.yes == 1", False),
        ("1 in [1.0]", True),
        ("1 in [this.extra.yes]", False),
        ("this.count / 0 == 1 || true", True),
        ("this.count / 0 == 1 && false", False),
        ("[1, 0].exists(x, 1 / x == 1)", True),
        ("false < true && 'a' < 'b' && 1 < 1.5", True),
        ("{'id': this.id, 'tags': this.tags}", {"id": "17", "tags": ["b", "a", "中文"]}),
        ("size('中文')", 2),
        ("'中文'.size() == this.tags[2].size()", True),
        ("size({'a': 1})", 1),
        ("[1] + [2]", [1, 2]),
        ("dyn(1) + 1", 2),
        ("r'\\d' + '\\u0041\\x42\\103'", "\\dABC"),
        ("1 // not this\n+ 1", 2),
        ("!!this.paid", True),
        ("--this.count", 3),
        ("0x10 + 1", 17),
        ("this.count < 2 ? 'a' : this.count < 5 ? 'b' : 'c'", "b"),
    ],
)
def test_expressions_give(source: str, result: object) -> None:
    given = evaluate(source)
    assert given == result
    assert type(given) is type(result)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("this.count / 0", "division by zero"),
        ("this.count % 0", "division by zero"),
        ("1.0 / 0.0", "division by zero"),
        ("9223372036854775807 + this.count", "beyond 64 bits"),
        ("-(-9223372036854775808)", "beyond 64 bits"),
        ("this.numbers[9]", "index 9 is outside a list of 4"),
        ("this.numbers[-1]", "index -1 is outside"),
        ("this.extra.a.b", "int has no field 'b'"),
        ("this.extra.a + 1.5", "+ does not work on int and double"),
        ("this.extra.a ? 1 : 2", "a condition gave int"),
        ("this.extra.deep < 1", "< does not work on object and int"),
        ("this.extra.a.upperAscii()", "upperAscii() was given int"),
        ("[1, 0].all(x, 1 / x == 1)", "division by zero"),
        ("this.status.substring(2, 1)", "reaches outside"),
        ("int('12x')", "no whole number"),
        ("int(' 1')", "no whole number"),
        ("int('1_0')", "no whole number"),
        ("int(1e300)", "beyond 64 bits"),
        ("double('nan')", "no number"),
        ("1e308 * 10.0", "no finite number"),
        ("[].min()", "min() of an empty list"),
        ("{this.extra.a: 1}", "keys of an object are strings"),
    ],
)
def test_a_failure_over_values_that_are_there_is_a_fault(source: str, message: str) -> None:
    with pytest.raises(ExprFault) as caught:
        evaluate(source)
    assert message in str(caught.value)
    assert caught.value.code == "VALUE_ERROR"


@pytest.mark.parametrize(
    "source",
    [
        "this.parent.id",
        "this.parent.count + 1",
        "this.parent.id.upperAscii()",
        "args.limit + 1",  # absent
        "context.claims.region + 'x'",  # absent from plain JSON
        "this.extra.none.x",
        "this.parent.items.map(i, i.price)",
        "this.items.map(i, i.owner.count + 1)",  # absent from each item
    ],
)
def test_a_failure_over_null_is_null(source: str) -> None:
    assert evaluate(source) is None


def test_a_condition_over_null_does_not_hold() -> None:
    assert not compile_expression("this.parent.paid", VARIABLES).holds(BINDINGS)
    assert not compile_expression("this.parent.count > 1", VARIABLES).holds(BINDINGS)
    assert compile_expression("this.paid", VARIABLES).holds(BINDINGS)


def test_a_condition_that_is_no_bool_is_a_fault() -> None:
    with pytest.raises(ExprFault):
        compile_expression("this.extra.a", VARIABLES).holds(BINDINGS)


@pytest.mark.parametrize(
    ("source", "value", "message"),
    [
        ("this.count", "3", "int was declared, string was given"),
        ("this.count", 2**63, "beyond 64 bits"),
        ("this.count", True, "int was declared, bool was given"),
        ("this.count", 1.5, "int was declared, double was given"),
        ("this.total", "1.5", "double was declared, string was given"),
        ("this.paid", 1, "bool was declared, int was given"),
        ("this.status", 1.5, "string was declared, double was given"),
        ("this.status", "x" * 65_537, "longer than 65536 characters"),
        ("this.tags", "x", "list was declared, string was given"),
        ("this.parent", [], "object was declared, list was given"),
        ("this.extra", 2**63, "beyond 64 bits"),
    ],
)
def test_a_value_of_another_type_than_declared_is_a_fault(source: str, value: object, message: str) -> None:
    field = source.removeprefix("this.")
    with pytest.raises(ExprFault, match=message):
        compile_expression(source, VARIABLES).evaluate({"this": {**ORDER, field: value}})


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("this.status + args.q", {("this", "status"), ("args", "q")}),
        ("context.claims.x.y == 1", {("context", "claims", "x", "y")}),
        ("context.claims['x'] == 1", {("context", "claims", "x")}),
        ("this.parent == null ? '' : this.parent.id", {("this", "parent", "id")}),
        ("this.items.map(i, i.price)", {("this", "items", "price")}),
        ("this.items[0].owner.id", {("this", "items", "owner", "id")}),
        ("this.items.filter(i, i.count > 1).size()", {("this", "items", "count")}),
        ("context.claims[args.q].z", {("context", "claims"), ("args", "q")}),
        ("has(this.parent.id)", {("this", "parent", "id")}),
        ("size(this.tags)", {("this", "tags")}),
        ("1 + 1", set[tuple[str, ...]]()),
    ],
)
def test_paths_are_the_longest_that_are_read(source: str, paths: set[tuple[str, ...]]) -> None:
    assert compile_expression(source, VARIABLES).paths == paths


def test_an_expression_that_does_not_check_is_not_compiled() -> None:
    with pytest.raises(ValueError, match="EXPR_UNKNOWN_NAME: Order has no field 'nope'"):
        compile_expression("this.nope", VARIABLES)
