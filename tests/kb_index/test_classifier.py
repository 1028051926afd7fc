"""A model trained on similar questions, alone and beside the words."""

from dataclasses import replace
from pathlib import Path

import pytest

from kb_index.classifier import Classifier, load
from kb_index.edition import Edition
from kb_index.fields import number_of
from kb_index.ranking import Ranking
from kb_index.training import train
from kb_index.weights import MIN_QUESTIONS
from tests.kb_index.knowledge import EVERYTHING, articles, ask, built, edition

SUBJECTS = {"refund": "退款", "invoice": "发票", "lock": "bike lock", "fee": "price of a ride"}


def learned(article: str, subject: str) -> Edition:
    """An article with as many questions as training wants."""
    similar = tuple(f"{subject} {number}" for number in range(MIN_QUESTIONS))
    return edition(article, f"{subject}?", similar=similar)


BASE = tuple(learned(article, subject) for article, subject in SUBJECTS.items())


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    trained = train(BASE)
    assert trained is not None
    return trained


@pytest.mark.parametrize(("article", "subject"), SUBJECTS.items())
def test_a_learned_article_is_named_first(classifier: Classifier, article: str, subject: str) -> None:
    assert classifier.rank(f"about {subject}").numbers[0] == number_of(article)


def test_a_question_of_unknown_terms_names_nothing(classifier: Classifier) -> None:
    assert classifier.rank("😀 юя").numbers == ()


def test_few_articles_or_few_questions_are_not_learned() -> None:
    assert train(BASE[:2]) is None
    assert train([edition(str(number), f"question {number}") for number in range(100)]) is None


def test_the_same_editions_give_the_same_classifier(classifier: Classifier) -> None:
    again = train(BASE)
    assert again is not None
    assert again.rank("bike price").numbers == classifier.rank("bike price").numbers
    assert (again.weights == classifier.weights).all()


def test_what_is_saved_is_loaded(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save(tmp_path / "classifier")
    loaded = load(tmp_path / "classifier")
    assert loaded is not None
    assert loaded.rank("发票 price") == classifier.rank("发票 price")


def test_what_does_not_belong_together_is_not_loaded(classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "classifier"
    assert load(path) is None
    classifier.save(path)
    replace(classifier, weights=classifier.weights[1:]).save(tmp_path / "other")
    (tmp_path / "other.npy").replace(tmp_path / "classifier.npy")
    assert load(path) is None
    classifier.save(path)
    path.write_text("[]")
    assert load(path) is None


def test_a_ranking_outweighs_the_order_of_the_words(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款 退款"), edition("b", "退款 怎么 很久 没有 到账")])
    assert articles(ask(reader, "我的退款")) == ["a", "b"]
    ranking = Ranking(numbers=[number_of("b"), number_of("a")])
    found = ask(reader, "我的退款", rankings=(ranking,))
    assert articles(found) == ["b", "a"]
    assert [hit.why["rankings"] for hit in found.hits] == [[1], [2]]
    assert all(hit.score < 1 for hit in found.hits)


def test_what_a_ranking_does_not_know_keeps_its_place(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款"), edition("b", "退款 怎么 很久 没有 到账")])
    ranking = Ranking(numbers=[number_of("b")], known={number_of("b")})
    assert articles(ask(reader, "我的退款", rankings=(ranking,))) == ["a", "b"]


def test_an_article_that_only_a_ranking_names_is_found(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款"), edition("b", "发票")])
    found = ask(reader, "我的退款", rankings=(Ranking(numbers=[number_of("a"), number_of("b")]),))
    assert articles(found) == ["a", "b"]
    assert (found.hits[1].matched, found.hits[1].why["field"]) == (None, "ranking")


def test_where_no_word_is_found_the_ranking_alone_orders(tmp_path: Path) -> None:
    names = "abcdefgh"
    reader = built(tmp_path, [edition(name, "退款") for name in names])
    for order in (names, names[::-1]):
        found = ask(reader, "umbrella", rankings=(Ranking(numbers=[number_of(name) for name in order]),))
        assert articles(found) == list(order)


def test_a_ranking_tells_nothing_of_what_may_not_be_seen(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款"), edition("secret", "退款", unit="other")])
    sight = replace(EVERYTHING, units=frozenset({"care"}))
    ranking = Ranking(numbers=[number_of("secret"), number_of("a"), number_of("unknown")])
    found = ask(reader, "我的退款", sight, rankings=(ranking,))
    assert articles(found) == ["a"]
    assert (found.total, found.hits[0].why["rankings"]) == (1, [1])


def test_a_pin_stays_first_whatever_a_ranking_says(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "发票", pinned_for=("退款",)), edition("b", "退款 吗")])
    found = ask(reader, "退款", rankings=(Ranking(numbers=[number_of("b")]),))
    assert articles(found) == ["a", "b"]
