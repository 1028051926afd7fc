"""Which recorded operations ask for which fields, and what another graph would break for their clients.

An operation is in use while a client that tells its name ran it within the window. One that only nameless
callers ran is somebody trying things out: whoever publishes is told, and not held up.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.operations.breaking import Breakage, Comparison
from resolvers.operations.ports import Judge, is_named
from resolvers.operations.recording import OperationRecorder
from resolvers.operations.records import OPERATIONS, SHORT, OperationRecord, operation_of
from resolvers.paging import select_all
from resolvers.ports import MAX_PAGE, DocumentStore, Query

MAX_TOLD = 3  # clients of an operation that a problem names


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePolicy:
    """`window`: how long ago a run still counts. `nameless`: whether callers without a name do."""

    window: timedelta
    nameless: bool = False


class OperationUsage:
    """Implements the resource use cases' `UsageIndex`."""

    def __init__(
        self,
        store: DocumentStore,
        recorder: OperationRecorder,
        judging: Callable[[Registry], Judge],
        *,
        policy: UsePolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._judging = judging
        self._policy = policy
        self._now = now

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        await self._recorder.flush()
        found = {field: await self._using(field) for field in fields}
        return {
            field: sorted(f"operation {record.label}" for record in records)
            for field, records in found.items()
            if records
        }

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> list[Problem]:
        """What this worker has counted counts; of other workers, what they wrote a minute ago at most."""
        await self._recorder.flush()
        records = {one.form.hash: one for field in fields for one in await self._using(field)}
        if not records:
            return []
        return await asyncio.to_thread(self._compare, list(records.values()), fields, current, proposed)

    def _compare(
        self,
        records: Sequence[OperationRecord],
        fields: Collection[str],
        current: Registry,
        proposed: Registry,
    ) -> list[Problem]:
        comparison = Comparison(current, proposed, self._judging)
        ordered = sorted(records, key=lambda record: (-record.count, record.form.hash))
        return [
            self._problem(record, breakage)
            for record in ordered
            for breakage in comparison.breakages(record.form, touched=fields)
        ]

    def _problem(self, record: OperationRecord, breakage: Breakage) -> Problem:
        breaks = breakage.breaks and self._is_in_use(record)
        return Problem(
            code="BREAKS_OPERATION" if breaks else "AFFECTS_OPERATION",
            severity=Severity.ERROR if breaks else Severity.WARNING,
            path=f"{record.form.hash[:SHORT]}/{breakage.coordinate}",
            message=f"the operation {record.label} of {_clients(record)}, run {record.count} times,"
            f" last {record.last_seen:%Y-%m-%d %H:%M} UTC: {breakage.message}",
        )

    def _is_in_use(self, record: OperationRecord) -> bool:
        since = self._now() - self._policy.window
        return any(self._policy.nameless or is_named(use.client) for use in record.clients_since(since))

    async def _using(self, field: str) -> list[OperationRecord]:
        since = self._now() - self._policy.window
        query = Query(collection=OPERATIONS, index="by_use", equal={"fields": field}, limit=MAX_PAGE)
        records = [operation_of(document) for document in await select_all(self._store, query)]
        return [record for record in records if record.last_seen >= since]


def _clients(record: OperationRecord) -> str:
    told = [use.client for use in record.clients]
    more = f" and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
    return ", ".join(told[:MAX_TOLD]) + more
