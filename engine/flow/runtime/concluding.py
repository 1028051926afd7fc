"""The end of a request: what it did is written, its effects run while its caller waits, and it is told."""

from engine.flow.instance import Instance, InstanceId, task_id
from engine.flow.runtime.effects import Effects
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.repeats import Keyed, remember
from engine.flow.runtime.requests import Asking, Taken
from engine.flow.runtime.watch import Watch
from engine.flow.runtime.writing import Written, write_step


class Concluding:
    """One write of all that a request changed; then the effects."""

    def __init__(self, running: Running, effects: Effects, watch: Watch) -> None:
        self._running = running
        self._effects = effects
        self._watch = watch

    async def write(self, family: Family, instance: Instance, asking: Asking, request: Keyed | None) -> Taken:
        """Raises `StepConflict` if another step came first."""
        written = await self.write_alone(family, instance, request)
        return await self.finish(instance.id, written, asking)

    async def write_alone(self, family: Family, instance: Instance, request: Keyed | None) -> Written:
        """Without the effects; raises `StepConflict` if another step came first."""
        if request is not None:
            family.change(instance)
            ids = None
            if not family.calls:
                open_tasks = await family.open_tasks(instance)
                ids = tuple(task_id(where.id, task.node) for where, task in open_tasks)
            remember(instance, request, ids, family.now)
        return await write_step(self._running, family)

    async def finish(self, instance: InstanceId, written: Written, asking: Asking) -> Taken:
        """Runs the effects for as long as the caller waits; the instance is as it is then."""
        self._watch.expect(written.changed)
        family = written.family
        if written.leased or written.followed:
            await self._effects.run(written.leased, wait_s=asking.wait_s)
            family = Family(self._running, by=None, attended=False)
        found = await family.load(instance)
        return Taken(instance=found, tasks=tuple(await family.open_tasks(found)))
