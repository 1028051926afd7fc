"""Pages of what the store finds, after leaving out what does not fit or the caller may not see.

One document may hold several items (an instance its tasks). A cursor says from which page of the store, and
how many items of it were given.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import orjson

from resolvers.errors import InputInvalid
from resolvers.ports import Document, DocumentStore, Query

T = TypeVar("T")
MAX_FIRST = 500
STORE_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf(Generic[T]):
    """`end` is the cursor after the last item, None if there is none; `more`: there are further items."""

    items: list[T]
    end: str | None
    more: bool


async def select_page(
    store: DocumentStore,
    query: Query,
    expand: Callable[[Document], Awaitable[Iterable[T]]],
    *,
    first: int,
    after: str | None,
) -> PageOf[T]:
    """Raises `InputInvalid` for a `first` or a cursor that is none."""
    if not 0 <= first <= MAX_FIRST:
        raise InputInvalid(argument="first", reason=f"is a number from 0 to {MAX_FIRST}")
    place, given = _read_cursor(after)
    items: list[T] = []
    end = after
    while True:
        page = await store.select(replace(query, limit=STORE_PAGE, after=place))
        found = [item for document in page.documents for item in await expand(document)]
        for number, item in enumerate(found[given:], start=given + 1):
            if len(items) == first:
                return PageOf(items=items, end=end, more=True)
            items.append(item)
            end = _cursor(place, number)
        if page.next is None:
            return PageOf(items=items, end=end, more=False)
        place, given = page.next, 0


async def select_all(store: DocumentStore, query: Query) -> list[Document]:
    """Every page: of what is known to be few."""
    page = await store.select(query)
    documents = [*page.documents]
    while page.next is not None:
        page = await store.select(replace(query, after=page.next))
        documents += page.documents
    return documents


def _cursor(place: str | None, given: int) -> str:
    return urlsafe_b64encode(orjson.dumps([place, given])).decode()


def _read_cursor(text: str | None) -> tuple[str | None, int]:
    if text is None:
        return None, 0
    try:
        place, given = orjson.loads(urlsafe_b64decode(text.encode()))
    except (ValueError, TypeError):
        place, given = 0, -1
    if (place is not None and not isinstance(place, str)) or not isinstance(given, int) or given < 0:
        raise InputInvalid(argument="after", reason="is not a cursor of this list")
    return place, given
