"""Share work in flight: one task, many waiters, cancelled when the last of them leaves.

A source's fence counts the beginnings and ends of mutations through it. The fences are part of every
shared key, so nothing that began before a mutation is joined after it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Hashable, Iterable
from contextlib import contextmanager
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


class Fences:
    """One counter per source; raised when a mutation through it begins and again when it ends."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def of(self, source: str) -> int:
        return self._counts.get(source, 0)

    def all(self, sources: Iterable[str]) -> tuple[int, ...]:
        return tuple([self._counts.get(source, 0) for source in sources])

    def raise_for(self, source: str) -> None:
        self._counts[source] = self._counts.get(source, 0) + 1


class Flight(Generic[Work, Result]):
    """A piece of work in flight: `work` is whoever does it, `waiters` how many wait for it."""

    __slots__ = ("task", "waiters", "work")

    def __init__(self, work: Work, task: "asyncio.Task[Result]") -> None:
        self.work = work
        self.task = task
        self.waiters = 0


class Flights(Generic[Work, Result]):
    """The work in flight by key. `joined` counts how often somebody found it under way."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[Work, Result]] = {}
        self.joined = 0

    @contextmanager
    def hold(
        self, key: Hashable, start: Callable[[], tuple[Work, Coroutine[object, object, Result]]]
    ) -> Generator[Flight[Work, Result]]:
        """The flight under `key`, started if there is none, kept alive while anybody holds it.

        Await `asyncio.shield(flight.task)` inside: leaving cancels the work only if nobody else holds it.
        """
        flight = self._flights.get(key)
        if flight is None:
            work, run = start()
            flight = Flight(work, asyncio.create_task(run))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
        else:
            self.joined += 1
        flight.waiters += 1
        try:
            yield flight
        finally:
            flight.waiters -= 1
            if flight.waiters == 0 and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()

    def _forget(self, key: Hashable, flight: Flight[Work, Result]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
