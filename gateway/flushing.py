"""Write what a worker counts in memory to the store: each minute, and when the worker ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from gateway.knowledge import end_tasks
from resolvers.store_errors import StoreUnavailable

PERIOD_S = 60.0
LAST_WRITE_S = 5.0  # a store that does not answer must not keep a worker from ending

log = structlog.get_logger("paifang")

Flush = Callable[[], Awaitable[None]]


@asynccontextmanager
async def flushed_each_minute(flush: Flush, *, name: str) -> AsyncGenerator[None]:
    """While inside, `flush` is called each minute, and once more at the end. It may raise `StoreUnavailable`:
    what it could not write it tries again with the next.
    """
    running = asyncio.create_task(_run(flush, name), name=name)
    try:
        yield
    finally:
        await end_tasks([running])
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                await flush()
        except (StoreUnavailable, TimeoutError):
            log.warning("what was counted last is not kept: the store does not answer", work=name)


async def _run(flush: Flush, name: str) -> None:
    while True:
        await asyncio.sleep(PERIOD_S)
        try:
            await flush()
        except StoreUnavailable:
            log.warning("what was counted waits for the store", work=name)
        except Exception as error:  # counting goes on, whatever one flush ran into
            log.error("what was counted could not be written", work=name, exc_info=error)
