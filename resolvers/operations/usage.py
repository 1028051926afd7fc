"""Which recorded operations ask for which fields, and what another graph would break for their clients.

An operation is in use while it is registered, or a client that tells its name ran it within the window. One
that only nameless callers ran is somebody trying things out: whoever publishes is told, and not held up.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.operations.breaking import Breakage, Comparison
from resolvers.operations.ports import Judge, OperationForm, is_named
from resolvers.operations.recording import OperationRecorder
from resolvers.operations.records import (
    OPERATIONS,
    REGISTERED,
    OperationRecord,
    operation_of,
    registered_of,
)
from resolvers.paging import select_all
from resolvers.ports import MAX_PAGE, Document, DocumentStore, Query
from resolvers.ports import Collection as Stored

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
            field: sorted(f"operation {used.form.label}" for used in users.values())
            for field, users in found.items()
            if users
        }

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> list[Problem]:
        """What this worker has counted counts; of other workers, what they wrote a minute ago at most."""
        await self._recorder.flush()
        used: dict[str, _Used] = {}
        for field in fields:
            used |= await self._using(field)
        if not used:
            return []
        ordered = sorted(used.values(), key=lambda one: (-one.count, one.form.hash))
        return await asyncio.to_thread(self._compare, ordered, fields, current, proposed)

    def _compare(
        self, used: Sequence["_Used"], fields: Collection[str], current: Registry, proposed: Registry
    ) -> list[Problem]:
        comparison = Comparison(current, proposed, self._judging)
        return [
            _problem(one, breakage)
            for one in used
            for breakage in comparison.breakages(one.form, touched=fields)
        ]

    async def _using(self, field: str) -> dict[str, "_Used"]:
        """By the hash of its form. Once registered it is in use, whoever ran it."""
        since = self._now() - self._policy.window
        found: dict[str, _Used] = {}
        for document in await self._select(OPERATIONS, field):
            record = operation_of(document)
            if record.last_seen >= since:
                found[record.form.hash] = self._recorded(record, since)
        for document in await self._select(REGISTERED, field):
            registered = registered_of(document)
            told = f"registered by {registered.client}"
            known = found.get(registered.form.hash)
            if known is not None:
                told, count = f"{known.told}, {told}", known.count
            else:
                count = 0
            found[registered.form.hash] = _Used(form=registered.form, told=told, count=count, in_use=True)
        return found

    def _recorded(self, record: OperationRecord, since: datetime) -> "_Used":
        recent = record.clients_since(since)
        in_use = any(self._policy.nameless or is_named(use.client) for use in recent)
        told = f"of {_clients(record)}, run {record.count} times, last {record.last_seen:%Y-%m-%d %H:%M} UTC"
        return _Used(form=record.form, told=told, count=record.count, in_use=in_use)

    async def _select(self, collection: Stored, field: str) -> list[Document]:
        query = Query(collection=collection, index="by_use", equal={"fields": field}, limit=MAX_PAGE)
        return await select_all(self._store, query)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    """An operation that uses what is about to change; `told` says whose it is."""

    form: OperationForm
    told: str
    count: int
    in_use: bool


def _problem(used: _Used, breakage: Breakage) -> Problem:
    breaks = breakage.breaks and used.in_use
    return Problem(
        code="BREAKS_OPERATION" if breaks else "AFFECTS_OPERATION",
        severity=Severity.ERROR if breaks else Severity.WARNING,
        path=f"{used.form.short_hash}/{breakage.coordinate}",
        message=f"the operation {used.form.label} {used.told}: {breakage.message}",
    )


def _clients(record: OperationRecord) -> str:
    told = [use.client for use in record.clients]
    more = f" and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
    return ", ".join(told[:MAX_TOLD]) + more
