"""Where a page of a list ends."""

from typing import Any

import strawberry

from resolvers.paging import PageOf


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None

    @classmethod
    def of(cls, page: PageOf[Any]) -> "PageInfo":  # Any: whatever it is a page of
        return cls(has_next_page=page.more, end_cursor=page.end)
