"""What a question finds, in which order, and what is said of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kb_index.edition import Sight
from kb_index.index import IndexReader
from kb_index.synonyms import Synonyms
from tests.kb_index.knowledge import EVERYTHING, NOW, articles, ask, built, edition

BASE = (
    edition(
        "refund",
        "怎么申请退款",
        similar=("退钱怎么弄", "我要退款"),
        answers=("在订单页面点击退款",),
        tags=("money",),
    ),
    edition("lock", "How do I unlock a bike?", similar=("bike lock is stuck",), answers=("Scan the code",)),
    edition(
        "deposit", "押金多久到账", answers=("一到三个工作日",), category=("fees", "deposit"), kind="KNOWLEDGE"
    ),
)


@pytest.fixture
def base(tmp_path: Path) -> IndexReader:
    return built(tmp_path, BASE)


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("退款", "refund"),
        ("我想申請退款", "refund"),
        ("申情退款", "refund"),
        ("unlokc bikes", "lock"),
        ("my bike is locked", "lock"),
        ("deposit 押金", "deposit"),
        ("三个工作日", "deposit"),
    ],
)
def test_a_question_finds_its_article_first(base: IndexReader, question: str, article: str) -> None:
    assert articles(ask(base, question))[0] == article


def test_what_shares_no_term_is_not_found(base: IndexReader) -> None:
    found = ask(base, "zzz")
    assert (found.hits, found.total, found.confidence) == ([], 0, 0.0)


def test_an_empty_question_finds_nothing(base: IndexReader) -> None:
    assert ask(base, " ?! ").hits == []


def test_the_same_question_is_first_and_certain(base: IndexReader) -> None:
    found = ask(base, "我要退款！")
    assert articles(found) == ["refund"]
    assert (found.hits[0].score, found.hits[0].matched, found.confidence) == (1.0, "我要退款", 1.0)
    assert found.hits[0].why["field"] == "exact"


def test_a_pin_comes_before_the_same_question_and_the_newest_pin_first(tmp_path: Path) -> None:
    pins = [
        edition(f"pin{day}", "节日公告", pinned_for=("我要退款",), published_at=NOW - timedelta(days=day))
        for day in (3, 1, 2)
    ]
    found = ask(built(tmp_path, [*BASE, *pins]), "我要退款")
    assert articles(found)[:4] == ["pin1", "pin2", "pin3", "refund"]
    assert found.hits[0].why["field"] == "pinned"


def test_any_other_hit_scores_below_a_certain_one(base: IndexReader) -> None:
    assert all(0 < hit.score < 1 for hit in ask(base, "退款怎么弄").hits)


def test_confidence_falls_with_what_is_not_known(base: IndexReader) -> None:
    assert ask(base, "申请退款").confidence > ask(base, "申请退款 with bananas in winter").confidence


def test_synonyms_are_looked_up_too(base: IndexReader) -> None:
    synonyms = Synonyms([["保证费", "押金"], ["cycle", "bike"]])
    assert articles(ask(base, "保证费")) == []
    assert articles(ask(base, "保证费", synonyms=synonyms)) == ["deposit"]
    assert articles(ask(base, "cycle", synonyms=synonyms)) == ["lock"]
    assert articles(ask(base, "motorcycle", synonyms=synonyms)) == articles(ask(base, "motorcycle"))


def test_a_word_that_nobody_wrote_is_corrected(base: IndexReader) -> None:
    assert ask(base, "unlokc the bike").corrected == "unlock the bike"
    assert ask(base, "unlock the bike").corrected is None


def test_kinds_tags_categories_and_pages_narrow(base: IndexReader) -> None:
    everything = "退款 押金 bike"
    assert set(articles(ask(base, everything))) == {"refund", "lock", "deposit"}
    assert articles(ask(base, everything, kinds=frozenset({"KNOWLEDGE"}))) == ["deposit"]
    assert articles(ask(base, everything, tags=("money",))) == ["refund"]
    assert articles(ask(base, everything, category=("fees",))) == ["deposit"]
    assert articles(ask(base, everything, category=("fee",))) == []
    first, rest = ask(base, everything, first=1), ask(base, everything, first=2, offset=1)
    assert first.total == rest.total == 3
    assert articles(first) + articles(rest) == articles(ask(base, everything))


def test_the_same_question_is_certain_within_a_tag_and_a_category_too(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "押金多久到账", category=("fees", "deposit"), tags=("money",))])
    by_tag = ask(reader, "押金多久到账？", tags=("money",))
    by_category = ask(reader, "押金多久到账？", category=("fees",))
    for found in (by_tag, by_category):
        assert (found.confidence, found.hits[0].matched) == (1.0, "押金多久到账")


def test_what_has_next_to_nothing_of_the_question_is_not_counted(tmp_path: Path) -> None:
    """Facets, totals and pages are of the same articles."""
    others = [edition(f"other-{n}", f"怎么 办理 {n} 号 业务 不 了", tags=("other",)) for n in range(60)]
    locks = [edition(f"lock-{n}", f"车锁 打不开 {n}", tags=("lock",)) for n in range(12)]
    reader = built(tmp_path, [*others, *locks])
    found = ask(reader, "车锁打不开怎么办", facets=True)
    assert (found.total, found.facets["tags"]) == (12, {"lock": 12})
    last = ask(reader, "车锁打不开怎么办", first=10, offset=10)
    assert (len(last.hits), last.total) == (2, 12)
    assert ask(reader, "业务").total == 60


def test_attributes_narrow(tmp_path: Path) -> None:
    base = built(
        tmp_path,
        [
            edition("dear", "月卡", attributes={"price": 30.0}),
            edition("cheap", "月卡", attributes={"price": 9.9}),
        ],
    )
    assert articles(ask(base, "月卡", attributes={"price": 9.9})) == ["cheap"]


def test_facets_count_articles_when_they_are_asked_for(base: IndexReader) -> None:
    assert ask(base, "退款 押金").facets == {}
    facets = ask(base, "退款 押金", facets=True).facets
    assert facets["kinds"] == {"QA": 1, "KNOWLEDGE": 1}
    assert facets["tags"] == {"money": 1}
    assert facets["categories"]["fees/deposit"] == 1


def test_a_question_of_any_length_is_bounded(base: IndexReader) -> None:
    assert articles(ask(base, "退款" + " 长" * 100_000)) == ["refund"]


def test_suggestions_begin_with_what_is_typed_then_have_it(base: IndexReader) -> None:
    assert base.suggest("我要", EVERYTHING, first=5) == ["我要退款"]
    assert base.suggest("退", EVERYTHING, first=5)[0] == "退钱怎么弄"
    assert base.suggest("how do I unl", EVERYTHING, first=5) == ["How do I unlock a bike?"]
    assert base.suggest("nothing like it", EVERYTHING, first=5) == []
    assert base.suggest("", EVERYTHING, first=5) == []


def test_before_anything_was_built_nothing_is_found(tmp_path: Path) -> None:
    reader = IndexReader(tmp_path / "none")
    assert (ask(reader, "退款").hits, reader.suggest("退", EVERYTHING, first=3), reader.position) == (
        (),
        [],
        0,
    )


def sight(**more: object) -> Sight:
    return Sight(at=NOW, **more)  # pyright: ignore[reportArgumentType]  # fields of a sight


@pytest.mark.parametrize(
    ("eyes", "seen"),
    [
        (sight(), {"all"}),
        (sight(channels=frozenset({"app"})), {"all", "app"}),
        (sight(channels=None), {"all", "app"}),
        (sight(audiences=frozenset({"agent"})), {"all", "agent"}),
        (sight(dimensions={"city": frozenset({"BJ"})}), {"all", "beijing"}),
        (sight(dimensions={"city": frozenset({"SH"})}), {"all"}),
        (sight(every_dimension=True), {"all", "beijing"}),
        (sight(every_dimension=True, dimensions={"city": frozenset({"SH"})}), {"all"}),
        (sight(units=frozenset({"care"})), {"all"}),
        (sight(units=frozenset({"other"})), set[str]()),
        (EVERYTHING, {"all", "app", "agent", "beijing"}),
    ],
)
def test_eyes_see_what_is_for_them_and_suggestions_and_totals_too(
    tmp_path: Path, eyes: Sight, seen: set[str]
) -> None:
    base = built(
        tmp_path,
        [
            edition("all", "退款一"),
            edition("app", "退款二", channels=frozenset({"app"})),
            edition("agent", "退款三", audiences=frozenset({"agent"})),
            edition("beijing", "退款四", dimensions={"city": frozenset({"BJ"})}),
        ],
    )
    found = ask(base, "退款", eyes, facets=True)
    assert set(articles(found)) == seen
    assert found.total == len(seen)
    assert len(base.suggest("退款", eyes, first=9)) == len(seen)
    assert found.facets["kinds"] == ({"QA": len(seen)} if seen else {})


def test_a_window_opens_and_closes_without_a_write(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    base = built(tmp_path, [edition("a", "国庆公告", effective_from=NOW, effective_to=NOW + hour)])
    at = {moment: articles(ask(base, "公告", Sight(at=moment))) for moment in (NOW - hour, NOW, NOW + hour)}
    assert list(at.values()) == [[], ["a"], []]


@pytest.mark.parametrize("units", [2, 1_100])
def test_few_that_may_be_seen_are_found_among_many_that_may_not(tmp_path: Path, units: int) -> None:
    many = [edition(f"other-{n}", "退款", unit=f"other-{n % units}") for n in range(1_100)]
    own = [edition(f"own-{n}", "退款 是 什么 时候 到账", unit="own") for n in range(3)]
    reader = built(tmp_path, [*many, *own])
    found = ask(reader, "我的退款", replace(EVERYTHING, units=frozenset({"own"})))
    assert (sorted(articles(found)), found.total) == (["own-0", "own-1", "own-2"], 3)
    assert ask(reader, "我的退款", replace(EVERYTHING, units=frozenset({"none"}))).hits == []
