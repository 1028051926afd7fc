"""The runtime: each request loaded, judged, advanced, and written once."""

from collections.abc import Callable
from functools import partial

from engine.flow.errors import (
    DeploymentNotFound,
    InstanceNotRunning,
)
from engine.flow.executor import Step
from engine.flow.instance import (
    Entry,
    Instance,
    InstanceId,
    InstanceStatus,
    OpenTask,
    TaskId,
    Variables,
    note,
)
from engine.flow.ports import Resources
from engine.flow.runtime.committing import Committing
from engine.flow.runtime.concluding import Concluding
from engine.flow.runtime.effects import Effects
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.finding import Finder, open_task, refuse_compensating, refuse_stopped
from engine.flow.runtime.messaging import message_id_of, send
from engine.flow.runtime.racing import race
from engine.flow.runtime.repeats import Keyed, find_repeat, instance_id_of, keyed
from engine.flow.runtime.requests import (
    Asking,
    Commit,
    Judged,
    Message,
    Retry,
    Rollback,
    Start,
    Taken,
    Terminate,
)
from engine.flow.runtime.reversal import Reversal, plan_reversal
from engine.flow.runtime.reverting import find_target, roll_back
from engine.flow.runtime.watch import Watch


class FlowRuntime:
    """`new_id` gives ids that no instance had before; `report` hears of what nobody waits for."""

    def __init__(
        self,
        running: Running,
        *,
        resources: Resources,
        new_id: Callable[[], InstanceId],
        report: Callable[[InstanceId, Exception], None],
    ) -> None:
        self._running = running
        self._new_id = new_id
        self._finder = Finder(running, resources)
        self.watch = Watch(running, report=report)
        self._effects = Effects(running, resources, expect=self.watch.expect)
        self.watch.effects = self._effects
        self._concluding = Concluding(running, self._effects, self.watch)
        self._committing = Committing(running, self._finder, self._concluding)

    async def close(self) -> None:
        """Waits for effects that have begun."""
        await self._effects.close()

    async def start(self, start: Start) -> Taken:
        """Raises `DeploymentNotFound`, and what the first step refuses."""
        given: Variables = {
            "flow": start.flow_key,
            "deployment": start.deployment,
            "variables": start.variables,
            "case": start.case_id,
        }
        request = keyed(start.asking, "startFlow", given)
        instance = self._new_id() if request is None else instance_id_of(request)
        return await race(partial(self._start, start, request, instance))

    async def commit(self, commit: Commit) -> Taken:
        """Order of checks: TASK_NOT_FOUND, access, repeat, INSTANCE_NOT_RUNNING, TASK_NOT_OPEN,
        VERSION_CONFLICT, FORM_INVALID.
        """
        return await self._committing.commit(commit)

    async def roll_back(self, rollback: Rollback) -> Taken:
        """Raises `RollbackImpossible` besides what a commit may raise."""
        given: Variables = {"task": rollback.task, "to": rollback.to_task}
        return await race(partial(self._roll_back, rollback, keyed(rollback.asking, "rollbackTask", given)))

    async def preview(self, rollback: Rollback) -> Reversal:
        """What a rollback would undo, in every instance it reaches."""
        instance, node = await self._finder.find(rollback.task)
        await self._finder.judge(rollback.asking, instance, node)
        open_task(instance, node)
        family = Family(self._running, by=None, attended=True)
        family.adopt(instance)
        target = await find_target(self._running, family, instance, node, rollback.to_task)
        return await plan_reversal(self._running, family, target)

    async def terminate(self, terminate: Terminate) -> Taken:
        """Stops the instance and those it called; an ended one stays as it is."""
        return await race(partial(self._terminate, terminate))

    async def retry(self, retry: Retry) -> Taken:
        """A FAILED node goes on from where it failed, with corrected variables."""
        given: Variables = {"task": retry.task, "variables": retry.variables}
        return await race(partial(self._retry, retry, keyed(retry.asking, "retryTask", given)))

    async def send(self, message: Message) -> list[Taken]:
        """To every instance that waits for it, else kept until one does; empty where it was kept."""
        scope = f"{message.asking.subject}\0sendMessage\0{message.asking.key or self._new_id()}"
        steps = await send(self._running, message, message_id=message_id_of(scope))
        return [
            await self._concluding.finish(instance, written, message.asking) for instance, written in steps
        ]

    async def edit_task(
        self, asking: Asking, task: TaskId, change: Callable[[Instance, OpenTask], None]
    ) -> tuple[Instance, OpenTask]:
        """Claim, release, assign, comment: `change` says what, and raises what it refuses."""

        async def attempt() -> tuple[Instance, OpenTask]:
            instance, node = await self._finder.find(task)
            await self._finder.judge(asking, instance, node)
            found = open_task(instance, node)
            change(instance, found)
            await self._write_alone(instance)
            return instance, found

        return await race(attempt)

    async def edit_instance(
        self, asking: Asking, instance: InstanceId, change: Callable[[Instance], None]
    ) -> Instance:
        """Suspend, resume. A resumed instance's timers that are due fire at once."""

        async def attempt() -> Instance:
            found = await self._finder.load(instance)
            asking.judge(Judged(instance=found))
            change(found)
            await self._write_alone(found)
            return found

        edited = await race(attempt)
        self.watch.wake()
        return edited

    # ------------------------------------------------------------------ one attempt each
    async def _start(self, start: Start, request: Keyed | None, instance: InstanceId) -> Taken:
        if request is not None and (known := await self._running.store.find(instance)) is not None:
            repeat = find_repeat(known, request)
            if repeat is not None:
                return await self._finder.replay(known, repeat)
        flows = self._running.flows
        if start.deployment is not None:
            deployed = await flows.get(start.deployment)
        elif start.flow_key is not None:
            deployed = await flows.choose(start.flow_key, case=start.case_id or instance)
        else:
            raise DeploymentNotFound(deployment="")
        family = Family(self._running, by=start.asking.subject, attended=True)
        new = Instance(
            id=instance,
            version=0,
            flow_key=deployed.deployment.flow_key,
            deployment=deployed.deployment.id,
            unit=deployed.deployment.unit,
            owner=start.asking.subject,
            case_id=start.case_id,
            started_at=family.now,
            start_variables=dict(start.variables),
        )
        start.asking.judge(Judged(instance=new))
        deployed.check_start(start.variables)
        await family.advance(family.adopt(new), _begin)
        return await self._concluding.write(family, new, start.asking, request)

    async def _roll_back(self, rollback: Rollback, request: Keyed | None) -> Taken:
        instance, node = await self._finder.find(rollback.task)
        await self._finder.judge(rollback.asking, instance, node)
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._finder.replay(instance, repeat)
        open_task(instance, node)
        family = Family(self._running, by=rollback.asking.subject, attended=True)
        family.adopt(instance)
        target = await find_target(self._running, family, instance, node, rollback.to_task)
        await roll_back(self._running, family, target)
        _note(family, instance, rollback.asking, "rollbackTask", rollback.reason)
        return await self._concluding.write(family, instance, rollback.asking, request)

    async def _terminate(self, terminate: Terminate) -> Taken:
        instance = await self._finder.load(terminate.instance)
        terminate.asking.judge(Judged(instance=instance))
        family = Family(self._running, by=terminate.asking.subject, attended=True)
        family.adopt(instance)
        if instance.status is not InstanceStatus.RUNNING:
            if instance.status is InstanceStatus.TERMINATED:
                return Taken(instance=instance, tasks=(), replayed=True)
            raise InstanceNotRunning(instance=instance.id, status=instance.status)
        await family.advance(instance, _terminate)
        _note(family, instance, terminate.asking, "terminateFlow", terminate.reason)
        return await self._concluding.write(family, instance, terminate.asking, None)

    async def _retry(self, retry: Retry, request: Keyed | None) -> Taken:
        instance, node = await self._finder.find_failed(retry.task)
        retry.asking.judge(Judged(instance=instance))
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._finder.replay(instance, repeat)
        refuse_stopped(instance)
        if node not in instance.effects:  # a compensation, which is what the instance waits for
            refuse_compensating(instance)
        family = Family(self._running, by=retry.asking.subject, attended=True)
        family.adopt(instance)
        await family.advance(instance, lambda step: step.retry_node(node, dict(retry.variables)))
        return await self._concluding.write(family, instance, retry.asking, request)

    async def _write_alone(self, instance: Instance) -> None:
        await self._running.store.write(instance)
        self._running.recent.keep((instance,))


def _note(family: Family, instance: Instance, asking: Asking, action: str, reason: str | None) -> None:
    note(instance, Entry(at=family.now, by=asking.subject, action=action, reason=reason))
    family.change(instance)


async def _begin(step: Step) -> None:
    await step.begin()


async def _terminate(step: Step) -> None:
    step.terminate()
