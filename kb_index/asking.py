"""What is asked of the index, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kb_index.edition import Sight
from kb_index.ranking import Ranking
from kb_index.synonyms import Synonyms

MAX_FOUND = 200  # articles a question leads to; nobody reads on so far
MAX_QUERY_CHARS = 2_000  # of what was asked; the rest says nothing new

Counts: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`category` is a path: what hangs below it is found too. `tags`: all of them; `attributes`: all equal.

    `facets`: count categories, tags and kinds of all that matches; costs about as much as the search.
    `rankings`: what other ways of looking say, a classifier or embeddings; the same filters cut them.
    """

    text: str
    sight: Sight
    kinds: frozenset[str] = frozenset()
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, str | float | bool] = field(default_factory=dict[str, str | float | bool])
    synonyms: Synonyms = field(default_factory=Synonyms)
    offset: int = 0
    first: int = 10
    facets: bool = False
    rankings: Sequence[Ranking] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`score` is in 0..1: 1 for a pin or the same question. `matched` is the question that matched best, None
    where only the article's text did. `why` is for people and for JSON: what matched and by how much.
    """

    article: str
    revision: int
    score: float
    matched: str | None
    why: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`total` is at most MAX_FOUND. `confidence`, in 0..1: how much of what was asked the best hit has.

    `corrected`: the question with its unknown words replaced by near ones that the index has; None where all
    are known.
    """

    hits: Sequence[Hit]
    total: int
    confidence: float
    corrected: str | None = None
    facets: Counts = field(default_factory=dict[str, Mapping[str, int]])
