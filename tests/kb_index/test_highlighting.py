"""What is marked in a text, and that nothing in it runs."""

from kb_index.highlighting import MAX_CHARS, highlight


def test_terms_are_marked_where_they_stand_neighbours_together() -> None:
    assert highlight("怎么申请退款", "退款申請") == "怎么<mark>申请退款</mark>"
    assert highlight("Bikes that lock", "locked bike") == "<mark>Bikes</mark> that <mark>lock</mark>"


def test_markup_in_a_text_is_text() -> None:
    assert highlight("<b>退款</b> & more", "退款") == "&lt;b&gt;<mark>退款</mark>&lt;/b&gt; &amp; more"


def test_a_long_text_is_shown_around_its_first_mark() -> None:
    shown = highlight("长" * 500 + "退款" + "尾" * 500, "退款")
    assert shown.startswith("…长")
    assert shown.endswith("尾…")
    assert "<mark>退款</mark>" in shown
    assert len(shown) < MAX_CHARS + 20


def test_without_a_mark_the_beginning_is_shown() -> None:
    assert highlight("短文", "zzz") == "短文"
