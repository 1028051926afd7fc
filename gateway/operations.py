"""Make what records clients' operations, and what asks whom of them a publish would break."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from gateway.flushing import flushed_each_minute
from gateway.http.persisted import PersistedOperations
from gateway.settings import Settings
from resolvers.operations.ports import Judge
from resolvers.operations.recording import OperationRecorder
from resolvers.operations.registering import find_registered
from resolvers.operations.services import OperationServices
from resolvers.operations.usage import OperationUsage, UsePolicy
from resolvers.ports import DocumentStore
from schema.graph import DocumentLimits
from schema.judging import judging_with
from schema.tally import Tally

log = structlog.get_logger("paifang")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """`tally` counts each request, `persisted` knows texts by their hash, publishing asks `usage`."""

    tally: Tally
    usage: OperationUsage
    recorder: OperationRecorder
    persisted: PersistedOperations

    def services(self, store: DocumentStore, judge: Callable[[], Judge]) -> OperationServices:
        return OperationServices(
            store=store, recorder=self.recorder, judge=judge, forget=self.persisted.forget, now=_now
        )


@asynccontextmanager
async def open_operations(
    settings: Settings, store: DocumentStore, limits: DocumentLimits
) -> AsyncGenerator[Operations]:
    """While open, what was counted is written each minute; closing writes the rest."""
    window = timedelta(days=settings.usage_days)
    tally = Tally(lambda missed: _report("operations were not counted: too many at once", missed))
    recorder = OperationRecorder(store, tally, _now, kept=window, report=_report)
    policy = UsePolicy(window=window, nameless=settings.usage_of_nameless)
    usage = OperationUsage(store, recorder, judging_with(limits), policy=policy, now=_now)
    persisted = PersistedOperations(partial(find_registered, store), only=settings.registered_only)
    async with flushed_each_minute(recorder.flush, name="client operations"):
        yield Operations(tally=tally, usage=usage, recorder=recorder, persisted=persisted)


def _report(message: str, number: int) -> None:
    log.warning(message, operations=number)


def _now() -> datetime:
    return datetime.now(UTC)
