"""Wait for an operation's work, which identical queries share: from a task, or by being called back."""

from collections.abc import Callable

from engine.resource.alarm import Alarm
from engine.resource.run.execution import Execution
from engine.resource.run.sharing import Flight
from engine.resource.works import Later
from schema.response import Response


class Joined:
    """Work that is not over yet, perhaps shared. Left once, by any of its three ways."""

    __slots__ = ("_alarm", "_callback", "_deadline_at", "_flight", "_served", "_shared", "_written")

    def __init__(
        self,
        flight: Flight[Execution, Response],
        written: Callable[[Execution], Response],
        served: Callable[[Response, bool], Response],
        *,
        alarm: Alarm,
        deadline_at: float,
    ) -> None:
        self._shared = flight.holders > 0
        flight.holders += 1
        self._flight = flight
        self._alarm = alarm
        self._written = written
        self._served = served
        self._deadline_at = deadline_at
        self._callback: Callable[[], None] | None = None

    def call_when_over(self, callback: Callable[[], None]) -> None:
        """Call back when `response` may be asked for: the work is done, or the deadline has passed."""
        self._callback = callback
        self._flight.tell(self)
        self._alarm.set(self, self._deadline_at)

    def response(self) -> Response:
        """The response; what is not known by the deadline is written as such."""
        flight = self._flight
        try:
            return self._served(flight.result() if flight.over else self._written(flight.work), self._shared)
        finally:
            flight.leave()

    def leave(self) -> None:
        """Give up; the work ends if nobody else waits for it."""
        self._callback = None
        self._flight.forget(self)
        self._alarm.forget(self)
        self._flight.leave()

    async def wait(self) -> Response:
        """The response, once `call_when_over` would call."""
        over: Later[None] = Later()
        self.call_when_over(lambda: over.give(None))
        try:
            await over
        except BaseException:
            self.leave()
            raise
        return self.response()

    # ------------------------------------------------------------------ told
    def wake(self) -> None:
        """Answering is work of its own: in a row with that of others, it costs a tenth less."""
        self._alarm.forget(self)
        self._flight.works.add(self)

    def step(self) -> None:
        self._call()

    def time_out(self) -> None:
        self._flight.forget(self)
        self._call()

    def _call(self) -> None:
        callback, self._callback = self._callback, None  # it leads back here: no cycle for the collector
        if callback is not None:
            callback()
