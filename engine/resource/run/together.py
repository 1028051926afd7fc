"""Run several things at once and wait for all of them; the first that raises ends the others."""

import asyncio
from collections.abc import Awaitable, Sequence


async def run_all(runs: Sequence[Awaitable[None]]) -> None:
    if len(runs) == 1:
        await runs[0]
    elif runs:
        async with asyncio.TaskGroup() as tasks:
            for run in runs:
                tasks.create_task(_awaited(run))


async def _awaited(run: Awaitable[None]) -> None:
    await run
