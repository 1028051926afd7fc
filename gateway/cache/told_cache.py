"""Answers kept in the memory of one worker of several, which tell each other of their fences."""

import asyncio
from collections.abc import Awaitable, Callable

from engine.resource.run.memory_cache import MemoryCache

Tell = Callable[[str], Awaitable[object]]


class ToldCache(MemoryCache):
    """Implements `Cache`. `tell` has the others call `fence_here`; fences that come meanwhile go together."""

    def __init__(self, room_bytes: int, tell: Tell) -> None:
        super().__init__(room_bytes)
        self._tell = tell
        self._untold: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    def fence(self, source: str) -> None:
        self.fence_here(source)
        self._untold.add(source)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell_all())

    def fence_here(self, source: str) -> None:
        super().fence(source)

    async def _tell_all(self) -> None:
        while self._untold:
            await self._tell(self._untold.pop())
