"""What the demo knows: articles by category, when notices hold, match rules, and questions to try it with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import cast

FOLDER = Path(__file__).parent
CHINA = timezone(timedelta(hours=8))
KNOWLEDGE_UNIT = "care"  # whose editors keep the articles and rules
CATEGORIES = (  # a file each, in the order in which a reader would leaf through them
    "fees",
    "payment",
    "refunds",
    "invoices",
    "coupons",
    "membership",
    "deposits",
    "bikes",
    "locks",
    "parking",
    "cars",
    "lost-property",
    "safety",
    "account",
    "privacy",
    "service",
    "notices",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Part of every year in which a notice holds; month and day, as `11-01`. It may end in the next year."""

    article: str
    begins: str
    ends: str

    def next_window(self, now: datetime) -> tuple[datetime, datetime]:
        """That of this season if `now` is in it, else of the next one; the end is no longer in it."""
        years = range(now.year - 1, now.year + 2)
        return next(window for window in map(self._window, years) if window[1] > now)

    def _window(self, year: int) -> tuple[datetime, datetime]:
        begins = datetime.fromisoformat(f"{year}-{self.begins}").replace(tzinfo=CHINA)
        ends_in = year if self.begins < self.ends else year + 1
        return begins, datetime.fromisoformat(f"{ends_in}-{self.ends}").replace(tzinfo=CHINA)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialQuestion:
    """What somebody may type, and the question of the article that answers it.

    `kind`: paraphrase, typo (homophones), traditional, mixed or english.
    """

    query: str
    article: str
    kind: str


def read_articles(category: str) -> str:
    """JSON Lines of `ArticleInput`, to import as they are."""
    return (FOLDER / "knowledge" / f"{category}.jsonl").read_text(encoding="utf-8")


def read_seasons() -> tuple[Season, ...]:
    """Of the notices; every other article always holds."""
    written = cast(dict[str, dict[str, str]], _json("knowledge/seasons.json"))  # our own file, tested
    return tuple(Season(article=id_, begins=of["from"], ends=of["to"]) for id_, of in written.items())


def read_rules() -> tuple[Mapping[str, object], ...]:
    """`MatchRuleInput` each, with all that `MatchRule` tells of it."""
    return tuple(cast(list[dict[str, object]], _json("rules.json")))  # our own file, tested


def read_trial_questions() -> tuple[TrialQuestion, ...]:
    """Our own set: none of them is written in an article."""
    lines = (FOLDER / "knowledge_questions.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return tuple(TrialQuestion(query=query, article=article, kind=kind) for query, article, kind in rows)


def _json(name: str) -> object:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
