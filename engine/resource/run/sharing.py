"""Share work in flight: one task, many waiters, cancelled when the last of them leaves.

A source's fence counts the beginnings and ends of mutations through it. The fences are part of every
shared key, so nothing that began before a mutation is joined after it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
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
    """A piece of work in flight and those who wait for it; `work` is whoever does it.

    One timer serves all waiters' deadlines, because most work ends long before any of them.
    """

    __slots__ = ("_loop", "_timer", "_waiting", "holders", "task", "work")

    def __init__(self, work: Work, run: Coroutine[object, object, Result]) -> None:
        self.work = work
        self.holders = 0
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Callable[[], None], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.task = self._loop.create_task(run)
        self.task.add_done_callback(self._wake_all)

    async def result(self, deadline_s: float | None = None) -> Result:
        """What the work came to. Raises TimeoutError at the deadline; the work goes on for the others."""
        if not self.task.done():
            woken: asyncio.Future[None] = self._loop.create_future()

            def wake() -> None:
                if not woken.done():
                    woken.set_result(None)

            self.call_when_over(wake, deadline_s)
            await woken
            if not self.task.done():
                raise TimeoutError
        return self.task.result()

    def call_when_over(self, callback: Callable[[], None], deadline_s: float | None = None) -> None:
        """Call back once, when the work under way is done or the deadline has passed."""
        deadline_at = _NEVER if deadline_s is None else self._loop.time() + deadline_s
        self._waiting[callback] = deadline_at
        if self._timer is None or deadline_at < self._timer.when():
            self._set_timer()

    def forget_callback(self, callback: Callable[[], None]) -> None:
        self._waiting.pop(callback, None)

    def cancel(self) -> None:
        self.task.cancel()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        earliest = min(self._waiting.values(), default=_NEVER)
        if earliest != _NEVER:
            self._timer = self._loop.call_at(earliest, self._wake_late)

    def _wake_late(self) -> None:
        now = self._loop.time()
        for callback in [it for it, deadline_at in self._waiting.items() if deadline_at <= now]:
            del self._waiting[callback]
            callback()
        self._set_timer()

    def _wake_all(self, task: "asyncio.Task[Result]") -> None:
        if not task.cancelled():
            task.exception()  # whoever waits raises it; nobody waiting is no reason to complain
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting = self._waiting, {}
        for callback in waiting:
            callback()


_NEVER = float("inf")


class Flights(Generic[Work, Result]):
    """The work in flight by key. `joined` counts how often somebody found it under way."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight[Work, Result]] = {}
        self.joined = 0

    def hold(
        self, key: Hashable, start: Callable[[], tuple[Work, Coroutine[object, object, Result]]]
    ) -> "Hold[Work, Result]":
        """The flight under `key`, started if there is none, kept alive while anybody is inside `with`.

        Leaving cancels the work only if nobody else holds it.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = Flight(*start())
            flight.task.add_done_callback(lambda _: self.forget(key, flight))
        else:
            self.joined += 1
        return Hold(self, key, flight)

    def forget(self, key: Hashable, flight: Flight[Work, Result]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class Hold(Generic[Work, Result]):
    """Keeps a flight alive: `with flights.hold(…) as flight`."""

    __slots__ = ("_flight", "_flights", "_key")

    def __init__(self, flights: Flights[Work, Result], key: Hashable, flight: Flight[Work, Result]) -> None:
        self._flights = flights
        self._key = key
        self._flight = flight

    def __enter__(self) -> Flight[Work, Result]:
        self._flight.holders += 1
        return self._flight

    def __exit__(self, *_: object) -> None:
        flight = self._flight
        flight.holders -= 1
        if flight.holders == 0 and not flight.task.done():
            self._flights.forget(self._key, flight)
            flight.cancel()
