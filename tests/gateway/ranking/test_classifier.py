"""The classifier is trained in a process of its own, and read again when it was trained anew."""

from pathlib import Path

import pytest

from gateway.ranking.classifier import ClassifierRanker, ClassifierStudy, TrainingFailed
from gateway.ranking.contract import rank_all
from kb_index.fields import number_of
from kb_index.ranking import Ranking
from resolvers.knowledge.learning import Asked

SUBJECTS = {"refund": "退款", "invoice": "发票", "lock": "bike lock", "fee": "price of a ride"}
BASE = [
    Asked(article=article, questions=tuple(f"{subject} {number}" for number in range(16)))
    for article, subject in SUBJECTS.items()
]


async def test_what_is_learned_ranks(tmp_path: Path) -> None:
    ranker, study = ClassifierRanker(tmp_path), ClassifierStudy(tmp_path)
    assert await ranker.rank("about 发票") is None
    assert study.position is None
    await study.learn(BASE, position=3)
    assert study.position == 3
    ranking = await ranker.rank("about 发票")
    assert ranking is not None
    assert ranking.numbers[0] == number_of("invoice")
    await study.learn(
        [*BASE[:2], Asked(article="new", questions=tuple(f"雨伞 {n}" for n in range(16)))], position=4
    )
    ranking = await ranker.rank("雨伞")
    assert ranking is not None
    assert ranking.numbers[0] == number_of("new")


async def test_where_too_little_is_left_nothing_is_said(tmp_path: Path) -> None:
    ranker, study = ClassifierRanker(tmp_path), ClassifierStudy(tmp_path)
    await study.learn(BASE, position=1)
    await study.learn(BASE[:2], position=2)
    assert await ranker.rank("发票") is None
    assert study.position == 2


async def test_a_training_that_fails_leaves_what_there_was(tmp_path: Path) -> None:
    ranker, study = ClassifierRanker(tmp_path), ClassifierStudy(tmp_path)
    await study.learn(BASE, position=1)
    with pytest.raises(TrainingFailed):
        await study.learn([*BASE, Asked(article="a", questions=())], position=2)
    assert study.position == 1
    assert await ranker.rank("发票") is not None


def test_it_is_due_when_some_part_has_changed() -> None:
    study = ClassifierStudy(Path())
    assert [study.is_due(*one) for one in ((0, 0), (1, 10), (20, 1000), (21, 1000))] == [
        False,
        True,
        False,
        True,
    ]


async def test_a_ranking_that_fails_says_nothing_and_the_others_do() -> None:
    class Failing:
        async def rank(self, question: str) -> Ranking | None:
            raise OSError(question)

    class Telling:
        async def rank(self, question: str) -> Ranking | None:
            return Ranking(numbers=(number_of(question),))

    class Silent:
        async def rank(self, question: str) -> Ranking | None:
            del question

    told = await rank_all([Failing(), Telling(), Silent()], "a")
    assert told == (Ranking(numbers=(number_of("a"),)),)
