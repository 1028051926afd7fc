"""A step that loses against another is made again on what the other wrote."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from engine.flow.errors import StepContended
from engine.flow.ports import StepConflict

MAX_RACES = 60  # lost one after another: 32 clients on one instance need up to 32
PAUSE_S = 0.002  # at most, times the races lost: those who lost together do not meet again

T = TypeVar("T")


async def race(attempt: Callable[[], Awaitable[T]]) -> T:
    """Each attempt loads anew. Raises `StepContended` when others always win."""
    for lost in range(MAX_RACES):
        try:
            return await attempt()
        except StepConflict:
            await asyncio.sleep(random.uniform(0, PAUSE_S * lost))
    raise StepContended
