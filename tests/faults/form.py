"""Which form of the fault tests runs: short in the suite, long from `scripts/faults`."""

import os

LONG = os.environ.get("PAIFANG_TEST_FAULTS") == "long"


def times(short: int, long: int) -> int:
    return long if LONG else short
