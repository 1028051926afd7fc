"""Every method: what it gives, and that a value it has no answer for is an issue and nothing else."""

import pytest

from engine.resource.mapping import Issues, parse_selection
from engine.resource.mapping.methods import METHODS

USERS = [{"n": "a", "on": True}, {"n": "b", "on": False}, {"n": "c", "on": True}]

ANSWERS: list[tuple[str, object, object]] = [
    ("echo({ v: @ })", 1, {"v": 1}),
    ("map(@->add(1))", [1, 2], [2, 3]),
    ("map(@->add(1))", 27, [28]),
    ("map(@)", None, None),
    ("map(@.n)", USERS, ["a", "b", "c"]),
    ("match(['a', 1], [@, 2])", "a", 1),
    ("match(['a', 1], [@, 2])", "b", 2),
    ("match(['a', 1], [2])", "b", 2),
    ("match([null, 'none'], [@, 'some'])", None, "none"),
    ("match([1, 'one'])", 1.0, "one"),
    ("filter(@.on)", USERS, [USERS[0], USERS[2]]),
    ("filter(@->gt(1))", [1, 2, 3], [2, 3]),
    ("filter(@->gt(1))", 2, [2]),
    ("filter(@)", None, None),
    ("find(@.on->not)", USERS, USERS[1]),
    ("find(@->gt(5))", [1], None),
    ("first", [1, 2], 1),
    ("first", "é1", "é"),
    ("first", [], None),
    ("first", {"a": 1}, {"a": 1}),
    ("last", [1, 2], 2),
    ("last", "", None),
    ("get(1)", [1, 2], 2),
    ("get(-1)", "abc", "c"),
    ("get('a')", {"a": 1}, 1),
    ("slice(1)", [1, 2, 3], [2, 3]),
    ("slice(0, -1)", "abc", "ab"),
    ("slice(5, 9)", [1], []),
    ("size", [1, 2], 2),
    ("size", {"a": 1}, 1),
    ("size", "日本", 2),
    ("entries", {"a": 1}, [{"key": "a", "value": 1}]),
    ("entries.key", {"a": 1, "b": 2}, ["a", "b"]),
    ("eq(1)", 1.0, True),
    ("eq(1)", True, False),
    ("eq([{ a: 1 }])", [{"a": 1}], True),
    ("ne('a')", "b", True),
    ("gt(1)", 2, True),
    ("gte('b')", "b", True),
    ("lt(1.5)", 1, True),
    ("lte('a')", "b", False),
    ("and(true, true)", True, True),
    ("and(false, 'never looked at')", True, False),
    ("or(true, 'never looked at')", False, True),
    ("or(false)", False, False),
    ("not", False, True),
    ("in([1, 2])", 2, True),
    ("contains(2)", [1, 2], True),
    ("contains('b')", "abc", True),
    ("contains({ a: 1 })", [{"a": 1}], True),
    ("add(1, 2)", 1.5, 4.5),
    ("sub(1)->sub(1)", 5, 3),
    ("mul(2)", 9_223_372_036_854_775_807, 1.8446744073709552e19),
    ("div(2)", 6, 3),
    ("div(4)", 6, 1.5),
    ("mod(3)", -7, -1),
    ("mod(0.5)", 1.75, 0.25),
    ("parseInt", " 12 ", 12),
    ("parseInt(16)", "fF", 255),
    ("parseInt", -3.9, -3),
    ("toNumber", "-1.5e3", -1500.0),
    ("toNumber", "42", 42),
    ("toNumber", 7, 7),
    ("upper", "straße", "STRASSE"),
    ("lower", "ÀB", "àb"),
    ("trim", "\u3000 a \n", "a"),
    ("trimStart", " a ", "a "),
    ("trimEnd", " a ", " a"),
    ("split(',')", "a,b,", ["a", "b", ""]),
    ("split(',', 2)", "a,b,c", ["a", "b"]),
    ("split('')", "ab", ["a", "b"]),
    ("split('.')", "a.b", ["a", "b"]),
    ("replace('.', '')", "a.b.c", "abc"),
    ("substring(1, 3)", "abcd", "bc"),
    ("substring(-2)", "abcd", "cd"),
    ("toString", 1.0, "1.0"),
    ("toString", 12, "12"),
    ("toString", True, "true"),
    ("toString", None, ""),
    ("joinNotNull(',')", ["a", None, 1, True], "a,1,true"),
    ("joinNotNull(',')", "a", "a"),
    ("jsonParse", '{"a":[1]}', {"a": [1]}),
    ("jsonParse.a->first", '{"a":[1]}', 1),
    ("jsonStringify", {"a": [1, None]}, '{"a":[1,null]}'),
    ("formatDate", 0, "1970-01-01T00:00:00Z"),
    ("formatDate('datetime', '+08:00')", 1_700_000_000, "2023-11-15 06:13:20"),
    ("formatDate('datetime', '+08:00')", 1_700_000_000_123, "2023-11-15 06:13:20"),
    ("formatDate('iso', 'Asia/Shanghai')", "2023-11-15T06:13:20.5+08:00", "2023-11-15T06:13:20+08:00"),
    ("formatDate('%d.%m.%y %I:%M:%S.%L %z %j %u %%', '-03:30')", "2024-02-29T00:00:00.25Z",
     "28.02.24 08:30:00.250 -03:30 059 3 %"),
    ("formatDate('date')", "2024-02-29", "2024-02-29"),
    ("formatDate('%s')", "1970-01-02", "86400"),
    ("as($x, @.n)->echo($x)", {"n": 1}, 1),
]  # fmt: skip


