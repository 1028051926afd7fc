"""What the check finds, and what it lets pass."""

import pytest

from engine.expr import BOOL, DOUBLE, INT, STRING, ExprType, ListType, ObjectType, check_expression
from tests.engine.expr import VARIABLES


@pytest.mark.parametrize(
    "source",
    [
        "this.status",
        "this.status.upperAscii() + '-x'",
        "this.count > 3 ? 'many' : 'few'",
        "this.parent.parent.id == args.q",
        "this.items.filter(i, i.price > 10.0 && i.name.startsWith('x')).size()",
        "this.items.map(i, i.price * 2.0 + 1.0).sum()",
        "this.items.exists(i, i.owner.id == this.id)",
        "context.claims.tier == 'gold' || 'admin' in context.roles",
        "context.claims['x-y'].z",
        "{'id': this.id, 'rank': 1}",
        "[1, 2, 3].map(x, x * 2)",
        "this.count == null ? 0 : this.count",
        "has(this.parent.id)",
        "math.abs(this.total) // how far\n >= 1.5",
        "'%s: %.2f'.format([this.id, this.total])",
        r"r'\d' + '\u0041' + '''it's'''",
        "this.tags[0].matches('^a+$')",
        "size(this.tags) - -1",
        "1 < 1.5 && 1 == 1.0",
        "this.extra.a + 1",
    ],
)
def test_a_sound_expression_has_no_problems(source: str) -> None:
    assert check_expression(source, VARIABLES) == []


