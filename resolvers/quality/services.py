"""What the use cases of quality data work with, for the life of the process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from resolvers.ports import DocumentStore
from resolvers.quality.records import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityServices:
    """`bring_up_to_date`: when it returns, what the workers of this instance counted is in the store.

    `now` tells the time, aware and in UTC.
    """

    store: DocumentStore
    kept: Kept
    bring_up_to_date: Callable[[], Awaitable[None]]
    now: Callable[[], datetime]
