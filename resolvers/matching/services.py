"""What the matching use cases work with, for the life of the process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resolvers.matching.keeper import RuleKeeper
from resolvers.matching.ports import RuleReads
from resolvers.matching.recorder import Recorder
from resolvers.ports import DocumentStore


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingServices:
    """`now` tells the time, aware and in UTC."""

    store: DocumentStore
    keeper: RuleKeeper
    recorder: Recorder
    reads: RuleReads
    now: Callable[[], datetime]
    new_id: Callable[[], str]
