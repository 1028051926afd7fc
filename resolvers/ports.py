"""What the use cases need from outside: the document store and its change feed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

Scalar: TypeAlias = str | int | float | bool | datetime
Document: TypeAlias = dict[str, Any]  # Any: the use case that reads a document knows the types of its values

COLLECTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")  # a table name in any case folding
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
MAX_PAGE = 1_000  # documents; a caller who needs more turns the page
FEED_KEPT = 100_000  # changes; who missed more is quicker to read the documents than what became of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One declared way to find documents: by equality on `fields`, ordered by `order`, then by id.

    Fields are top-level fields of the document and hold scalars. One of `fields` may hold a list of scalars:
    the document is then found by each member. A document in which one of the index's fields is absent, null
    or an empty list is not in the index. `order` holds texts, numbers or times, in that index's documents.
    `unique`: no two documents in the index agree on all `fields`; such an index has neither lists nor an
    order.
    """

    name: str
    fields: tuple[str, ...] = ()
    order: str | None = None
    unique: bool = False

    def __post_init__(self) -> None:
        used = (*self.fields, *([self.order] if self.order else []))
        if not COLLECTION_NAME.fullmatch(self.name) or self.name == "id":
            raise ValueError(f"{self.name!r} is not an index name: lower case, digits and _, not 'id'")
        if not used or len(set(used)) < len(used) or {"id", "version"} & set(used):
            raise ValueError(f"index {self.name} needs distinct fields other than id and version")
        if not all(map(FIELD_NAME.fullmatch, used)):
            raise ValueError(f"index {self.name}: only plain top-level fields can be indexed")
        if self.unique and self.order:
            raise ValueError(f"index {self.name} is unique: it finds one document and has no order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A kind of documents, declared once as a constant. `feed`: its changes are in the change feed.

    `expires` names a top-level field with a time from which on nobody needs the document: the store removes
    it some time later, without a change in the feed. A document without it stays.
    """

    name: str
    indexes: tuple[Index, ...] = ()
    feed: bool = True
    expires: str | None = None

    def __post_init__(self) -> None:
        names = [index.name for index in self.indexes]
        if not COLLECTION_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a collection name: lower case, digits and _")
        if len(set(names)) < len(names):
            raise ValueError(f"collection {self.name} declares an index twice")
        if self.expires is not None and not FIELD_NAME.fullmatch(self.expires):
            raise ValueError(f"collection {self.name}: only a plain top-level field says when one expires")
        if self.expires is not None and self.feed:
            raise ValueError(f"collection {self.name}: what expires goes without a change in the feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """A new document with its `id` (text) and `version` (1, or where an import goes on)."""

    collection: Collection
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """The next state of a document: its `version` is the one that was read plus one, and wins only over that
    one.
    """

    collection: Collection
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Remove the document if it still is at `version`."""

    collection: Collection
    id: str
    version: int


Write: TypeAlias = Insert | Replace | Delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Documents of one index with these values, in its order; without an index, all documents by id.

    `equal` gives a value for every one of the index's fields. `at_least` (inclusive) and `below` (exclusive)
    bound its order field and find only values of their own type. `after` is the previous page's `next`.
    """

    collection: Collection
    index: str | None = None
    equal: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    at_least: Scalar | None = None
    below: Scalar | None = None
    descending: bool = False
    limit: int = 100
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`next` is the opaque cursor of the following page, None at the end."""

    documents: tuple[Document, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document written or deleted; `version` is the one written, or the last one before the deletion."""

    sequence: int
    collection: str
    id: str
    version: int
    deleted: bool


class DocumentStore(Protocol):
    """Documents by collection: JSON values, bytes and aware times, which come out equal to what went in.

    A document is a dict with `id: str` and `version: int` ≥ 1. Reads return fresh copies, see every write
    that was acknowledged before they began, and see all of a write or nothing. Every method raises
    `StoreUnavailable` when the store does not answer by its deadline, and `ValueError` for a collection that
    the store was not opened with.
    """

    async def find(self, collection: Collection, document_id: str) -> Document | None:
        """The document, or None."""
        ...

    async def get(self, collection: Collection, document_id: str) -> Document:
        """The document. Raises `DocumentNotFound`."""
        ...

    async def load_many(self, collection: Collection, ids: Sequence[str]) -> list[Document | None]:
        """As many results as ids, in their order: what a data loader asks for."""
        ...

    async def select(self, query: Query) -> Page:
        """One page; turning pages meets once every document that keeps its place in the index meanwhile.

        Raises `QueryInvalid`, `CursorInvalid`.
        """
        ...

    async def write(self, *writes: Write) -> None:
        """All writes in their order in one transaction, or none; when it returns, they survive a crash, once.

        Of concurrent writers that replace one version, exactly one returns; the others raise
        `VersionConflict`. Raises `DocumentInvalid` before anything is sent, `UniqueConflict`,
        `VersionConflict`, `DocumentNotFound`; `StoreUnavailable.outcome_unknown` says whether it may have
        happened. A cancelled write happens or does not.
        """
        ...


class ChangeFeed(Protocol):
    """Every write to a collection with `feed`, numbered 1, 2, 3 … without gaps in the order of commits.

    Whoever has seen number n has seen, and can read the documents of, every number before n. The numbers
    outlive the process; many readers follow independently, each keeping its own position. The latest
    `FEED_KEPT` changes are kept, older ones not for long: a reader that far behind reads the documents again.
    """

    async def position(self) -> int:
        """The number of the latest change, 0 before the first."""
        ...

    async def changes(self, *, after: int, limit: int = MAX_PAGE, wait_s: float = 0.0) -> list[Change]:
        """Up to `limit` changes that follow `after`, in order; when there is none, waits `wait_s` for one.

        Raises `FeedPositionLost` if `after` is beyond the feed's end, or what follows it is no longer kept.
        """
        ...
