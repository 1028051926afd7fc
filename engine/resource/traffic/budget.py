"""Retry budget: repetitions are a tenth of the calls at most, so that they hardly add to an overload.

Two token buckets, and a repetition takes from both while either can pay: what calls earn, and a spare that
time fills, for sources that are called too seldom to earn. So the spare is no addition to the tenth.
"""

CALLS_PER_RETRY = 10
MOST = 10  # repetitions in a row, whatever was earned
SPARE_PER_S = 0.1  # where calls are few: one repetition in ten seconds


class RetryBudget:
    """One per scope and host. Times are those of one clock that never goes back."""

    __slots__ = ("_earned", "_spare", "_spare_at")

    def __init__(self, now: float) -> None:
        self._earned = 0  # in tenths of a repetition; what the spare paid is owed
        self._spare = float(MOST)
        self._spare_at = now

    def call_made(self) -> None:
        """A call was made for the first time: it earns its tenth."""
        self._earned = min(self._earned + 1, MOST * CALLS_PER_RETRY)

    def take(self, now: float) -> bool:
        """Pay for a repetition; False where it must not be made."""
        self._spare = min(self._spare + (now - self._spare_at) * SPARE_PER_S, MOST)
        self._spare_at = now
        if self._earned < CALLS_PER_RETRY and self._spare < 1:
            return False
        self._earned = max(self._earned - CALLS_PER_RETRY, -MOST * CALLS_PER_RETRY)
        self._spare = max(self._spare - 1, 0.0)
        return True
