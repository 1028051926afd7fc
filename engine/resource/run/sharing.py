"""Share work in flight: done once, many waiters, cancelled when the last of them leaves.

A source's fence counts the beginnings and ends of mutations through it. The fences are part of every
shared key, so nothing that began before a mutation is joined after it.
"""

import asyncio
from collections.abc import Coroutine, Hashable, Iterable
from functools import cached_property
from typing import Generic, TypeVar

from engine.resource.alarm import Alarm
from engine.resource.works import Work, Works

Doer = TypeVar("Doer")
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


class Flight(Work[Result], Generic[Doer, Result]):
    """A piece of work in flight; `work` is whoever does it.

    Whoever waits holds it: it is cancelled when the last of `holders` leaves.
    """

    __slots__ = ("_flights", "_key", "holders", "work")

    def __init__(
        self,
        flights: "Flights[Doer, Result]",
        key: Hashable,
        work: Doer,
        run: Coroutine[object, None, Result],
    ) -> None:
        super().__init__(flights.works, run)
        self._flights = flights
        self._key = key
        self.work = work
        self.holders = 0

    def leave(self) -> None:
        """Hold it no longer."""
        self.holders -= 1
        if self.holders == 0 and not self.over:
            self._flights.forget(self._key, self)
            self.cancel()

    def end(self) -> None:
        if self._key is not None:
            self._flights.forget(self._key, self)
        super().end()


class Flights(Generic[Doer, Result]):
    """The work in flight by key. `joined` counts how often somebody found it under way."""

    def __init__(self, works: Works | None = None) -> None:
        self._flights: dict[Hashable, Flight[Doer, Result]] = {}
        self.works = Works() if works is None else works
        self.joined = 0

    @cached_property
    def alarm(self) -> Alarm:
        """The one timer of all who wait for work in flight, on the loop of this worker."""
        return Alarm(asyncio.get_running_loop())

    def find(self, key: Hashable) -> Flight[Doer, Result] | None:
        """The work under `key`, to be held by whoever asks."""
        flight = self._flights.get(key)
        if flight is not None:
            self.joined += 1
        return flight

    def start(self, key: Hashable, work: Doer, run: Coroutine[object, None, Result]) -> Flight[Doer, Result]:
        """Start work that others find under `key`; under None nobody does."""
        flight = Flight(self, key, work, run)
        if key is not None:
            self._flights[key] = flight
        self.works.add(flight)
        return flight

    def forget(self, key: Hashable, flight: Flight[Doer, Result]) -> None:
        if key is not None and self._flights.get(key) is flight:
            del self._flights[key]
