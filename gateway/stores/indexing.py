"""What a document is found by, and what a query may ask: the same answer for both stores.

Values of an order field compare inside their own kind; between kinds: numbers, then texts, then times.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TypeAlias, TypeGuard
from zlib import crc32

import orjson

from gateway.stores.codec import MAX_INT64, MAX_KEY_BYTES, is_document_id, is_key_text, time_text
from resolvers.ports import MAX_PAGE, Collection, Document, Index, Page, Query, Scalar
from resolvers.store_errors import CursorInvalid, DocumentInvalid, QueryInvalid

Key: TypeAlias = str | int | float | bytes
Entry: TypeAlias = tuple[Key, ...]  # one key per field of the index, then the order field's
KIND_FLOORS: tuple[Key, ...] = (float("-inf"), "", b"\0", b"\1")  # where numbers, texts and times begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A query that was checked: its index, and where its page begins."""

    query: Query
    index: Index | None
    after_order: Scalar | None
    after_id: str | None


class Declared:
    """The collections a store was opened with: another declaration of one would leave its indexes wrong."""

    def __init__(self, collections: Iterable[Collection]) -> None:
        self.collections = tuple(collections)
        self._by_name = {collection.name: collection for collection in self.collections}
        if len(self._by_name) < len(self.collections):
            raise ValueError("two collections of one name")

    def check(self, collection: Collection) -> None:
        known = self._by_name.get(collection.name)
        if known is not collection and known != collection:
            raise ValueError(f"the store was not opened with this declaration of {collection.name}")


def entries_of(collection: Collection, document: Document) -> dict[str, list[Entry]]:
    """Under which values each index, by its name, finds the document. Raises `DocumentInvalid`."""
    finding = _Finding(collection, document)
    return {index.name: list(product(*finding.columns(index))) for index in collection.indexes}


def check_indexed(collection: Collection, document: Document) -> None:
    """For a store that finds by itself under which values. Raises `DocumentInvalid`, as `entries_of` does."""
    finding = _Finding(collection, document)
    for index in collection.indexes:
        finding.columns(index)


def expiry_of(collection: Collection, document: Document) -> datetime | None:
    """From when on the document may be removed, None: never. Raises `DocumentInvalid`."""
    expires: object = document.get(collection.expires) if collection.expires else None
    if expires is None:
        return None
    if not isinstance(expires, datetime) or expires.tzinfo is None:
        raise _unfit(
            collection, collection.expires or "", "says when the document expires: a time with its zone"
        )
    return expires


def check_query(query: Query) -> Lookup:
    """The query with its index and start. Raises `QueryInvalid`, `CursorInvalid`."""
    index = _index_of(query)
    if not 1 <= query.limit <= MAX_PAGE:
        raise _invalid(query, f"a page has 1 to {MAX_PAGE} documents")
    if set(query.equal) != set(index.fields if index else ()):
        wanted = ", ".join(index.fields if index else ()) or "nothing"
        raise _invalid(query, f"this look-up takes values for {wanted}")
    bounds = [bound for bound in (query.at_least, query.below) if bound is not None]
    if bounds and not (index and index.order):
        raise _invalid(query, "bounds need an index with an order field")
    for name, value in query.equal.items():
        if not is_scalar(value):
            raise _invalid(query, f"the value of {name} is not a scalar that an index can hold")
    if not all(is_scalar(bound) and not isinstance(bound, bool) for bound in bounds):
        raise _invalid(query, "a bound is a text, a number or a time")
    if len({kind_of(bound) for bound in bounds}) > 1:
        raise _invalid(query, "both bounds are of one kind")
    after_order, after_id = _read_cursor(query, index) if query.after is not None else (None, None)
    return Lookup(query=query, index=index, after_order=after_order, after_id=after_id)


def page_of(lookup: Lookup, documents: Sequence[Document]) -> Page:
    """The page from what the store found when it was asked for one document more than the limit."""
    query, index = lookup.query, lookup.index
    shown = tuple(documents[: query.limit])
    if len(documents) <= query.limit:
        return Page(documents=shown, next=None)
    order = shown[-1][index.order] if index and index.order else None
    cursor = orjson.dumps([_fingerprint(query), _plain(order), shown[-1]["id"]])
    return Page(documents=shown, next=urlsafe_b64encode(cursor).decode())


def is_scalar(value: object) -> TypeGuard[Scalar]:
    """Whether an index can hold the value."""
    match value:
        case str():
            return is_key_text(value)
        case bool():
            return True
        case int():
            return -MAX_INT64 - 1 <= value <= MAX_INT64
        case float():
            return value - value == 0  # false for infinities and NaN
        case datetime():
            return value.tzinfo is not None
        case _:
            return False


