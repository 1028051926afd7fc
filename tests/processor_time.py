"""What a piece of pure work costs a processor, told so that a busy machine can be held to a bound."""

import time
from collections.abc import Callable

ROUNDS = 20


def least_cpu_ms(work: Callable[[], object], *, enough_ms: float = 0) -> float:
    """The least of many rounds, which end at the first that took no more than `enough_ms`.

    Neighbours on the machine make the same instructions slower, never faster.
    """
    least_ms = float("inf")
    for _ in range(ROUNDS):
        began_s = time.thread_time()
        work()
        least_ms = min(least_ms, (time.thread_time() - began_s) * 1e3)
        if least_ms <= enough_ms:
            break
    return least_ms
