"""Wait for a query's work, which identical queries share: from a task, or by being called back."""

import asyncio
from collections.abc import Callable

from engine.resource.run.execution import Execution
from engine.resource.run.sharing import Flight
from schema.response import Response


class Joined:
    """A query's work, perhaps shared with identical ones. Left once, by any of its three ways."""

    __slots__ = ("_deadline_s", "_flight", "_over", "_written")

    def __init__(
        self,
        flight: Flight[Execution, Response],
        written: Callable[[Execution], Response],
        deadline_s: float,
    ) -> None:
        flight.holders += 1
        self._flight = flight
        self._written = written
        self._deadline_s = deadline_s
        self._over: Callable[[], None] | None = None

    def call_when_over(self, callback: Callable[[], None]) -> None:
        """Call back when `response` may be asked for: the work is done, or the deadline has passed."""
        self._over = callback
        self._flight.call_when_over(callback, self._deadline_s)

    def response(self) -> Response:
        """The response; what is not known by the deadline is written as such."""
        flight = self._flight
        try:
            return flight.task.result() if flight.task.done() else self._written(flight.work)
        finally:
            self._over = None  # it leads back here: all of the request would wait for the garbage collector
            flight.leave()

    def leave(self) -> None:
        """Give up; the work ends if nobody else waits for it."""
        if self._over is not None:
            self._flight.forget_callback(self._over)
            self._over = None
        self._flight.leave()

    async def wait(self) -> Response:
        """The response, once `call_when_over` would call."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.call_when_over(lambda: None if woken.done() else woken.set_result(None))
        try:
            await woken
        except BaseException:
            self.leave()
            raise
        return self.response()
