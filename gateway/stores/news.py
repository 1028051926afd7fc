"""Wake those who wait for the change feed: at once for commits of this process, by a watch for others'."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

Watch: TypeAlias = Callable[
    [Callable[[], None]], Coroutine[Any, Any, None]
]  # Any: as asyncio names a coroutine


class News:
    """Counts news. A reader takes `count` before it reads and waits for the next one when it found nothing.

    `watch` is called with `announce` when someone first waits and runs until `close`. It announces once when
    it has begun to watch, so that nothing between a reader's last look and that moment is missed.
    """

    def __init__(self, watch: Watch) -> None:
        self.count = 0
        self._watch = watch
        self._changed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def announce(self) -> None:
        self.count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, *, seen: int, deadline: float) -> bool:
        """Whether there was news since `seen` was the count; false when the deadline (monotonic) passed."""
        if self.count == seen and (left_s := deadline - time.monotonic()) > 0:
            if self._watching is None:
                self._watching = asyncio.create_task(self._watch(self.announce), name="document store watch")
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
        return self.count != seen

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