@pytest.mark.parametrize(
    ("source", "code", "message", "suggestion"),
    [
        ("this.statsu", "EXPR_UNKNOWN_NAME", "Order has no field 'statsu'", "status"),
        ("ths.status", "EXPR_UNKNOWN_NAME", "'ths' is not known here", "this"),
        ("this.status.uperAscii()", "EXPR_UNKNOWN_NAME", "there is no function uperAscii()", "upperAscii"),
        ("upperAscii(this.status)", "EXPR_UNKNOWN_NAME", "called otherwise", "write value.upperAscii()"),
        ("this.count.string()", "EXPR_UNKNOWN_NAME", "called otherwise", "write string(value)"),
        ("1.5 + 1", "EXPR_TYPE", "+ does not work on double and int", "write 1.0"),
        ("this.total * this.count", "EXPR_TYPE", "double and int", "write double(…) around the int"),
        ("this.total * 2", "EXPR_TYPE", "double and int", "write 2.0"),
        ("'a' + this.count", "EXPR_TYPE", "string and int", "write string(…) around the int"),
        ("this.id == 1", "EXPR_TYPE", "string and int are never equal", "write '1'"),
        ("this.items.name", "EXPR_TYPE", "a list has no field 'name'", "write .map(item, item.name)"),
        ("this.status.length", "EXPR_TYPE", "string has no field 'length'", None),
        ("this.count ? 1 : 2", "EXPR_TYPE", "? asks for bool, not int", None),
        ("this.status && true", "EXPR_TYPE", "&& asks for bool", None),
        ("!this.count", "EXPR_TYPE", "! negates bool", None),
        ("-this.status", "EXPR_TYPE", "- negates a number", None),
        ("null + 1", "EXPR_TYPE", "+ does not work on null and int", None),
        ("this.total % 2.0", "EXPR_TYPE", "% does not work", None),
        ("this.status < 3", "EXPR_TYPE", "cannot compare string with int", None),
        ("'a' in 'abc'", "EXPR_TYPE", "in looks into a list or an object", None),
        ("this.tags['a']", "EXPR_TYPE", "a list has no field 'a'", "write .map(item, item.a)"),
        ("this.tags[1.0]", "EXPR_TYPE", "a list is indexed by int", None),
        ("this[this.id]", "EXPR_TYPE", "named, not computed", None),
        ("this.count[0]", "EXPR_TYPE", "int cannot be indexed", None),
        ("{1: 2}", "EXPR_TYPE", "keys of an object are strings", None),
        ("this.status.map(c, c)", "EXPR_TYPE", "map() walks a list, not string", None),
        ("this.tags.exists(t, t.size())", "EXPR_TYPE", "exists() asks for bool, not int", None),
        ("this.tags.map(this, 1)", "EXPR_TYPE", "'this' is taken", "write another name for the item"),
        ("this.status.substring()", "EXPR_TYPE", "substring() takes 1 to 2 arguments, 0 are given", None),
        ("this.status.contains(1)", "EXPR_TYPE", "contains() takes string, not int", None),
        ("this.status.matches('(')", "EXPR_SYNTAX", "no regular expression", None),
        ("this.status.matches(args.q)", "EXPR_TOO_COSTLY", "written out, not computed", None),
        ("", "EXPR_SYNTAX", "a value is missing where the expression ends", None),
        ("1 +", "EXPR_SYNTAX", "a value is missing where the expression ends", None),
        ("1 2", "EXPR_SYNTAX", "an operator is missing where '2' stands", None),
        ("(1", "EXPR_SYNTAX", "')' is missing", None),
        ("[1,,2]", "EXPR_SYNTAX", "a value is missing where ',' stands", None),
        ("'abc", "EXPR_SYNTAX", "this string is not closed", None),
        ("a = 1", "EXPR_SYNTAX", "write ==", None),
        ("a & b", "EXPR_SYNTAX", "write &&", None),
        ("this.$x", "EXPR_SYNTAX", "'$' has no meaning here", None),
        ("9223372036854775808", "EXPR_SYNTAX", "beyond 64 bits", None),
        ("1u", "EXPR_SYNTAX", "no unsigned integers", None),
        ("1e999", "EXPR_SYNTAX", "too large", None),
        (r"'\q'", "EXPR_SYNTAX", "is no escape", None),
        (r"'\ud800'", "EXPR_SYNTAX", "this escape is no character", None),
        ("for", "EXPR_SYNTAX", "reserved word", None),
        ("has(1)", "EXPR_SYNTAX", "has() asks for one field", None),
        ("this.tags.all(t)", "EXPR_SYNTAX", "write all(item, expression over item)", None),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    source: str, code: str, message: str, suggestion: str | None
) -> None:
    [problem] = check_expression(source, VARIABLES)
    assert problem.code == code
    assert message in problem.message
    assert problem.suggestion == suggestion


def test_everything_wrong_is_reported_at_once_with_its_place() -> None:
    problems = check_expression("this.statsu == 'a' ||\n  foo(1) || 1.5 + 1 > 2.0", VARIABLES)
    assert [(p.code, p.line, p.column) for p in problems] == [
        ("EXPR_UNKNOWN_NAME", 1, 6),
        ("EXPR_UNKNOWN_NAME", 2, 3),
        ("EXPR_TYPE", 2, 17),
    ]


def test_one_mistake_is_reported_once() -> None:
    assert len(check_expression("this.nope.deeper + 1 > 2.0", VARIABLES)) == 1


@pytest.mark.parametrize(
    ("source", "expect"),
    [
        ("this.id", STRING),
        ("1", DOUBLE),
        ("null", STRING),
        ("this.extra", INT),
        ("this.tags", ListType(STRING)),
        ("{'id': '1'}", VARIABLES["this"]),
        ("this.parent", VARIABLES["this"]),
        ("this", ObjectType("Node", lambda: {"id": STRING})),
    ],
)
def test_a_result_that_fits_its_field_is_accepted(source: str, expect: ExprType) -> None:
    assert check_expression(source, VARIABLES, expect=expect) == []


@pytest.mark.parametrize(
    ("source", "expect", "message", "suggestion"),
    [
        ("this.count", STRING, "gives int where string is wanted", "write string(this.count)"),
        ("this.id", BOOL, "gives string where bool is wanted", None),
        ("1.5", INT, "gives double where int is wanted", None),
        ("this.tags", ListType(INT), "gives list of string where list of int is wanted", None),
        ("{'ident': '1'}", VARIABLES["this"], "gives object where Order is wanted", None),
        ("this.items[0]", VARIABLES["this"], "gives Item where Order is wanted", None),
    ],
)
def test_a_result_of_another_type_than_its_field_is_refused(
    source: str, expect: ExprType, message: str, suggestion: str | None
) -> None:
    [problem] = check_expression(source, VARIABLES, expect=expect)
    assert (problem.code, problem.message, problem.suggestion) == ("EXPR_TYPE", message, suggestion)
