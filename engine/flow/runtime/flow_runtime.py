"""The runtime: each request loaded, judged, advanced, and written once."""

from collections.abc import Callable
from functools import partial

from engine.flow.errors import (
    DeploymentNotFound,
    FlowVersionConflict,
    FormInvalid,
    InstanceNotFound,
    InstanceNotRunning,
    TaskNotFound,
    TaskNotOpen,
)
from engine.flow.executor import Step
from engine.flow.forms.compiled import carried_over, validate
from engine.flow.instance import (
    Entry,
    Instance,
    InstanceId,
    InstanceStatus,
    NodeInstance,
    NodeStatus,
    OpenTask,
    Remembered,
    TaskId,
    Variables,
    note,
    split_task_id,
    task_id,
)
from engine.flow.model import UserTask
from engine.flow.ports import Resources
from engine.flow.rollback import Undoing
from engine.flow.runtime.choices import offered
from engine.flow.runtime.effects import Effects
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.messaging import message_id_of, send
from engine.flow.runtime.racing import race
from engine.flow.runtime.repeats import Keyed, find_repeat, instance_id_of, keyed, remember
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
from engine.flow.runtime.reverting import Target, find_target, plan, roll_back
from engine.flow.runtime.watch import Watch
from engine.flow.runtime.writing import Written, write_step

