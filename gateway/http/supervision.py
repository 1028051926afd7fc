"""Watch over a long request: drop one half sent, end the work of one whose client left.

Most requests end within milliseconds; all they pay for this is one timer, set and cancelled.
"""

import asyncio
from typing import Protocol

BEGIN_AFTER_S = 0.1  # most requests end sooner, and watching costs as much as they do


class Watched(Protocol):
    async def disconnected(self) -> None:
        """Return when the client has gone away."""
        ...


class Supervision:
    """Cancels the task that handles the request; `expired` and `gone` then say why."""

    __slots__ = (
        "_arrived",
        "_body_timeout_s",
        "_loop",
        "_request",
        "_task",
        "_timer",
        "_watcher",
        "expired",
        "gone",
    )

    def __init__(self, request: Watched, *, body_timeout_s: float) -> None:
        self._request = request
        self._body_timeout_s = body_timeout_s
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task(self._loop)
        self._timer = self._loop.call_later(BEGIN_AFTER_S, self._begin)
        self._arrived = False
        self._watcher: asyncio.Task[None] | None = None
        self.expired = False
        self.gone = False

    def body_arrived(self) -> None:
        """The request is complete; from now on only its client's leaving ends it."""
        self._arrived = True
        if self._watcher is None and self._timer.when() - self._loop.time() > BEGIN_AFTER_S:
            self._timer.cancel()  # it was waiting for the body's time to run out
            self._watch()

    def end(self) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def ended_task(self) -> bool:
        """Whether the cancellation just caught is ours; it is then undone."""
        ours = self.expired or self.gone
        return ours and self._task is not None and self._task.uncancel() == 0

    def _begin(self) -> None:
        if self._arrived:
            self._watch()
        else:
            self._timer = self._loop.call_later(self._body_timeout_s, self._expire)

    def _expire(self) -> None:
        self.expired = True
        self._cancel()

    def _watch(self) -> None:
        self._watcher = self._loop.create_task(self._wait_for_leaving())

    async def _wait_for_leaving(self) -> None:
        await self._request.disconnected()
        self.gone = True
        self._cancel()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
