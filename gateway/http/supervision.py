"""Watch over long requests: drop one half sent, end the work of one whose client left.

Most requests end within milliseconds; all they pay is an entry in a table that one timer looks through.
"""

import asyncio
from typing import Protocol

LOOK_S = 0.1  # between two looks at the requests under way; one is watched from its second look on


class Watched(Protocol):
    async def disconnected(self) -> None:
        """Return when the client has gone away."""
        ...


class Supervision:
    """One request under way. Cancels the task that handles it; `expired` and `gone` then say why."""

    __slots__ = ("_request", "_task", "_watcher", "arrived", "expired", "gone", "looks")

    def __init__(self, request: Watched, task: "asyncio.Task[object] | None") -> None:
        self._request = request
        self._task = task
        self._watcher: asyncio.Task[None] | None = None
        self.arrived = False
        self.looks = 0
        self.expired = False
        self.gone = False

    def ended_task(self) -> bool:
        """Whether the cancellation just caught is ours; it is then undone."""
        ours = self.expired or self.gone
        return ours and self._task is not None and self._task.uncancel() == 0

    def body_arrived(self) -> None:
        self.arrived = True

    def look(self, body_looks: int) -> None:
        """Called regularly: begin to watch a complete request, give up one half sent for too long."""
        self.looks += 1
        if self.arrived:
            if self._watcher is None and self.looks > 1:
                self._watcher = asyncio.get_running_loop().create_task(self._wait_for_leaving())
        elif self.looks > body_looks:
            self.expired = True
            self._cancel()

    def end(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    async def _wait_for_leaving(self) -> None:
        await self._request.disconnected()
        self.gone = True
        self._cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


class Supervisor:
    """Process life: all requests under way on this worker's loop."""

    def __init__(self, *, body_timeout_s: float) -> None:
        self._body_looks = max(1, round(body_timeout_s / LOOK_S))
        self._under_way: dict[Supervision, None] = {}
        self._looking = False

    def begin(self, request: Watched) -> Supervision:
        supervision = Supervision(request, asyncio.current_task())
        self._under_way[supervision] = None
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_later(LOOK_S, self._look)
        return supervision

    def end(self, supervision: Supervision) -> None:
        del self._under_way[supervision]
        supervision.end()

    def _look(self) -> None:
        for supervision in list(self._under_way):
            supervision.look(self._body_looks)
        self._looking = bool(self._under_way)
        if self._looking:
            asyncio.get_running_loop().call_later(LOOK_S, self._look)