def key_of(value: Scalar) -> Key:
    """The value as SQLite compares it: numbers, texts, then bytes; a bool is no number and a time no text."""
    if isinstance(value, datetime):
        return b"\0" + time_text(value).encode()
    if isinstance(value, bool):
        return b"\1\1" if value else b"\1\0"
    return value


def kind_of(value: Scalar) -> int:
    """The place of a bound's kind in the order: numbers 0, texts 1, times 2."""
    return 2 if isinstance(value, datetime) else 1 if isinstance(value, str) else 0


class _Finding:
    """A document's values as keys, each field read once for all indexes that name it."""

    __slots__ = ("_collection", "_document", "_keys")

    def __init__(self, collection: Collection, document: Document) -> None:
        self._collection = collection
        self._document = document
        self._keys: dict[str, list[Key]] = {}

    def columns(self, index: Index) -> list[list[Key]]:
        """For each of its fields, and for its order, the keys."""
        document, lists = self._document, 0
        columns: list[list[Key]] = []
        for name in index.fields:
            lists += isinstance(document.get(name), list)
            if lists > (0 if index.unique else 1):
                raise _unfit(self._collection, name, f"is one list too many for index {index.name}")
            columns.append(self._keys_of(name))
        if index.order:
            if isinstance(document.get(index.order), bool | list):
                reason = f"orders index {index.name}: a text, a number or a time"
                raise _unfit(self._collection, index.order, reason)
            columns.append(self._keys_of(index.order))
        return columns

    def _keys_of(self, name: str) -> list[Key]:
        """Each once."""
        known = self._keys.get(name)
        if known is None:
            value: object = self._document.get(name)
            members: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore  # checked below
            keys = [self._key_of(name, member) for member in members if member is not None]
            known = self._keys[name] = list(dict.fromkeys(keys)) if len(keys) > 1 else keys
        return known

    def _key_of(self, name: str, member: object) -> Key:
        if type(member) is str and is_key_text(member):  # most of what is found by
            return member
        if not is_scalar(member):
            limits = f"true or false, a 64-bit or finite number, a text of ≤ {MAX_KEY_BYTES} bytes or a time"
            raise _unfit(self._collection, name, f"is indexed and holds neither {limits}")
        return key_of(member)


def _index_of(query: Query) -> Index | None:
    if query.index is None:
        return None
    for index in query.collection.indexes:
        if index.name == query.index:
            return index
    raise _invalid(query, f"it declares no index {query.index!r}")


def _fingerprint(query: Query) -> int:
    """Ties a cursor to its query: one from elsewhere is refused instead of answering with a wrong place."""
    equal = sorted((name, _plain(value)) for name, value in query.equal.items())
    asked = [query.collection.name, query.index, equal, _plain(query.at_least), _plain(query.below)]
    return crc32(orjson.dumps([*asked, query.descending]))


def _read_cursor(query: Query, index: Index | None) -> tuple[Scalar | None, str]:
    try:
        fingerprint, order, document_id = orjson.loads(urlsafe_b64decode((query.after or "").encode()))
        if isinstance(order, dict):
            order = datetime.fromisoformat(str(order["%at"]))  # pyright: ignore  # of any type until it parses
    except (ValueError, TypeError, KeyError):
        raise CursorInvalid(collection=query.collection.name) from None
    ordered = bool(index and index.order)
    made_here = fingerprint == _fingerprint(query) and is_document_id(document_id)
    if not made_here or is_scalar(order) != ordered or not _within(query, order):
        raise CursorInvalid(collection=query.collection.name)
    return order, document_id


def _within(query: Query, order: Scalar | None) -> bool:
    low, high = query.at_least, query.below
    kinds = {kind_of(bound) for bound in (low, high) if bound is not None}
    if order is None or not kinds:
        return True
    if kinds != {kind_of(order)}:
        return False
    return (low is None or not _precedes(order, low)) and (high is None or _precedes(order, high))


def _precedes(left: Scalar, right: Scalar) -> bool:
    return bool(left < right)  # pyright: ignore  # both are of one kind


def _plain(value: Scalar | None) -> object:
    return {"%at": time_text(value)} if isinstance(value, datetime) else value


def _invalid(query: Query, reason: str) -> QueryInvalid:
    return QueryInvalid(collection=query.collection.name, reason=reason)


def _unfit(collection: Collection, name: str, reason: str) -> DocumentInvalid:
    return DocumentInvalid(collection=collection.name, path=name, reason=reason)
