"""Circuit breaker: an API that fails too often is left alone for a while, then tried by one call.

Closed, every call is made and its end counted. Open, none is but a probe, one every `open_ms` at most: its
success closes the breaker, whatever else it comes to leaves it open.
"""

from engine.resource.policy import CircuitBreaker
from engine.resource.traffic.window import Window

PATIENCE_S = 5.0  # a probe that takes longer holds up no other: an API that hung is found well in time

Pass = int  # the leave to make a call: the turn in which it was given; only those of the last one count


class Breaker:
    """One per scope and host. Times are those of one clock that never goes back."""

    __slots__ = ("_open_s", "_probe_at", "_probing_since", "_turn", "_window", "is_open", "settings")

    def __init__(self, settings: CircuitBreaker) -> None:
        self.settings = settings
        self.is_open = False
        self._open_s = settings.open_ms / 1000
        self._window = Window(settings.window_ms / 1000)
        self._turn = 0
        self._probe_at = 0.0  # when the next probe may begin
        self._probing_since: float | None = None

    def wait_s(self, now: float) -> float | None:
        """None if a call may begin now, else how long until one may be tried."""
        if not self.is_open or self._may_probe(now):
            return None
        return max(self._probe_at - now, 0.0)

    def begin(self, now: float) -> Pass | None:
        """Leave to make a call now, to be given to `end`, whatever comes of the call; None: it is refused."""
        if self.is_open:
            if not self._may_probe(now):
                return None
            self._turn += 1  # of two probes, one of which hangs, the later one tells
            self._probing_since = now
            self._probe_at = now + self._open_s
        return self._turn

    def end(self, passed: Pass, *, failed: bool | None, now: float) -> None:
        """A call is over. `failed` None: it tells nothing of the API, as when it was given up."""
        if passed != self._turn:  # it began before the breaker opened, closed or tried anew
            return
        if self.is_open:
            self._probing_since = None
            if failed is False:
                self._close()
        elif failed is not None:
            self._window.add(now, failed=failed)
            if failed and self._fails_too_often():
                self._open(now)

    def _may_probe(self, now: float) -> bool:
        since = self._probing_since
        return now >= self._probe_at and (since is None or now - since >= PATIENCE_S)

    def _fails_too_often(self) -> bool:
        calls, failures = self._window.calls, self._window.failures
        return calls >= self.settings.min_requests and failures >= self.settings.failure_rate * calls

    def _open(self, now: float) -> None:
        self.is_open = True
        self._turn += 1
        self._probe_at = now + self._open_s
        self._probing_since = None

    def _close(self) -> None:
        self.is_open = False
        self._turn += 1
        self._window.clear()
