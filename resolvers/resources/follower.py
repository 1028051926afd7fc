"""Serve what other workers and replicas publish."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from engine.problem import Problem
from resolvers.ports import ChangeFeed
from resolvers.resources.catalog import CatalogKeeper
from resolvers.resources.news import ModuleNews
from resolvers.resources.ports import Revisions
from resolvers.resources.records import MODULES
from resolvers.store_errors import FeedPositionLost, StoreUnavailable

WAIT_S = 30.0  # for a change; the feed answers at once when there is one
PAUSE_S = 0.5  # before asking a store again that did not answer: publishes arrive within the second

Report = Callable[[Mapping[str, Sequence[Problem]]], None]


class ModuleFollower:
    """Keeps this worker's catalog and revision at what is stored.

    `revisions` serves in this worker alone: every worker follows for itself. `report` is told which modules
    are left out, whenever that changes; `news` of what is served.
    """

    def __init__(
        self,
        keeper: CatalogKeeper,
        feed: ChangeFeed,
        revisions: Revisions,
        report: Report,
        *,
        news: ModuleNews | None = None,
    ) -> None:
        self._keeper = keeper
        self._feed = feed
        self._revisions = revisions
        self._report = report
        self._news = news or ModuleNews()
        self._reported: Mapping[str, Sequence[Problem]] = {}

    async def catch_up(self) -> None:
        """Serve everything published before this call. Raises `StoreUnavailable`."""
        await self._keeper.refresh()
        catalog = self._keeper.catalog  # not the refreshed one: a newer one may be there already
        if catalog.left_out != self._reported:
            self._reported = catalog.left_out
            self._report(catalog.left_out)
        if self._revisions.current() is not catalog.registry:
            await self._revisions.serve(catalog.registry)
        self._news.served(catalog)

    async def follow(self) -> NoReturn:
        """Serve publishes as they come; a store that is away is waited for, and the last revision serves."""
        position = None
        while True:
            try:
                if position is None:
                    position = await self._feed.position()
                    await self.catch_up()
                changes = await self._feed.changes(after=position, wait_s=WAIT_S)
                if any(change.collection == MODULES.name for change in changes):
                    await self.catch_up()
                if changes:
                    position = changes[-1].sequence
            except FeedPositionLost:
                position = None
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)
