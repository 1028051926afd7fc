"""What may be found: one published version of an article, while its window is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The words of a file that comes with answers; `channels` are theirs, empty means for all."""

    id: str
    text: str
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version as the index takes it: plain text, no markup.

    `channels`, `audiences` and each of `dimensions` list the values it is for; empty means for all.
    The window is `effective_from` ≤ now < `effective_to`, None is open. `pinned_for` are whole questions that
    this article answers before any other. `attributes` holds scalars that a filter may compare.
    """

    article: str
    revision: int
    kind: str
    unit: str
    question: str
    similar: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    attachments: tuple[Attached, ...] = ()
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channels: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()
    dimensions: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    attributes: Mapping[str, str | float | bool] = field(default_factory=dict[str, str | float | bool])
    pinned_for: tuple[str, ...] = ()
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChange:
    """What the index is to hold of one article from now on: all its editions, or none."""

    article: str
    editions: tuple[Edition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose eyes look, already cut to what the caller may see. The index applies it to everything it tells.

    `units`, `channels`, `audiences`: None sees all; otherwise an edition is seen that is for all, or for one
    of these (`units`: that belongs to one). `dimensions`: the values the caller names; a dimension it does
    not name shows only what is for all, unless `every_dimension`.
    """

    at: datetime
    units: frozenset[str] | None = None
    channels: frozenset[str] | None = frozenset()
    audiences: frozenset[str] | None = frozenset()
    dimensions: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    every_dimension: bool = False
