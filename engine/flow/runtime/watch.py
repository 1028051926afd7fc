"""Watch the clock: fire timers that are due, and run effects that nobody runs any more."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from engine.flow.instance import Instance, InstanceId, Timer
from engine.flow.runtime.effects import Effects
from engine.flow.runtime.family import Family, Leased, Running, runnable
from engine.flow.runtime.racing import race
from engine.flow.runtime.writing import write_step

POLL_S = 1.0  # other processes' timers are seen this late; of this process's own ones it knows
AT_ONCE = 100  # instances of one look
SET_ASIDE = timedelta(minutes=1)  # an instance whose step failed for a reason nobody expected


class Watch:
    """Any number of processes may watch: a timer's step is written on a version, so it happens once."""

    effects: Effects  # set by the runtime, whose two halves need each other

    def __init__(self, running: Running, *, report: Callable[[InstanceId, Exception], None]) -> None:
        self._running = running
        self._report = report
        self._woken = asyncio.Event()
        self._next: datetime | None = None
        self._aside: dict[InstanceId, datetime] = {}

    def wake(self) -> None:
        """Look again now."""
        self._woken.set()

    def expect(self, instances: Sequence[Instance]) -> None:
        """Timers of this process's own steps are met on the moment."""
        moments = [timer.due_at for instance in instances for timer in instance.timers]
        if moments and (self._next is None or min(moments) < self._next):
            soonest = min(moments)
            self._next = soonest
            self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            busy = await self.look()
            if not busy:
                await self._pause()

    async def look(self) -> bool:
        """Fires and runs what is due now; whether there may be more."""
        now = self._running.clock.now()
        if self._next is not None and self._next <= now:
            self._next = None
        due = await self._running.store.due(now, AT_ONCE)
        self._aside = {one: until for one, until in self._aside.items() if until > now}
        for instance in due:
            if instance not in self._aside:
                await self._look_after(instance, now)
        return len(due) == AT_ONCE

    async def _look_after(self, instance: InstanceId, now: datetime) -> None:
        try:
            leased = await race(lambda: self._step(instance))
        except Exception as error:  # one instance's fault must not stop the clock of the others
            self._aside[instance] = now + SET_ASIDE
            self._report(instance, error)
            return
        self.effects.begin(leased)

    async def _step(self, instance: InstanceId) -> list[Leased]:
        """All timers due of one instance and the leases of its effects, in one write."""
        found = await self._running.store.find(instance)
        family = Family(self._running, by=None, attended=False)
        if found is None or found.suspended:
            return []
        family.adopt(found)
        while (timer := _first_due(found, family.now)) is not None:
            await family.advance(found, lambda step, timer=timer: step.fire_timer(timer))
        if not family.changed and not runnable(found, family.now):
            return []
        family.change(found)
        written = await write_step(self._running, family)
        self.expect(written.changed)
        return written.leased

    async def _pause(self) -> None:
        clock = self._running.clock
        until = clock.now() + timedelta(seconds=POLL_S)
        if self._next is not None:
            until = min(until, self._next)
        sleeping = asyncio.ensure_future(clock.sleep_until(until))
        waiting = asyncio.ensure_future(self._woken.wait())
        try:
            await asyncio.wait((sleeping, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waiting.cancel()


def _first_due(instance: Instance, now: datetime) -> Timer | None:
    due = [timer for timer in instance.timers if timer.due_at <= now]
    return min(due, key=lambda timer: timer.due_at, default=None)