Found = tuple[Instance, NodeInstance]


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
        self._resources = resources
        self.watch = Watch(running, report=report)
        self._effects = Effects(running, resources, expect=self.watch.expect)
        self.watch.effects = self._effects

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
        given: Variables = {
            "task": commit.task,
            "variables": commit.variables,
            "partial": commit.partial,
            "expected": commit.expected_version,
        }
        return await race(partial(self._commit, commit, keyed(commit.asking, "commitTask", given)))

    async def roll_back(self, rollback: Rollback) -> Taken:
        """Raises `RollbackImpossible` besides what a commit may raise."""
        given: Variables = {"task": rollback.task, "to": rollback.to_task}
        return await race(partial(self._roll_back, rollback, keyed(rollback.asking, "rollbackTask", given)))

    async def preview(self, rollback: Rollback) -> tuple[Target, Undoing]:
        """What a rollback would undo in the instance of its target."""
        instance, node = await self._find(rollback.task)
        await self._judge(rollback.asking, instance, node)
        _open_task(instance, node)
        family = Family(self._running, by=None, attended=True)
        family.adopt(instance)
        target = await find_target(self._running, family, instance, node, rollback.to_task)
        return target, await plan(self._running, target)

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
        return [await self._finish(instance, written, message.asking) for instance, written in steps]

    async def edit_task(
        self, asking: Asking, task: TaskId, change: Callable[[Instance, OpenTask], None]
    ) -> tuple[Instance, OpenTask]:
        """Claim, release, assign, comment: `change` says what, and raises what it refuses."""

        async def attempt() -> tuple[Instance, OpenTask]:
            instance, node = await self._find(task)
            await self._judge(asking, instance, node)
            open_task = _open_task(instance, node)
            change(instance, open_task)
            await self._write_alone(instance)
            return instance, open_task

        return await race(attempt)

    async def edit_instance(
        self, asking: Asking, instance: InstanceId, change: Callable[[Instance], None]
    ) -> Instance:
        """Suspend, resume. A resumed instance's timers that are due fire at once."""

        async def attempt() -> Instance:
            found = await self._load(instance)
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
                return await self._replay(known, repeat)
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
        return await self._write(family, new, start.asking, request)

    async def _commit(self, commit: Commit, request: Keyed | None) -> Taken:
        instance, node = await self._find(commit.task)
        await self._judge(commit.asking, instance, node)
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._replay(instance, repeat)
        family = Family(self._running, by=commit.asking.subject, attended=True)
        family.adopt(instance)
        if request is None and _was_committed(node, commit):
            return Taken(instance=instance, tasks=tuple(await family.open_tasks(instance)), replayed=True)
        task = _open_task(instance, node)
        if commit.expected_version not in (None, task.version):
            raise FlowVersionConflict(
                what=f"The task {commit.task!r}", expected=commit.expected_version, actual=task.version
            )
        values = await self._check_form(instance, node, task, commit)
        if commit.partial:
            task.values = values
            task.version += 1
            family.change(instance)
        else:
            if task.values:
                node.state = {**node.state, _GIVEN: dict(commit.variables)}
            await family.advance(instance, lambda step: step.commit_task(node.id, values))
        return await self._write(family, instance, commit.asking, request)

    async def _roll_back(self, rollback: Rollback, request: Keyed | None) -> Taken:
        instance, node = await self._find(rollback.task)
        await self._judge(rollback.asking, instance, node)
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._replay(instance, repeat)
        _open_task(instance, node)
        family = Family(self._running, by=rollback.asking.subject, attended=True)
        family.adopt(instance)
        target = await find_target(self._running, family, instance, node, rollback.to_task)
        await roll_back(self._running, family, target)
        _note(family, instance, rollback.asking, "rollbackTask", rollback.reason)
        return await self._write(family, instance, rollback.asking, request)

    async def _terminate(self, terminate: Terminate) -> Taken:
        instance = await self._load(terminate.instance)
        terminate.asking.judge(Judged(instance=instance))
        family = Family(self._running, by=terminate.asking.subject, attended=True)
        family.adopt(instance)
        if instance.status is not InstanceStatus.RUNNING:
            if instance.status is InstanceStatus.TERMINATED:
                return Taken(instance=instance, tasks=(), replayed=True)
            raise InstanceNotRunning(instance=instance.id, status=instance.status)
        await family.advance(instance, _terminate)
        _note(family, instance, terminate.asking, "terminateFlow", terminate.reason)
        return await self._write(family, instance, terminate.asking, None)

    async def _retry(self, retry: Retry, request: Keyed | None) -> Taken:
        instance, node = await self._find(retry.task, any_element=True)
        await self._judge(retry.asking, instance, node)
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._replay(instance, repeat)
        _refuse_resting(instance)
        family = Family(self._running, by=retry.asking.subject, attended=True)
        family.adopt(instance)
        await family.advance(instance, lambda step: step.retry_node(node.id, dict(retry.variables)))
        return await self._write(family, instance, retry.asking, request)

    # ------------------------------------------------------------------ before and after
    async def _load(self, instance: InstanceId) -> Instance:
        found = await self._running.store.find(instance)
        if found is None:
            raise InstanceNotFound(instance=instance)
        return found

    async def _find(self, task: TaskId, *, any_element: bool = False) -> Found:
        """A task, open or not, also one that has spilled into the history. Raises `TaskNotFound`."""
        ids = split_task_id(task)
        instance = None if ids is None else await self._running.store.find(ids[0])
        if ids is None or instance is None:
            raise TaskNotFound(task=task)
        node = instance.nodes.get(ids[1])
        if node is None and instance.spilled:
            history = await self._running.store.history(instance)
            node = next((one for one in history if one.id == ids[1]), None)
        if node is None:
            raise TaskNotFound(task=task)
        deployed = await self._running.flows.get(instance.deployment)
        if not any_element and not isinstance(deployed.deployment.model.elements.get(node.element), UserTask):
            raise TaskNotFound(task=task)
        return instance, node

    async def _judge(self, asking: Asking, instance: Instance, node: NodeInstance) -> None:
        deployed = await self._running.flows.get(instance.deployment)
        element = deployed.deployment.model.elements.get(node.element)
        roles = element.candidate_roles if isinstance(element, UserTask) else ()
        asking.judge(Judged(instance=instance, node=node, task=instance.tasks.get(node.id), roles=roles))

    async def _check_form(
        self, instance: Instance, node: NodeInstance, task: OpenTask, commit: Commit
    ) -> Variables:
        """The values to keep or to go on with: those given, over what was kept before."""
        deployed = await self._running.flows.get(instance.deployment)
        form = deployed.form_of(node.element)
        if form is None:
            return {**task.values, **commit.variables}
        at = f"{node.element}/{form.model.key}"
        kept = task.values if commit.partial else carried_over(form, task.values, commit.variables)
        values = {**kept, **commit.variables}
        fields = commit.variables if commit.partial else values
        options = await offered(self._resources, form, instance, node.element, fields=fields)
        problems = validate(form, commit.variables, at=at, kept=kept, partial=commit.partial, options=options)
        if problems:
            raise FormInvalid(problems)
        return values

    async def _write(
        self, family: Family, instance: Instance, asking: Asking, request: Keyed | None
    ) -> Taken:
        """One write of all that changed; then the effects."""
        if request is not None:
            family.change(instance)
            ids = None
            if not family.calls:
                open_tasks = await family.open_tasks(instance)
                ids = tuple(task_id(where.id, task.node) for where, task in open_tasks)
            remember(instance, request, ids, family.now)
        written = await write_step(self._running, family)
        return await self._finish(instance.id, written, asking)

    async def _finish(self, instance: InstanceId, written: Written, asking: Asking) -> Taken:
        """Runs the effects for as long as the caller waits; the instance is as it is then."""
        self.watch.expect(written.changed)
        await self._effects.run(written.leased, wait_s=asking.wait_s)
        family = Family(self._running, by=None, attended=False)
        if not written.leased and not written.followed:
            for changed in written.changed:
                family.adopt(changed)
        found = await family.load(instance)
        return Taken(instance=found, tasks=tuple(await family.open_tasks(found)))

    async def _write_alone(self, instance: Instance) -> None:
        await self._running.store.write(instance)

    async def _replay(self, instance: Instance, repeat: Remembered) -> Taken:
        """What the first request led to: the tasks then open, and the instance as it is now.

        Where calls were on the way, what it led to was written after it: those open now.
        """
        tasks: list[tuple[Instance, OpenTask]] = []
        family = Family(self._running, by=None, attended=False)
        family.adopt(instance)
        if repeat.tasks is None:
            return Taken(instance=instance, tasks=tuple(await family.open_tasks(instance)), replayed=True)
        for name in repeat.tasks:
            ids = split_task_id(name)
            if ids is None:
                continue
            where = await family.load(ids[0])
            task = where.tasks.get(ids[1])
            if task is not None:
                tasks.append((where, task))
            elif (node := where.nodes.get(ids[1])) is not None:
                tasks.append(
                    (where, OpenTask(node=node.id, element=node.element, created_at=node.entered_at))
                )
        return Taken(instance=instance, tasks=tuple(tasks), replayed=True)


