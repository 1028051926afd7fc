"""Sets of questions to measure with: articles with similar questions, and other questions they answer."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import orjson

from bench.model import BenchFailure
from examples.rides.library import CATEGORIES, read_articles, read_trial_questions
from kb_index.edition import Edition

WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
BANKING77 = "../shared/data/banking77"  # beside the checkout; it is not ours to ship


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """`asked`: questions that no article has, each with the article that answers it."""

    name: str
    editions: Sequence[Edition]
    asked: Sequence[tuple[str, str]]


def banking77(root: Path, *, questions: int | None) -> QuestionSet:
    """An article an intent, with its first training questions; None takes all. CC-BY-4.0, PolyAI."""
    return QuestionSet(
        name=f"Banking77, {questions or 'all'} questions an article",
        editions=[_edition(intent, texts[:questions]) for intent, texts in _training(root).items()],
        asked=list(_rows(root / BANKING77 / "test.csv")),
    )


def development(root: Path, *, questions: int | None) -> QuestionSet:
    """What weights are set on: training questions that no article has are asked, and none of the test's."""
    by_intent = _training(root)
    held = {intent: texts[questions::3] if questions else texts[::5] for intent, texts in by_intent.items()}
    return QuestionSet(
        name=f"Banking77 for development, {questions or 'four of five'} questions an article",
        editions=[
            _edition(intent, texts[:questions] if questions else _without(texts, held[intent]))
            for intent, texts in by_intent.items()
        ],
        asked=[(text, intent) for intent, texts in held.items() for text in texts],
    )


def rides(kinds: Iterable[str]) -> QuestionSet:
    """The demo's knowledge base, written by us as its questions are: no measure against other systems."""
    lines = (line for category in CATEGORIES for line in read_articles(category).splitlines())
    articles = [cast(Mapping[str, object], orjson.loads(line)) for line in lines]  # our own files
    chosen = frozenset(kinds)
    return QuestionSet(
        name=f"rides (our own), {', '.join(sorted(chosen))}",
        editions=[_article(one) for one in articles],
        asked=[(one.query, one.article) for one in read_trial_questions() if one.kind in chosen],
    )


def _training(root: Path) -> Mapping[str, Sequence[str]]:
    """By intent. Raises `BenchFailure`."""
    folder = root / BANKING77
    if not folder.is_dir():
        raise BenchFailure(f"Banking77 is not in {folder}: put its train.csv and test.csv there")
    by_intent: dict[str, list[str]] = {}
    for text, intent in _rows(folder / "train.csv"):
        by_intent.setdefault(intent, []).append(text)
    return by_intent


def _without(texts: Sequence[str], held: Sequence[str]) -> Sequence[str]:
    return [text for text in texts if text not in set(held)]


def _rows(path: Path) -> Iterable[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["category"]


def _edition(article: str, questions: Sequence[str], answers: Sequence[str] = ()) -> Edition:
    return Edition(
        article=article,
        revision=1,
        kind="QA",
        unit="bench",
        question=questions[0],
        similar=tuple(questions[1:]),
        answers=tuple(answers),
        published_at=WRITTEN,
    )


def _article(one: Mapping[str, object]) -> Edition:
    question = str(one["question"])
    similar = cast(Sequence[str], one.get("similar", ()))  # our own files: their own test holds their form
    answers = cast(Sequence[Mapping[str, str]], one.get("answers", ()))  # as above
    return _edition(question, [question, *similar], [answer["body"] for answer in answers])


SETS: Mapping[str, Callable[[Path], QuestionSet]] = {
    "banking77-10": lambda root: banking77(root, questions=10),
    "banking77": lambda root: banking77(root, questions=None),
    "banking77-10-dev": lambda root: development(root, questions=10),
    "banking77-dev": lambda root: development(root, questions=None),
    "rides-paraphrase": lambda root: rides(["paraphrase"]),
    "rides-typo": lambda root: rides(["typo"]),
    "rides-traditional": lambda root: rides(["traditional"]),
    "rides-mixed": lambda root: rides(["mixed"]),
    "rides-english": lambda root: rides(["english"]),
}
