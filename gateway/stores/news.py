"""Wake those who wait for the change feed: at once for commits of this process, by a watch for others'."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeAlias

Watch: TypeAlias = Callable[[Callable[[], None]], Awaitable[None]]


class News:
    """Counts news; the watch runs only while someone listens.

    `watch` is called with `announce` and runs until it is cancelled. It announces once when it has begun to
    watch, so that nothing between a listener's last read and that moment is missed.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.count = 0
        self._listeners = 0
        self._changed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def announce(self) -> None:
        self.count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def listening(self) -> Generator[None]:
        """Keep the watch, once a wait has started it, until the last listener leaves."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners and self._watching:
                self._watching.cancel()
                self._watching = None

    async def wait(self, *, seen: int, deadline: float) -> bool:
        """Whether there was news since `seen` was the count; false when the deadline (monotonic) passed."""
        if self.count == seen and (left_s := deadline - time.monotonic()) > 0:
            if self._watching is None:
                self._watching = asyncio.ensure_future(self._watch(self.announce))
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._changed.wait()
        return self.count != seen
