"""Make what matching runs on: the rules of this worker, and what is written in the background."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn

import structlog
from uuid_utils import uuid7

from gateway.knowledge import end_tasks
from gateway.settings import Settings
from gateway.stores.opening import Store
from kb_index.analysis import weigh_terms
from resolvers.matching.keeper import RuleFollower, RuleKeeper
from resolvers.matching.recorder import Recorder
from resolvers.matching.services import MatchingServices
from resolvers.store_errors import StoreUnavailable
from schema.execution import Engine
from schema.flows.graph import GraphResources
from schema.graph import Graph

LAST_WRITE_S = 5.0  # a store that does not answer must not keep a worker from ending

log = structlog.get_logger("paifang")


@asynccontextmanager
async def open_matching(
    settings: Settings, store: Store, graph: Callable[[], Graph], engine: Engine
) -> AsyncGenerator[MatchingServices]:
    """The services; while they are open, rules follow what others save. Closing writes what waits."""
    keeper = RuleKeeper(store, weigh_terms, settings.match_text_score, _report_rule)
    follower = RuleFollower(keeper, store)
    recorder = Recorder(store, _report_records)
    await follower.catch_up()
    running = [
        _background(follower.follow(), "match rules"),
        _background(recorder.run(), "match records"),
    ]
    try:
        yield MatchingServices(
            store=store,
            keeper=keeper,
            recorder=recorder,
            reads=GraphResources(
                graph, engine, deadline_s=settings.deadline_ms / 1000, client="(match rules)"
            ),
            now=lambda: datetime.now(UTC),
            new_id=lambda: uuid7().hex,
        )
    finally:
        await end_tasks(running)
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LAST_WRITE_S):
                await recorder.flush()


def _background(work: Coroutine[None, None, NoReturn], name: str) -> asyncio.Task[NoReturn]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(partial(_report_end, name))
    return task


def _report_end(name: str, task: asyncio.Task[NoReturn]) -> None:
    if not task.cancelled():
        log.critical("background work ended", work=name, exc_info=task.exception())


def _report_rule(rule: str, error: Exception) -> None:
    log.error("match rule left out: it no longer compiles", rule=rule, exc_info=error)


def _report_records(message: str, fact: object) -> None:
    log.error(message, entries=fact)
