"""One thread that writes to SQLite: transactions that arrive together share one wait for the disk."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias

from resolvers.store_errors import StoreError, StoreUnavailable

Work: TypeAlias = Callable[[sqlite3.Connection], bool]  # whether the change feed grew

MAX_BATCH = 256  # transactions per commit: bounds how long the first one waits for the last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    work: Work
    whole: bool
    done: asyncio.Future[bool]


class GroupCommitWriter:
    """Runs works in one shared transaction, of which one that is refused leaves the others be."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Work, *, whole: bool = False) -> bool:
        """Returns when the work is on disk. Raises what the work raised, or `StoreUnavailable`.

        `whole`: when it is refused it has written nothing yet. Any other needs a savepoint, which costs as
        much as its rows.
        """
        if self._closed:
            raise StoreUnavailable(reason="it was closed")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(work=work, whole=whole, done=done))
        return await done

    async def close(self) -> None:
        """Finishes what was submitted, then closes the connection."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while batch := self._next_batch():
            outcomes = self._commit(batch)
            batch[0].done.get_loop().call_soon_threadsafe(_settle, batch, outcomes)
        self._connection.close()

    def _next_batch(self) -> list[_Job]:
        """Whatever came while the last batch was being written; empty when the writer closes."""
        batch: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == MAX_BATCH:
                return batch
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return batch
        if batch:
            self._jobs.put(None)  # the end comes after this batch
        return batch

    def _commit(self, batch: list[_Job]) -> list[bool | Exception]:
        committing = False
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(job) for job in batch]
            committing = True
            self._connection.execute("COMMIT")
            return outcomes
        except sqlite3.Error as error:
            self._abandon()
            return [unavailable(error, outcome_unknown=committing) for _ in batch]
        except Exception as fault:  # nobody knows what it left behind
            self._abandon()
            return [fault for _ in batch]

    def _attempt(self, job: _Job) -> bool | Exception:
        """What the work returned, or why it was refused; an error of SQLite itself is everybody's."""
        if job.whole:
            try:
                return job.work(self._connection)
            except StoreError as refusal:
                return refusal
        self._connection.execute("SAVEPOINT job")
        outcome: bool | Exception
        try:
            outcome = job.work(self._connection)
        except sqlite3.Error:
            raise
        except Exception as refusal:
            outcome = refusal
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return outcome

    def _abandon(self) -> None:
        with suppress(sqlite3.Error):  # some errors end the transaction by themselves
            self._connection.execute("ROLLBACK")


def unavailable(error: sqlite3.Error, *, outcome_unknown: bool = False) -> StoreUnavailable:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StoreUnavailable(reason=f"{error} ({name})", outcome_unknown=outcome_unknown)


def _settle(batch: list[_Job], outcomes: list[bool | Exception]) -> None:
    for job, outcome in zip(batch, outcomes, strict=True):
        if job.done.done():
            continue  # its caller was cancelled
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
