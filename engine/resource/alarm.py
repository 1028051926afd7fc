"""One timer for many deadlines: most work is over long before its own, and then costs no timer."""

import asyncio
from typing import Protocol


class Sleeper(Protocol):
    """Who is told; known by identity."""

    def time_out(self) -> None: ...


class Alarm:
    """Tells each sleeper once when its time has come, unless it was forgotten before.

    The timer is set anew only for a deadline earlier than all others: where all have the same time to go,
    once in that time.
    """

    __slots__ = ("_due", "_loop", "_rings_at", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: dict[Sleeper, float] = {}
        self._timer: asyncio.Handle | None = None  # of uvloop no timer where the time has passed
        self._rings_at = 0.0

    def set(self, sleeper: Sleeper, at: float) -> None:
        """Tell it at this time of the loop; what was set for it before is forgotten."""
        self._due[sleeper] = at
        if self._timer is None or at < self._rings_at:
            self._ring_at(at)

    def forget(self, sleeper: Sleeper) -> None:
        self._due.pop(sleeper, None)

    def close(self) -> None:
        """Tell nobody any more."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._ring)
        self._rings_at = at

    def _ring(self) -> None:
        self._timer = None
        now = self._loop.time()
        for sleeper in [it for it, at in self._due.items() if at <= now]:
            if self._due.pop(sleeper, None) is not None:  # who was told before may have it forgotten
                sleeper.time_out()
        if self._due:
            self.set(*min(self._due.items(), key=lambda entry: entry[1]))
