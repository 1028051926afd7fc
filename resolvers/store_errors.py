"""What a document store may refuse, each class saying when.

StoreError
├── DocumentNotFound      a read, replace or delete names a document that is not there
├── VersionConflict       the stored document is not at the version the writer has seen
├── UniqueConflict        the id or a unique index is taken by another document
├── DocumentInvalid       a document that cannot be stored and come back equal
├── QueryInvalid          a query its collection did not declare an index for
│   └── CursorInvalid     a page's cursor that was not made by this query
├── FeedPositionLost      a feed is read after a position it never reached or no longer has
└── StoreUnavailable      the disk or the server did not answer in time, or refused
"""

from typing import ClassVar


class StoreError(Exception):
    """Base of all refusals; `code` is stable, the sentence is for people."""

    code: ClassVar[str] = "STORE_ERROR"


class DocumentNotFound(StoreError):
    code = "DOCUMENT_NOT_FOUND"

    def __init__(self, *, collection: str, document_id: str) -> None:
        super().__init__(f"There is no document {document_id!r} in {collection}.")
        self.collection = collection
        self.id = document_id


class VersionConflict(StoreError):
    """`expected` is the version the writer has seen, `actual` the one that is stored."""

    code = "VERSION_CONFLICT"

    def __init__(self, *, collection: str, document_id: str, expected: int, actual: int) -> None:
        super().__init__(
            f"Document {document_id!r} in {collection} is at version {actual}, not {expected}: read it again."
        )
        self.collection = collection
        self.id = document_id
        self.expected = expected
        self.actual = actual


class UniqueConflict(StoreError):
    """`key` is the name of the unique index that is taken, or `id`."""

    code = "UNIQUE_CONFLICT"

    def __init__(self, *, collection: str, document_id: str, key: str) -> None:
        super().__init__(
            f"Document {document_id!r} cannot be in {collection}: its {key} is taken by another document."
        )
        self.collection = collection
        self.id = document_id
        self.key = key


class DocumentInvalid(StoreError):
    """`path` leads to the value from the document's top, such as `steps[3].note`."""

    code = "DOCUMENT_INVALID"

    def __init__(self, *, collection: str, path: str, reason: str) -> None:
        super().__init__(f"A document cannot be in {collection}: {path or 'it'} {reason}.")
        self.collection = collection
        self.path = path
        self.reason = reason


class QueryInvalid(StoreError):
    code = "QUERY_INVALID"

    def __init__(self, *, collection: str, reason: str) -> None:
        super().__init__(f"{collection} cannot be queried so: {reason}.")
        self.collection = collection
        self.reason = reason


class CursorInvalid(QueryInvalid):
    code = "CURSOR_INVALID"

    def __init__(self, *, collection: str) -> None:
        super().__init__(collection=collection, reason="the cursor is not one that this query returned")


class FeedPositionLost(StoreError):
    """What follows the position is not there: it was long ago, or an older backup was restored."""

    code = "FEED_POSITION_LOST"

    def __init__(self, *, after: int, last: int) -> None:
        super().__init__(
            f"The change feed, which ends at {last}, cannot go on after {after}: rebuild from the documents."
        )
        self.after = after
        self.last = last


class StoreUnavailable(StoreError):
    """`outcome_unknown`: a write may have happened; read before writing again. Else nothing was written."""

    code = "STORE_UNAVAILABLE"

    def __init__(self, *, reason: str, outcome_unknown: bool = False) -> None:
        unknown = " The write may have happened: read before trying again." if outcome_unknown else ""
        super().__init__(f"The document store is unavailable: {reason}.{unknown}")
        self.reason = reason
        self.outcome_unknown = outcome_unknown
