"""Turbo's conditions in CEL: what means the same is translated, the rest is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expr import ANY, compile_expression
from engine.flow.formats.turbo_conditions import Untranslatable, to_cel, to_turbo_condition


@pytest.mark.parametrize(
    ("text", "cel"),
    [
        ('orderStatus.equals("1")', 'vars.orderStatus == "1"'),
        ("${(amount < 10000)}", "(vars.amount < 10000)"),
        ("n<=3", "vars.n<=3"),
        ("!a.equals(b) && c", "!(vars.a == vars.b) && vars.c"),
        ('"1".equals(x)||!y', '"1" == vars.x||!vars.y'),
        ("a == b.equals(c)", "vars.a == (vars.b == vars.c)"),
        ("(a . equals( b ))", "(vars.a == vars.b)"),
        ("x == 'it\\'s'", "x == 'it\\'s'".replace("x", "vars.x")),
        ("x > -1.5", "vars.x > -1.5"),
        ("true && x != null", "true && vars.x != null"),
    ],
)
def test_a_condition_of_both_languages_is_translated(text: str, cel: str) -> None:
    assert to_cel(text) == cel


@pytest.mark.parametrize(
    "text",
    [
        "a.b == 1",
        "list.contains(1)",
        "a = 1",
        "a.equals(b).equals(c)",
        "a.equals(b == c)",
        "x > 1L",
        "x > 010",
        "x - 1 > 0",
        "x -1 > 0",
        'x == "$y"',
        "f(x)",
        "a ? b : c",
        "x[0] == 1",
        "${a} && ${b}",
        "a == ",
        "(a",
        "",
        "a == 1; System.exit(1)",
        "名 == 1",
        "vars.x == 1",
        '"x"',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert isinstance(to_cel(text), Untranslatable)


@pytest.mark.parametrize("cel", ["vars.a == 1 && !(vars.b < 2)", 'vars.text == "vars.a"', "(vars.a)"])
def test_the_way_back_gives_the_same_expression(cel: str) -> None:
    text = to_turbo_condition(cel)
    assert isinstance(text, str)
    assert to_cel(text) == cel


@pytest.mark.parametrize("cel", ["reads.a == 1", "size(vars.a) > 1", "has(vars.a)", "vars.a.b == 1"])
def test_what_turbo_cannot_say_is_refused(cel: str) -> None:
    assert isinstance(to_turbo_condition(cel), Untranslatable)


PARTS = [*"ab01.\"'()=!<>&| $ {}-", ".equals(", "&&", "==", "a == 1", "true"]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_what_is_translated_compiles(text: str) -> None:
    cel = to_cel(text)
    if isinstance(cel, str):
        compile_expression(cel, {"vars": ANY})
