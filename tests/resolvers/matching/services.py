"""Matching on a real store, following its feed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from uuid_utils import uuid7

from gateway.knowledge import end_tasks
from kb_index.analysis import weigh_terms
from resolvers.matching.keeper import RuleFollower, RuleKeeper
from resolvers.matching.ports import RuleReads
from resolvers.matching.recorder import Recorder
from resolvers.matching.services import MatchingServices
from tests.servers.document_stores import Store


@asynccontextmanager
async def open_matching(
    store: Store, reads: RuleReads, now: Callable[[], datetime]
) -> AsyncGenerator[MatchingServices]:
    keeper = RuleKeeper(store, weigh_terms, 0.6, _no_report)
    follower = RuleFollower(keeper, store)
    await follower.catch_up()
    recorder = Recorder(store, _no_report)
    following = asyncio.create_task(follower.follow())
    writing = asyncio.create_task(recorder.run())
    try:
        yield MatchingServices(
            store=store, keeper=keeper, recorder=recorder, reads=reads, now=now, new_id=lambda: uuid7().hex
        )
    finally:
        await end_tasks([following, writing])
        await recorder.flush()


def _no_report(what: str, fact: object) -> None:
    raise AssertionError((what, fact))
