"""Count what happened within the last so many seconds, in memory that does not grow with it."""

from collections import deque

SLICES = 100  # what is too old leaves by slices: counts are exact to a hundredth of the time


class Window:
    """Calls and failures of a sliding stretch of time. Times are those of one clock that never goes back."""

    __slots__ = ("_slice_s", "_slices", "calls", "failures")

    def __init__(self, span_s: float) -> None:
        self._slice_s = span_s / SLICES
        self._slices: deque[list[int]] = deque()  # [number of the slice, calls, failures], oldest first
        self.calls = 0
        self.failures = 0

    def add(self, now: float, *, failed: bool = False) -> None:
        self.forget_old(now)
        number = int(now / self._slice_s)
        if not self._slices or self._slices[-1][0] != number:
            self._slices.append([number, 0, 0])
        newest = self._slices[-1]
        newest[1] += 1
        newest[2] += failed
        self.calls += 1
        self.failures += failed

    def forget_old(self, now: float) -> None:
        """Take out of the counts what is older than the window."""
        first = int(now / self._slice_s) - SLICES
        while self._slices and self._slices[0][0] < first:
            _, calls, failures = self._slices.popleft()
            self.calls -= calls
            self.failures -= failures

    def frees_in_s(self, now: float) -> float:
        """How long until the oldest calls are too old; there are some."""
        return max((self._slices[0][0] + SLICES + 1) * self._slice_s - now, 0.0)

    def clear(self) -> None:
        self._slices.clear()
        self.calls = self.failures = 0
