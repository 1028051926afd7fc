"""Share work in flight: one task, many waiters, cancelled when the last of them leaves.

A source's fence counts the beginnings and ends of mutations through it. The fences are part of every
shared key, so nothing that began before a mutation is joined after it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from math import inf
from typing import Generic, TypeVar

from engine.resource.alarm import Alarm

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
    """A piece of work in flight and those who wait for it; `work` is whoever does it.

    Whoever waits holds it: it is cancelled when the last of `holders` leaves.
    """

    __slots__ = (
        "_alarm",
        "_earliest",
        "_flights",
        "_key",
        "_loop",
        "_sleeping",
        "_waiting",
        "holders",
        "task",
        "work",
    )

    def __init__(
        self,
        flights: "Flights[Work, Result]",
        key: Hashable,
        work: Work,
        run: Coroutine[object, object, Result],
    ) -> None:
        self._flights = flights
        self._key = key
        self.work = work
        self.holders = 0
        self._loop = asyncio.get_running_loop()
        self._sleeping: list[asyncio.Future[None]] = []
        self._waiting: dict[Callable[[], None], float] = {}
        self._alarm = flights.alarm(self._loop)
        self._earliest = inf
        self.task = self._loop.create_task(run)
        self.task.add_done_callback(self._wake_all)

    async def result(self) -> Result:
        """What the work came to."""
        if not self.task.done():
            woken: asyncio.Future[None] = self._loop.create_future()
            self._sleeping.append(woken)
            await woken
        return self.task.result()

    def call_when_over(self, callback: Callable[[], None], deadline_s: float) -> None:
        """Call back once, when the work under way is done or the deadline has passed."""
        deadline_at = self._loop.time() + deadline_s
        self._waiting[callback] = deadline_at
        self._wake_at(deadline_at)

    def forget_callback(self, callback: Callable[[], None]) -> None:
        self._waiting.pop(callback, None)

    def leave(self) -> None:
        """Hold it no longer."""
        self.holders -= 1
        if self.holders == 0 and not self.task.done():
            self._flights.forget(self._key, self)
            self.task.cancel()

    def time_out(self) -> None:
        """Call back whoever's deadline has passed."""
        now = self._loop.time()
        for callback in [it for it, deadline_at in self._waiting.items() if deadline_at <= now]:
            del self._waiting[callback]
            callback()
        self._earliest = inf
        self._wake_at(min(self._waiting.values(), default=inf))

    def _wake_at(self, at: float) -> None:
        if at < self._earliest:
            self._earliest = at
            self._alarm.set(self, at)

    def _wake_all(self, task: "asyncio.Task[Result]") -> None:
        self._flights.forget(self._key, self)
        if not task.cancelled():
            task.exception()  # whoever waits raises it; nobody waiting is no reason to complain
        self._alarm.forget(self)
        for woken in self._sleeping:
            if not woken.done():
                woken.set_result(None)
        waiting, self._waiting = self._waiting, {}
        for callback in waiting:
            callback()


class Flights(Generic[Work, Result]):
    """The work in flight by key. `joined` counts how often somebody found it under way."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[Work, Result]] = {}
        self.joined = 0
        self._alarm: Alarm | None = None

    def alarm(self, loop: asyncio.AbstractEventLoop) -> Alarm:
        """The one timer of all the work in flight on a loop."""
        if self._alarm is None:
            self._alarm = Alarm(loop)
        return self._alarm

    def find(self, key: Hashable) -> Flight[Work, Result] | None:
        """The work under `key`, to be held by whoever asks."""
        flight = self._flights.get(key)
        if flight is not None:
            self.joined += 1
        return flight

    def start(
        self, key: Hashable, work: Work, run: Coroutine[object, object, Result]
    ) -> Flight[Work, Result]:
        """Start work that others find under `key`; under None nobody does."""
        flight = Flight(self, key, work, run)
        if key is not None:
            self._flights[key] = flight
        return flight

    def forget(self, key: Hashable, flight: Flight[Work, Result]) -> None:
        if key is not None and self._flights.get(key) is flight:
            del self._flights[key]
