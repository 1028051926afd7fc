"""What text is taken apart into."""

import pytest

from kb_index.analysis import MAX_TERM_CHARS, analyse, surfaces, weigh_terms
from kb_index.folding import fingerprint, fold, normalise


def test_chinese_is_characters_and_pairs_of_neighbours() -> None:
    terms = analyse("申请退款")
    assert terms.words == ("申", "请", "退", "款")
    assert terms.grams == ("申请", "请退", "退款")


def test_english_is_stems_and_trigrams_with_the_ends_marked() -> None:
    terms = analyse("Locked bikes")
    assert terms.words == ("lock", "bike")
    assert terms.grams[:3] == ("^lo", "loc", "ock")
    assert "es$" in terms.grams


def test_scripts_that_touch_are_taken_apart() -> None:
    assert analyse("用Alipay付款5元").words == ("用", "alipay", "付", "款", "5", "元")


def test_a_short_word_is_one_trigram_with_its_ends() -> None:
    assert analyse("5").grams == ("^5$",)


@pytest.mark.parametrize(
    ("one", "other"), [("退錢", "退钱"), ("ＡＰＰ", "app"), ("押金退還", "押金退还"), ("Ⅳ", "iv")]
)
def test_spellings_of_the_same_fold_to_one(one: str, other: str) -> None:
    assert analyse(one) == analyse(other)


def test_a_question_is_the_same_without_its_marks_and_spaces() -> None:
    assert normalise("怎么 退款？") == normalise("怎么退款")
    assert fingerprint("How to pay?") == fingerprint("how to  PAY")
    assert fingerprint("怎么退款") != fingerprint("怎么付款")


def test_a_word_without_end_is_cut() -> None:
    assert analyse("x" * 100_000).words == ("x" * MAX_TERM_CHARS,)


def test_words_as_they_are_written_leave_out_characters_and_numbers() -> None:
    assert surfaces("Locked 锁 42 bikes") == ["locked", "bikes"]


def test_weights_tell_words_from_grams_that_are_spelled_alike() -> None:
    weights = weigh_terms("退款 退款")
    assert weights["退"] > weights["退款 "]
    assert "退款" not in weights


def test_folding_leaves_what_has_one_spelling() -> None:
    assert fold("共享单车 bike") == "共享单车 bike"
