"""Run what a step left to be done outside: at least once, always under the same key, then write the result.

The step's write made the node WAITING and holds a lease; whoever holds it makes the call. A process that dies
in between leaves the effect in the instance: when the lease has passed, whoever looks next makes the call
again, under the same key.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from engine.flow.instance import Effect, Instance, InstanceStatus
from engine.flow.model import Call, Json
from engine.flow.ports import CallFailed, Resources
from engine.flow.runtime.family import Family, Leased, Running
from engine.flow.runtime.racing import race
from engine.flow.runtime.writing import write_step

Outcome = dict[str, Json] | CallFailed


class Effects:
    """The effects this process is running. `closed` once: none begins any more."""

    def __init__(
        self, running: Running, resources: Resources, *, expect: Callable[[Sequence[Instance]], None]
    ) -> None:
        self._running = running
        self._resources = resources
        self._expect = expect  # tells who watches the clock what is due later
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, taken: Sequence[Leased], *, wait_s: float) -> None:
        """Makes calls under leases already written, and waits for them as long as the caller does.

        What is not done by then goes on without the caller, and so does what a cancelled caller began.
        """
        if tasks := self.begin(taken):
            await asyncio.wait(tasks, timeout=wait_s)

    def begin(self, taken: Sequence[Leased]) -> list[asyncio.Task[None]]:
        """Makes them without waiting."""
        return [self._spawn(self._run(leased)) for leased in taken]

    async def close(self) -> None:
        """Waits for what has begun."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, leased: Leased) -> None:
        """Until the effect, and those that follow from it at once, are done or due later."""
        todo = [leased]
        while todo:
            outcomes = await asyncio.gather(*map(self._call, todo))
            following = [
                await race(partial(self._settle, one, outcome))
                for one, outcome in zip(todo, outcomes, strict=True)
            ]
            todo = [one for taken in following for one in taken]

    async def _call(self, leased: Leased) -> Outcome:
        effect = leased.effect
        if effect.due_at is not None:
            await self._running.clock.sleep_until(effect.due_at)
        try:
            data = await self._resources.run(
                Call(query=effect.query),
                effect.variables,
                on_behalf=leased.on_behalf,
                idempotency_key=effect.key,
            )
        except CallFailed as failure:
            return failure
        return dict(data)

    async def _settle(self, leased: Leased, outcome: Outcome) -> list[Leased]:
        """Writes the outcome; gives the effects that may be run next, under the lease of that write."""
        effect = leased.effect
        found = await self._running.store.find(leased.instance)
        if found is None or not _stands(found, effect):
            return []
        family = Family(self._running, by=None, attended=False)
        family.adopt(found).effects[effect.node].leased_until = None
        if isinstance(outcome, CallFailed):
            await family.advance(found, lambda step: step.fail_call(effect.node, outcome, key=effect.key))
        else:
            await family.advance(found, lambda step: step.complete_call(effect.node, outcome, key=effect.key))
        written = await write_step(self._running, family)
        self._expect(written.changed)
        return written.leased


def _stands(instance: Instance, effect: Effect) -> bool:
    """Whether the effect still waits: it may have been answered by another process, or cancelled."""
    known = instance.effects.get(effect.node)
    return instance.status is InstanceStatus.RUNNING and known is not None and known.key == effect.key
