"""What the change feed is in both stores: how a reader waits, hears what it missed, and how much is kept."""

import time
from collections.abc import Awaitable, Callable

from gateway.stores.news import News
from resolvers.ports import Change
from resolvers.store_errors import FeedPositionLost

Look = Callable[[], Awaitable[list[Change]]]


async def read_on(
    look: Look, position: Callable[[], Awaitable[int]], news: News, *, after: int, wait_s: float
) -> list[Change]:
    """What `look` finds after that number, waited for when there is nothing. Raises `FeedPositionLost`."""
    deadline = time.monotonic() + wait_s
    while True:
        seen = news.count  # before the look: what is announced during it ends the wait at once
        found = await look()
        if not found or found[-1].sequence != after + len(found):  # nothing, or not all of it
            last = await position()
            if found or after > last:
                raise FeedPositionLost(after=after, last=last)
        if found or not await news.wait(seen=seen, deadline=deadline):
            return found


def end_of_pruning(last: int, *, written: int, kept: int) -> int | None:
    """Up to which number to forget changes after `written` of them came up to `last`; None: not this time.

    Once in a hundredth of what is kept: a writer meets it rarely, and then it is short.
    """
    piece = piece_of(kept)
    due = last // piece > (last - written) // piece
    return last - kept if due and last > kept else None


def piece_of(kept: int) -> int:
    return max(1, kept // 100)
