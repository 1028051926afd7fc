"""So many calls of a source at once; the others queue, as long as their turn is likely to come in time.

A queue that is longer than what can be served in time makes every caller wait and then fail. So a call that
would probably wait for more than half of its time is refused at once, and those already waiting are as soon
as the source turns out too slow for them.
"""

import asyncio
from collections import OrderedDict

LIKELY = 0.5  # of its time a call may be expected to wait: sources may become half as fast meanwhile
WEIGHT = 1 / 8  # of the newest call in the average of how long a place is held


class Gate:
    """The places of one source, given in the order of asking. Times are those of the running loop."""

    __slots__ = ("_free", "_held_s", "_loop", "_moved_at", "_places", "_waiting")

    def __init__(self, places: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._places = places
        self._free = places
        self._held_s = 0.0  # on the average
        self._moved_at = 0.0  # when a place was last taken free or given back
        self._waiting: OrderedDict[asyncio.Future[bool], float] = OrderedDict()  # and until when

    def take_free(self) -> bool:
        """Take a place if one is free."""
        if not self._free:
            return False
        self._free -= 1
        self._moved_at = self._loop.time()
        return True

    def expected_wait_s(self, ahead: int | None = None) -> float:
        """How long a call would probably wait that has so many before it; without a number, a new one."""
        if self._free:
            return 0.0
        before = len(self._waiting) if ahead is None else ahead
        held_s = max(self._held_s, self._loop.time() - self._moved_at)  # nothing moves: it became slower
        return (before + 1) * held_s / self._places

    def admits(self, patience_s: float) -> bool:
        """Whether a call that comes now would probably have its turn in time.

        Those who wait in vain by now are refused first.
        """
        self._refuse_hopeless()
        return self.expected_wait_s() <= patience_s * LIKELY

    async def take(self, patience_s: float) -> bool:
        """Wait for a place and take it; False: there was none in time."""
        if self.take_free():
            return True
        turn: asyncio.Future[bool] = self._loop.create_future()
        until = self._loop.time() + patience_s
        self._waiting[turn] = until
        timer = self._loop.call_at(until, self._refuse, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():  # given and cancelled at once
                self._hand_on()
            self._waiting.pop(turn, None)
            raise
        finally:
            timer.cancel()

    def give(self, held_s: float | None) -> None:
        """Give a place back that was held so long; None: no call was made in it. Who waits longest has it."""
        if held_s is not None:
            self._held_s += (held_s - self._held_s) * (WEIGHT if self._held_s else 1)
        self._moved_at = self._loop.time()
        self._hand_on()
        self._refuse_hopeless()

    def _hand_on(self) -> None:
        while self._waiting:
            turn, _ = self._waiting.popitem(last=False)
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1

    def _refuse_hopeless(self) -> None:
        """Those at the end for whom the queue has become too long."""
        while self._waiting:
            last = next(reversed(self._waiting))
            wait_s = self.expected_wait_s(len(self._waiting) - 1)
            if self._loop.time() + wait_s <= self._waiting[last]:
                return
            self._refuse(last)

    def _refuse(self, turn: "asyncio.Future[bool]") -> None:
        self._waiting.pop(turn, None)
        if not turn.done():
            turn.set_result(False)
