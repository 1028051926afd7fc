"""What the use cases about clients' operations work with, for the life of the process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.operations.ports import Judge
from resolvers.operations.recording import OperationRecorder
from resolvers.ports import DocumentStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationServices:
    """`judge`: operations on what is published now. `forget`: this worker runs these hashes no more."""

    store: DocumentStore
    recorder: OperationRecorder
    judge: Callable[[], Judge]
    forget: Callable[[Sequence[str]], None]
    now: Callable[[], datetime]
