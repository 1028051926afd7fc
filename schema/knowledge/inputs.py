"""What clients give to the fields about knowledge."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, UNSET
from strawberry.scalars import JSON

from resolvers.knowledge import access, importing, looking, saving, searching
from resolvers.knowledge import article as domain
from schema.given import given
from schema.objects import given_object


@strawberry.input(
    description='Narrows what the principal may see anyway. A dimension absent, [] or ["*"] on an article'
    " means: for all. A caller who names no value for a dimension sees only the 'for all' ones; agents see"
    " every value."
)
class ScopeInput:
    unit: str | None = UNSET
    channel: str | None = UNSET
    audience: str | None = UNSET
    dimensions: JSON | None = UNSET
    at: datetime | None = strawberry.field(default=UNSET, description="default now")

    def to_scope(self) -> access.Scope:
        return access.Scope(
            unit=given(self.unit),
            channel=given(self.channel),
            audience=given(self.audience),
            dimensions=given_object(self.dimensions, argument="scope.dimensions") or {},
            at=given(self.at),
        )


@strawberry.input
class AnswerInput:
    channel: str | None = UNSET
    language: str | None = UNSET
    format: str = strawberry.field(default="markdown", description="text, markdown or html")
    body: str
    attachments: list[str] = strawberry.field(default_factory=list)
    flow_key: str | None = UNSET

    def to_answer(self) -> domain.ArticleAnswer:
        return domain.ArticleAnswer(
            channel=given(self.channel) or None,
            language=given(self.language) or None,
            format=self.format,
            body=self.body,
            attachments=tuple(self.attachments),
            flow_key=given(self.flow_key) or None,
        )


@strawberry.input
class ArticleInput:
    id: ID | None = UNSET
    expected_revision: int | None = UNSET
    kind: domain.ArticleKind = domain.ArticleKind.QA
    unit: str
    question: str
    similar: list[str] = strawberry.field(default_factory=list)
    answers: list[AnswerInput]
    attributes: JSON | None = UNSET
    category: list[str] = strawberry.field(default_factory=list)
    tags: list[str] = strawberry.field(default_factory=list)
    channels: list[str] = strawberry.field(default_factory=list)
    audiences: list[str] = strawberry.field(default_factory=list)
    dimensions: JSON | None = UNSET
    related: list[ID] = strawberry.field(default_factory=list)
    pinned_for: list[str] = strawberry.field(default_factory=list)

    def to_draft(self) -> saving.ArticleDraft:
        content = domain.ArticleContent(
            kind=self.kind,
            question=self.question,
            similar=tuple(self.similar),
            answers=tuple(one.to_answer() for one in self.answers),
            attributes=given_object(self.attributes, argument="attributes") or {},
            category=tuple(self.category),
            tags=tuple(self.tags),
            channels=tuple(self.channels),
            audiences=tuple(self.audiences),
            dimensions=given_object(self.dimensions, argument="dimensions") or {},
            related=tuple(self.related),
            pinned_for=tuple(self.pinned_for),
        )
        return saving.ArticleDraft(
            id=given(self.id),
            expected_revision=given(self.expected_revision),
            unit=self.unit,
            content=content,
        )


@strawberry.input
class ArticleFilter:
    unit: str | None = UNSET
    status: domain.ArticleStatus | None = UNSET
    category: list[str] | None = UNSET
    tag: str | None = UNSET

    def to_filter(self) -> looking.ArticleFilter:
        return looking.ArticleFilter(
            unit=given(self.unit),
            status=given(self.status),
            category=tuple(given(self.category) or ()),
            tag=given(self.tag),
        )


@strawberry.input(
    description="""
jsonl: one ArticleInput per line. csv and xlsx (base64): header row with ArticleInput's names; lists separated
by '|'; column answer = the default answer's body, answer:CHANNEL = a channel's. A row with an id, or with an
existing question in the unit, updates it: a column that is not there leaves what it names as it is.
""".strip()
)
class ImportInput:
    format: str = strawberry.field(description="csv, jsonl or xlsx")
    data: str
    unit: str
    publish: bool = False

    def to_import(self) -> importing.ImportGiven:
        return importing.ImportGiven(format=self.format, data=self.data, unit=self.unit, publish=self.publish)


@strawberry.input(
    description="minSeq: wait (briefly) until the index has seen this change (read your own write)"
)
class SearchInput:
    query: str
    scope: ScopeInput | None = UNSET
    kinds: list[domain.ArticleKind] | None = UNSET
    category: list[str] = strawberry.field(default_factory=list, description="this one and all below it")
    tags: list[str] = strawberry.field(default_factory=list, description="all of them")
    attributes: JSON | None = strawberry.field(default=UNSET, description="equal to each of these")
    first: int = 10
    after: str | None = UNSET
    min_seq: float | None = UNSET

    def to_search(self) -> searching.SearchGiven:
        return searching.SearchGiven(
            query=self.query,
            scope=scope_of(self.scope),
            kinds=tuple(given(self.kinds) or ()),
            category=tuple(self.category),
            tags=tuple(self.tags),
            attributes=given_object(self.attributes, argument="attributes") or {},
            first=self.first,
            after=given(self.after),
            min_seq=given(self.min_seq),
        )


def scope_of(scope: ScopeInput | None) -> access.Scope:
    """Everything the caller may see, where none is given."""
    return scope.to_scope() if scope else access.EVERYTHING
