"""Bodies made safe on the way in, rendered safe on the way out, in linear time."""

import pytest

from resolvers.knowledge.markup import Markup, fill_in
from tests.processor_time import least_cpu_ms

MARKUP = Markup()
LINES = "first\nsecond"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<script>alert(1)</script>hi", "hi"),
        ("a <b onclick=x>hi</b> c < d && e > f", "a <b>hi</b> c < d && e > f"),
        ("<scr<script>ipt>alert(1)</script>", ""),
        ('<svg a="<" onload=alert(1)>', ""),
        ("<img src=x onerror=alert(1)>", '<img src="x">'),
        ("[x](javascript:alert(1))", "[x]\\(javascript:alert(1))"),
        ("[x](java&#115;cript:alert(1))", "[x]\\(java&#115;cript:alert(1))"),
        ("[x]: vbscript:a\n\n[x]", "[x]\\: vbscript:a\n\n[x]"),
        ("<javascript:alert(1)>", "&lt;javascript:alert(1)>"),
        ("![x](data:text/html,hi)", "![x]\\(data:text/html,hi)"),
        ("`<script>` and <br> and <https://a.b/c:d>", "`<script>` and <br> and <https://a.b/c:d>"),
        ("> **bold** at 12:30 [a](/b)", "> **bold** at 12:30 [a](/b)"),
        ("<details><summary>a</summary>b</details>", "<details><summary>a</summary>b</details>"),
    ],
)
def test_markdown_keeps_what_does_not_run(body: str, kept: str) -> None:
    assert MARKUP.make_safe(body, "markdown").strip() == kept


@pytest.mark.parametrize(
    ("body", "format_", "html"),
    [
        ("**a** <i>b</i>", "markdown", "<p><strong>a</strong> <i>b</i></p>\n"),
        ("| a |\n|---|\n| ~~1~~ |", "markdown", "<s>1</s>"),
        ("a <b>&\nc", "text", "a &lt;b&gt;&amp;<br>\nc"),
        ('<p style="x" onclick="y">a</p><iframe></iframe>', "html", "<p>a</p>"),
        ('<a href="JaVaScript:alert(1)">a</a>', "html", '<a rel="noopener noreferrer">a</a>'),
    ],
)
def test_a_body_is_rendered_as_safe_html(body: str, format_: str, html: str) -> None:
    assert html in MARKUP.to_html(body, format_)


def test_what_is_searched_are_the_words() -> None:
    assert MARKUP.to_text("# A &amp; B\n\n- *c*\n- d", "markdown").split() == ["A", "&", "B", "c", "d"]
    assert MARKUP.to_text("<b>a</b><br>b", "html").split() == ["a", "b"]
    assert MARKUP.to_text("<b>", "text") == "<b>"


@pytest.mark.parametrize(
    ("format_", "filled"),
    [
        ("markdown", "\\*\\<b\\>\\* 3.5 [1] ."),
        ("html", "*&lt;b&gt;* 3.5 [1] ."),
        ("text", "*<b>* 3.5 [1] ."),
    ],
)
def test_attributes_are_filled_in_as_text(format_: str, filled: str) -> None:
    body = "{{attributes.a}} {{ attributes.price.month }} {{attributes.l}} {{attributes.none}}."
    found = fill_in(body, format_, {"a": "*<b>*", "price": {"month": 3.5}, "l": [1]})
    assert found.replace("\\[", "[").replace("\\]", "]") == filled


HARD = ["[", "![", "**a ", "<a ", "<b x=1>", "<div\n<a", "<!--", "&#x", "[a](", ">", "* ", "|a", "]:"]


@pytest.mark.parametrize("piece", [*HARD, "{{ ", "<script>", "javascript:", "`a"])
def test_the_worst_of_twice_the_length_costs_no_more_than_twice_as_much(piece: str) -> None:
    """S9, with room for what a short run costs."""

    def read(body: str) -> None:
        MARKUP.to_text(fill_in(MARKUP.make_safe(body, "markdown"), "markdown", {}), "markdown")

    half, whole = (piece * (size // len(piece)) for size in (10_000, 20_000))
    half_ms = least_cpu_ms(lambda: read(half), enough_ms=10)
    assert least_cpu_ms(lambda: read(whole), enough_ms=3 * half_ms + 50) <= 3 * half_ms + 50
