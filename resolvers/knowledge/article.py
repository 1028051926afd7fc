"""What an article is: its content by revision, where each stands, and when each is what readers get."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class ArticleKind(StrEnum):
    KNOWLEDGE = "KNOWLEDGE"  # a knowledge point, for agents
    QA = "QA"
    SIMILAR = "SIMILAR"  # a list of similar questions


class ArticleStatus(StrEnum):
    DRAFT = "DRAFT"
    REVIEW = "REVIEW"
    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    """One way to answer; `channel` and `language` None are for all. `format`: text, markdown or html."""

    channel: str | None = None
    language: str | None = None
    format: str = "markdown"
    body: str
    attachments: tuple[str, ...] = ()
    flow_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleContent:
    """All that an editor writes. `channels`, `audiences` and each of `dimensions`: whom it is for."""

    kind: ArticleKind = ArticleKind.QA
    question: str
    similar: tuple[str, ...] = ()
    answers: tuple[ArticleAnswer, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    dimensions: Mapping[str, object] = field(default_factory=dict[str, object])
    related: tuple[str, ...] = ()
    pinned_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """From when to when a revision is what readers get; None is open. Windows of an article never overlap."""

    revision: int
    effective_from: datetime | None = None
    effective_to: datetime | None = None
    at: datetime
    by: str

    def covers(self, moment: datetime) -> bool:
        begun = self.effective_from is None or self.effective_from <= moment
        return begun and not self.ended(moment)

    def ended(self, moment: datetime) -> bool:
        return self.effective_to is not None and self.effective_to <= moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecord:
    """An article with its newest revision. `version` is the document's: it grows with every write.

    `publications` are in the order of their windows, ended ones too. `rejected` is why a review was refused.
    `attachments`: all that any of its revisions names.
    """

    id: str
    version: int = 1
    unit: str
    status: ArticleStatus
    revision: int
    content: ArticleContent
    publications: tuple[Publication, ...] = ()
    updated_at: datetime
    updated_by: str
    rejected: str | None = None
    attachments: frozenset[str] = frozenset()

    def serving(self, moment: datetime) -> Publication | None:
        """What readers get at that moment."""
        return next((one for one in self.publications if one.covers(moment)), None)

    def open_publications(self, moment: datetime) -> list[Publication]:
        """What readers get then or later: what the index holds."""
        return [one for one in self.publications if not one.ended(moment)]

    def published_revision(self, moment: datetime) -> int | None:
        """The one that readers get, or will get first."""
        coming = self.open_publications(moment)
        return coming[0].revision if coming else None

    def status_of(self, revision: int, moment: datetime) -> ArticleStatus:
        """A revision that readers once got and no longer get is archived."""
        if revision == self.revision:
            return self.status
        own = [one for one in self.publications if one.revision == revision]
        if not own:
            return ArticleStatus.DRAFT
        return ArticleStatus.ARCHIVED if own[-1].ended(moment) else ArticleStatus.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleVersion:
    """One revision as it was saved; never changed."""

    article: str
    revision: int
    content: ArticleContent
    at: datetime
    by: str


def publish_over(earlier: tuple[Publication, ...], new: Publication) -> tuple[Publication, ...]:
    """Windows with the new one among them: it ends the others where it begins.

    The revision's own earlier window gives way to the new one, and its beginning where that says none.
    """
    same = next((one for one in earlier if one.revision == new.revision and not one.ended(new.at)), None)
    others = [one for one in earlier if one is not same]
    begins = new.effective_from
    if begins is None and same is not None and same.covers(new.at):
        begins = same.effective_from
    elif begins is None and others:
        begins = new.at
    kept = [cut for one in others if (cut := _ended_at(one, begins or new.at)) is not None]
    return (*kept, replace(new, effective_from=begins))


def end_all(earlier: tuple[Publication, ...], moment: datetime) -> tuple[Publication, ...]:
    """Nobody gets it from that moment on."""
    return tuple(cut for one in earlier if (cut := _ended_at(one, moment)) is not None)


def _ended_at(publication: Publication, moment: datetime) -> Publication | None:
    """None for one that would have begun later."""
    if publication.ended(moment):
        return publication
    if publication.effective_from is not None and publication.effective_from >= moment:
        return None
    return replace(publication, effective_to=moment)
