"""Give a file out: to whom an article that carries it is shown, to who sent it, and to its unit's editors."""

from dataclasses import dataclass, replace

from resolvers.access import AUTHENTICATED, admit
from resolvers.context import Context
from resolvers.knowledge.access import may_edit
from resolvers.knowledge.attachments.attachment import Attachment, load_attachments
from resolvers.knowledge.attachments.errors import AttachmentNotFound
from resolvers.knowledge.looking import ArticleView, answers_seen, load_views
from resolvers.knowledge.records import ARTICLES
from resolvers.ports import Query

MAX_CARRIERS = 1_000  # articles that carry one file and are looked at for one that the caller sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    attachment: Attachment
    content: bytes


async def download_attachment(context: Context, attachment: str) -> Download:
    """Raises `Unauthenticated`, `AttachmentNotFound`."""
    admit(context.principal, AUTHENTICATED)
    (found,) = await load_attachments(context.knowledge.store, [attachment])
    if found is None or not found.there or not await may_read_attachment(context, found):
        raise AttachmentNotFound(attachment=attachment)
    content = await context.knowledge.files.read(found.id)
    if content is None:
        raise AttachmentNotFound(attachment=attachment)
    return Download(attachment=found, content=content)


async def may_read_attachment(context: Context, attachment: Attachment) -> bool:
    principal = context.principal
    if attachment.by == principal.subject or may_edit(principal, attachment.unit):
        return True
    query = Query(
        collection=ARTICLES, index="by_attachment", equal={"attachments": attachment.id}, descending=True
    )
    for _ in range(MAX_CARRIERS // query.limit):
        page = await context.knowledge.store.select(query)
        views = await load_views(context, [document["id"] for document in page.documents])
        if any(view is not None and attachment.id in carried_by(view) for view in views):
            return True
        if page.next is None:
            return False
        query = replace(query, after=page.next)
    return False


def carried_by(view: ArticleView) -> set[str]:
    """What the answers that the caller gets carry."""
    return {one for answer in answers_seen(view) for one in answer.attachments}
