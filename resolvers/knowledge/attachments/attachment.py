"""What is known of a file, how it is stored, and how its words are loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from resolvers.ports import Collection, Document, DocumentStore, Index


class Stage(StrEnum):
    """A file that is not `USED` a day after it came leaves."""

    ARRIVING = "arriving"  # its content is being stored
    WAITING = "waiting"  # for an article to name it
    USED = "used"  # some revision of an article names it: revisions are for ever
    LEAVING = "leaving"  # as good as gone


ATTACHMENTS = Collection(
    name="attachments",
    feed=False,
    indexes=(Index(name="by_stage", fields=("stage",), order="at"),),
)
ATTACHMENT_TEXTS = Collection(name="attachment_texts", feed=False)  # id: the attachment's


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`media` is the type of its content, `kind` the name of one of `kinds.KINDS`. `unit` may refer to it.

    `problem`, a code, and `problem_text` say why its words are not found, or not all.
    """

    id: str
    version: int = 1
    unit: str
    name: str
    kind: str
    media: str
    size_bytes: int
    stage: Stage
    at: datetime
    by: str
    problem: str | None = None
    problem_text: str | None = None

    @property
    def there(self) -> bool:
        """Whether articles may name it."""
        return self.stage in (Stage.WAITING, Stage.USED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentText:
    """Its words; `problem` and `problem_text` as of an attachment."""

    text: str = ""
    problem: str | None = None
    problem_text: str | None = None


async def load_attachments(store: DocumentStore, ids: Sequence[str]) -> list[Attachment | None]:
    """As many as ids, in their order."""
    documents = await store.load_many(ATTACHMENTS, ids) if ids else []
    return [None if document is None else attachment_of(document) for document in documents]


async def load_texts(store: DocumentStore, ids: Sequence[str]) -> Mapping[str, str]:
    """The words of those that have any, by id."""
    documents = await store.load_many(ATTACHMENT_TEXTS, list(dict.fromkeys(ids))) if ids else []
    return {one["id"]: one["text"] for one in documents if one is not None}


def attachment_to_document(attachment: Attachment) -> Document:
    return asdict(attachment) | {"stage": attachment.stage.value}


def attachment_of(document: Document) -> Attachment:
    known: Document = {**document, "stage": Stage(document["stage"])}
    return Attachment(**known)
