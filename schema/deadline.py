"""What stops when the time of a request is up, and what is said of a mutation that was not done by then."""

import asyncio

from engine.resource.outcome import DEADLINE_EXCEEDED, Failure

LATE = Failure(
    DEADLINE_EXCEEDED,
    "the deadline passed before this was answered: it may have happened; look, or send it again under one"
    " idempotency key",
    {"retryable": True},
)


class Deadline:
    """Stop the work inside when the time is up; what is not known by then is written as such."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *raised: object) -> bool:
        try:
            await self._timeout.__aexit__(*raised)  # type: ignore[arg-type] # what `async with` passes
        except TimeoutError:
            return True
        return False
