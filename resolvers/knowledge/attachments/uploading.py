"""Take a file in: for a unit's editors, of a known kind, its content safe before it is told of."""

from dataclasses import dataclass, replace

from engine.access import Principal
from resolvers.access import EDITORS, admit
from resolvers.context import Context
from resolvers.knowledge.access import admit_editor
from resolvers.knowledge.attachments.attachment import (
    ATTACHMENT_TEXTS,
    ATTACHMENTS,
    Attachment,
    AttachmentText,
    Stage,
    attachment_to_document,
)
from resolvers.knowledge.attachments.errors import AttachmentRefused
from resolvers.knowledge.attachments.kinds import Kind, kind_of, safe_name
from resolvers.ports import Insert, Replace, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """`name` is the file's as its sender says it."""

    unit: str
    name: str
    content: bytes


def admit_upload(principal: Principal, unit: str) -> None:
    """To be asked before the content is read. Raises `Unauthenticated`, `AccessDenied`."""
    admit(principal, EDITORS)
    admit_editor(principal, unit)


async def upload_attachment(context: Context, given: Upload) -> Attachment:
    """Keep the file and its words; a text that cannot be read is told in `problem` and loses nothing.

    Raises as `admit_upload`, and `AttachmentRefused`.
    """
    admit_upload(context.principal, given.unit)
    if not given.content:
        raise AttachmentRefused(code="ATTACHMENT_EMPTY", reason="it has no content")
    kind = kind_of(given.content, given.name)
    arriving = _arriving(context, given, kind)
    store = context.knowledge.store
    await store.write(Insert(collection=ATTACHMENTS, document=attachment_to_document(arriving)))
    await context.knowledge.files.keep(arriving.id, given.content)
    read = AttachmentText()
    if kind.readable:
        read = await context.knowledge.reader.read(given.content, kind)
    kept = replace(
        arriving,
        version=2,
        stage=Stage.WAITING,
        problem=read.problem,
        problem_text=read.problem_text,
    )
    writes: list[Write] = [Replace(collection=ATTACHMENTS, document=attachment_to_document(kept))]
    if read.text.strip():
        text = {"id": kept.id, "version": 1, "text": read.text}
        writes.append(Insert(collection=ATTACHMENT_TEXTS, document=text))
    await store.write(*writes)
    return kept


def _arriving(context: Context, given: Upload, kind: Kind) -> Attachment:
    return Attachment(
        id=context.knowledge.new_id(),
        unit=given.unit,
        name=safe_name(given.name, kind),
        kind=kind.name,
        media=kind.media,
        size_bytes=len(given.content),
        stage=Stage.ARRIVING,
        at=context.knowledge.now(),
        by=context.principal.subject,
    )
