"""Articles refer to files of their unit; from then on the file stays."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.problem import Problem
from resolvers.knowledge.article import ArticleContent
from resolvers.knowledge.attachments.attachment import (
    ATTACHMENTS,
    Attachment,
    Stage,
    attachment_to_document,
    load_attachments,
)
from resolvers.ports import DocumentStore, Replace

Known = Mapping[str, Attachment]


async def load_named(store: DocumentStore, content: ArticleContent) -> Known:
    """The files that its answers name and that are there."""
    found = await load_attachments(store, sorted(attachments_in(content)))
    return {one.id: one for one in found if one is not None and one.there}


def unknown_attachments(
    content: ArticleContent, known: Known, *, unit: str, had: Collection[str]
) -> Iterator[Problem]:
    """Of each that is not the unit's; what the article already `had`, it may keep."""
    for nth, answer in enumerate(content.answers):
        for place, name in enumerate(answer.attachments):
            if (name in known and known[name].unit == unit) or name in had:
                continue
            yield Problem(
                code="ATTACHMENT_UNKNOWN",
                path=f"answers[{nth}].attachments[{place}]",
                message=f"names {name!r}, which is no attachment of the unit {unit}: upload it first",
            )


def uses(known: Known) -> list[Replace]:
    """The writes that make files stay which nothing named before; they go with the article's own."""
    return [
        Replace(collection=ATTACHMENTS, document=attachment_to_document(_used(one)))
        for one in known.values()
        if one.stage is Stage.WAITING
    ]


def attachments_in(content: ArticleContent) -> set[str]:
    return {one for answer in content.answers for one in answer.attachments}


def _used(attachment: Attachment) -> Attachment:
    return replace(attachment, version=attachment.version + 1, stage=Stage.USED)