@pytest.mark.parametrize(("call", "subject", "expected"), ANSWERS)
def test_a_method_gives(call: str, subject: object, expected: object) -> None:
    issues = Issues()

    given = parse_selection(f"x: $.v->{call}").compile()({"v": subject}, {}, issues)

    assert given == {"x": expected}
    assert repr(given) == repr({"x": expected})  # true is not 1, 1 is not 1.0
    assert issues.count == 0


MISFITS: list[tuple[str, object, str]] = [
    ("match([1, 2])", 3, "has no pair"),
    ("filter(@.n)", USERS, "true or false"),
    ("find(@.n)", USERS, "true or false"),
    ("get(2)", [1], "out of range"),
    ("get('a')", {}, "no such property"),
    ("get('a')", [1], "integer index"),
    ("get(1)", {"a": 1}, "takes an index"),
    ("slice(0)", 5, "a list or a string"),
    ("slice('a')", [1], "integers as start and end"),
    ("size", 5, "needs a list"),
    ("size", None, "not a null"),
    ("entries", [1], "needs an object"),
    ("gt('a')", 1, "compares two numbers or two strings"),
    ("lt(1)", True, "compares two numbers"),
    ("and(1)", True, "needs booleans"),
    ("or($.lost)", False, "missing value"),
    ("not", 0, "needs a boolean"),
    ("in(1)", 1, "a list to look in"),
    ("contains(1)", 1, "needs a list"),
    ("add('1')", 1, "needs numbers"),
    ("add(1)", True, "needs numbers"),
    ("mul(1.5)", 1.7e308, "out of range"),
    ("div(0)", 1, "divides by zero"),
    ("mod(0)", 1.5, "divides by zero"),
    ("parseInt", "1_000", "an integer of base 10"),
    ("parseInt", "١", "an integer of base 10"),
    ("parseInt(37)", "1", "base from 2 to 36"),
    ("toNumber", "0x10", "writes a number"),
    ("toNumber", "1e999", "out of range"),
    ("toNumber", "", "writes a number"),
    ("upper", 1, "needs a string, not a number"),
    ("trim", None, "not a null"),
    ("split(1)", "a", "a string as separator"),
    ("split(',', 0)", "a", "positive integer"),
    ("replace('', 'x')", "a", "not empty"),
    ("replace('a', @)", "a" * 2_000, "more than 1,000,000 characters"),
    ("substring('a')", "abc", "integers"),
    ("toString", [1], "->jsonStringify"),
    ("joinNotNull(',')", [[1]], "joins scalars"),
    ("joinNotNull(@->jsonStringify)", list(range(1_000)), "more than 1,000,000 characters"),
    ("jsonParse", "{", "holds JSON"),
    ("jsonParse", 1, "needs a string"),
    ("formatDate", "yesterday", "ISO 8601"),
    ("formatDate", 1e300, "seconds since 1970"),
    ("formatDate", None, "not a null"),
    ("formatDate('iso', '+14:00')", "9999-12-31T23:00:00Z", "ISO 8601"),
]


@pytest.mark.parametrize(("call", "subject", "message"), MISFITS)
def test_a_method_that_meets_a_misfit_gives_null_and_an_issue(
    call: str, subject: object, message: str
) -> None:
    issues = Issues()

    given = parse_selection(f"x: $.v->{call}").compile()({"v": subject}, {}, issues)

    assert given == {"x": None}
    (issue,) = [each for each in issues.details if each.message.startswith("->")]
    assert issue.path == "x"
    assert message in issue.message


@pytest.mark.parametrize("call", ["jsonStringify", "eq({0})", "in([{0}])", "match([{0}, 1])"])
def test_values_with_too_many_parts_are_neither_compared_nor_written(call: str) -> None:
    doubled = "->echo([@, @])" * 16
    issues = Issues()
    text = f"x: $.v{doubled}->{call.format('$.w' + doubled)}"

    given = parse_selection(text).compile()({"v": [0] * 8, "w": [0] * 8}, {}, issues)

    assert given == {"x": None}
    assert "too many parts" in issues.details[0].message


def test_every_method_is_tested_both_ways() -> None:
    tested = {call.split("(")[0].split(".")[0].split("-")[0] for call, *_ in ANSWERS}
    misfit = {call.split("(")[0] for call, *_ in MISFITS}
    same_code_as_another = {"last", "ne", "gte", "lte", "lower", "trimStart", "trimEnd", "sub"}
    never_misfit = {"echo", "map", "first", "eq", "jsonStringify"}  # but for values with too many parts

    assert tested == {*METHODS, "as"}
    assert misfit | same_code_as_another | never_misfit == set(METHODS)
