"""Articles as clients see them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from engine.problem import Problem as ProblemFound
from engine.problem import Severity
from resolvers.context import Context
from resolvers.knowledge import article as domain
from resolvers.knowledge import importing, looking, saving
from resolvers.knowledge.attachments import attachment
from schema.paging import PageInfo
from schema.problem import Problem


@strawberry.type
class Answer:
    channel: str | None
    language: str | None
    format: str
    body: str
    attachments: list[str]
    flow_key: str | None
    attributes: strawberry.Private[domain.ArticleContent]

    @strawberry.field(description="safe HTML")
    def html(self, info: Info[Context, None]) -> str:
        return info.context.knowledge.markup.to_filled_html(
            self.body, self.format, self.attributes.attributes
        )

    @strawberry.field(description="what is known of the attachments")
    async def files(self, info: Info[Context, None]) -> list[ArticleAttachment]:
        found = await info.context.loaders.attachments.load_many(self.attachments)
        return [ArticleAttachment.of(one) for one in found if one is not None]

    @classmethod
    def of(cls, answer: domain.ArticleAnswer, content: domain.ArticleContent) -> Answer:
        return cls(
            channel=answer.channel,
            language=answer.language,
            format=answer.format,
            body=answer.body,
            attachments=list(answer.attachments),
            flow_key=answer.flow_key,
            attributes=content,
        )


@strawberry.type(description="A file that an answer carries; GET url gives it out.")
class ArticleAttachment:
    id: ID
    name: str
    type: str
    size_bytes: int
    url: str
    problem: Problem | None = strawberry.field(description="why its words are not found, or not all of them")

    @classmethod
    def of(cls, found: attachment.Attachment) -> ArticleAttachment:
        problem = None
        if found.problem is not None:
            told = ProblemFound(
                code=found.problem, message=found.problem_text or "", severity=Severity.WARNING
            )
            problem = Problem.of(told)
        return cls(
            id=ID(found.id),
            name=found.name,
            type=found.media,
            size_bytes=found.size_bytes,
            url=f"/attachments/{found.id}",
            problem=problem,
        )


@strawberry.type
class ArticleVersion:
    revision: int
    status: domain.ArticleStatus
    at: datetime
    by: str


@strawberry.type
class Article:
    id: ID
    kind: domain.ArticleKind
    unit: str
    status: domain.ArticleStatus
    revision: int
    published_revision: int | None
    question: str
    similar: list[str]
    attributes: JSON
    category: list[str]
    tags: list[str]
    channels: list[str]
    audiences: list[str]
    dimensions: JSON
    effective_from: datetime | None
    effective_to: datetime | None
    updated_at: datetime
    pinned_for: list[str] = strawberry.field(description="questions that it answers before any other")
    rejected: str | None = strawberry.field(description="why the last review was refused; for its editors")
    view: strawberry.Private[looking.ArticleView]

    @strawberry.field
    def answers(self) -> list[Answer]:
        return [Answer.of(one, self.view.content) for one in looking.answers_seen(self.view)]

    @strawberry.field
    async def related(self, info: Info[Context, None]) -> list[Article]:
        return [Article.of(one) for one in await looking.related_to(info.context, self.view)]

    @strawberry.field
    async def helpful(self, info: Info[Context, None]) -> int:
        return (await info.context.loaders.votes.load(self.id)).helpful

    @strawberry.field
    async def unhelpful(self, info: Info[Context, None]) -> int:
        return (await info.context.loaders.votes.load(self.id)).unhelpful

    @strawberry.field(description="The newest first; a reader is told of the one it gets.")
    async def versions(self, info: Info[Context, None]) -> list[ArticleVersion]:
        now, record = info.context.knowledge.now(), self.view.record
        return [
            ArticleVersion(
                revision=one.revision, status=record.status_of(one.revision, now), at=one.at, by=one.by
            )
            for one in await looking.versions_of(info.context, self.view)
        ]

    @strawberry.field(description="what its editors may want to correct; nothing for readers")
    async def problems(self, info: Info[Context, None]) -> list[Problem]:
        return [Problem.of(one) for one in await saving.warnings_of(info.context, self.view)]

    @strawberry.field(description="position in the change sequence, for minSeq")
    async def seq(self, info: Info[Context, None]) -> float:
        return float(await info.context.loaders.positions.load(self.id))

    @classmethod
    def of(cls, view: looking.ArticleView) -> Article:
        content, publication = view.content, view.publication
        return cls(
            id=ID(view.record.id),
            kind=content.kind,
            unit=view.record.unit,
            status=view.status,
            revision=view.revision,
            published_revision=view.published_revision,
            question=content.question,
            similar=list(content.similar),
            attributes=JSON(content.attributes),
            category=list(content.category),
            tags=list(content.tags),
            channels=list(content.channels),
            audiences=list(content.audiences),
            dimensions=JSON(content.dimensions),
            effective_from=publication.effective_from if publication else None,
            effective_to=publication.effective_to if publication else None,
            updated_at=view.record.updated_at,
            pinned_for=list(content.pinned_for),
            rejected=view.record.rejected if view.sight is None else None,
            view=view,
        )


@strawberry.type
class ArticleConnection:
    nodes: list[Article]
    page_info: PageInfo


@strawberry.type(description="problems: line and column are the row's and the cell's, from 1.")
class ImportReport:
    created: int
    updated: int
    rejected: int
    problems: list[Problem]

    @classmethod
    def of(cls, report: importing.ImportReport) -> ImportReport:
        return cls(
            created=report.created,
            updated=report.updated,
            rejected=report.rejected,
            problems=[Problem.of(one) for one in report.problems],
        )