_GIVEN = "given"  # what the last commit gave, where partial ones came before it


def _was_committed(node: NodeInstance, commit: Commit) -> bool:
    """Without a key: the same caller commits the same again. What was rolled back never is a repeat."""
    if node.status is not NodeStatus.COMPLETED or commit.partial or node.by != commit.asking.subject:
        return False
    return node.state.get(_GIVEN, node.changed) == commit.variables


def _open_task(instance: Instance, node: NodeInstance) -> OpenTask:
    """Raises `InstanceNotRunning`, `TaskNotOpen`."""
    _refuse_resting(instance)
    task = instance.tasks.get(node.id)
    if task is None:
        raise TaskNotOpen(task=task_id(instance.id, node.id), status=node.status)
    return task


def _refuse_resting(instance: Instance) -> None:
    if instance.status is not InstanceStatus.RUNNING:
        raise InstanceNotRunning(instance=instance.id, status=instance.status)
    if instance.suspended:
        raise InstanceNotRunning(instance=instance.id, status="SUSPENDED")
    if instance.reopens is not None:
        raise InstanceNotRunning(instance=instance.id, status="being compensated")


def _note(family: Family, instance: Instance, asking: Asking, action: str, reason: str | None) -> None:
    note(instance, Entry(at=family.now, by=asking.subject, action=action, reason=reason))
    family.change(instance)


async def _begin(step: Step) -> None:
    await step.begin()


async def _terminate(step: Step) -> None:
    step.terminate()
