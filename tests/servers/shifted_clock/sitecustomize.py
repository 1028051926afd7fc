"""Read by the interpreter of a gateway under test: the clock of its flows is as far off as a file says."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.flows import SystemClock


def shift(offset: Path) -> None:
    """From now on; the file holds seconds, and may change at any time."""

    def now(self: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(offset.read_text() or 0))

    SystemClock.now = now


if named := os.environ.get("PAIFANG_TEST_CLOCK_OFFSET"):
    shift(Path(named))
