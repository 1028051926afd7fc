"""What a request is about: its instance and task found, its caller judged, what it did before told again."""

from engine.flow.errors import FormInvalid, InstanceNotFound, InstanceNotRunning, TaskNotFound, TaskNotOpen
from engine.flow.forms.judging import carried_over, emptied, validate
from engine.flow.forms.languages import choose_language
from engine.flow.instance import (
    Instance,
    InstanceId,
    InstanceStatus,
    NodeId,
    NodeInstance,
    NodeStatus,
    OpenTask,
    Remembered,
    TaskId,
    Variables,
    split_task_id,
    task_id,
)
from engine.flow.model import UserTask
from engine.flow.ports import Resources
from engine.flow.runtime.choices import offered
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.requests import Asking, Commit, Judged, Taken

GIVEN = "given"  # in a node's state: what the last commit gave, where partial ones came before it


class Finder:
    """Reads only; of an instance, one read."""

    def __init__(self, running: Running, resources: Resources) -> None:
        self._running = running
        self._resources = resources

    async def load(self, instance: InstanceId) -> Instance:
        found = await self._running.store.find(instance)
        if found is None:
            raise InstanceNotFound(instance=instance)
        return found

    async def find(self, task: TaskId) -> tuple[Instance, NodeInstance]:
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
        if not isinstance(deployed.deployment.model.elements.get(node.element), UserTask):
            raise TaskNotFound(task=task)
        return instance, node

    async def find_failed(self, task: TaskId) -> tuple[Instance, NodeId]:
        """Any element's node, or a compensation, which may be that of another instance's node."""
        ids = split_task_id(task)
        instance = None if ids is None else await self._running.store.find(ids[0])
        if ids is None or instance is None:
            raise TaskNotFound(task=task)
        return instance, ids[1]

    async def judge(self, asking: Asking, instance: Instance, node: NodeInstance) -> None:
        deployed = await self._running.flows.get(instance.deployment)
        element = deployed.deployment.model.elements.get(node.element)
        roles = element.candidate_roles if isinstance(element, UserTask) else ()
        asking.judge(Judged(instance=instance, node=node, task=instance.tasks.get(node.id), roles=roles))

    async def check_form(
        self, instance: Instance, node: NodeInstance, task: OpenTask, commit: Commit
    ) -> Variables:
        """The values to keep or to go on with: those given, over what was kept before."""
        deployed = await self._running.flows.get(instance.deployment)
        form = deployed.form_of(node.element)
        if form is None:
            return {**task.values, **commit.variables}
        at = f"{node.element}/{form.model.key}"
        kept, given = emptied(form, task.values, commit.variables)
        kept = kept if commit.partial else carried_over(form, kept, given)
        values = {**kept, **given}
        fields = given if commit.partial else values
        options = await offered(self._resources, form, instance, node.element, fields=fields)
        problems = validate(
            form,
            given,
            at=at,
            kept=kept,
            partial=commit.partial,
            options=options,
            language=choose_language(form.model, commit.asking.languages),
        )
        if problems:
            raise FormInvalid(problems)
        return values

    async def replay(self, instance: Instance, repeat: Remembered) -> Taken:
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


def was_committed(node: NodeInstance, commit: Commit) -> bool:
    """Without a key: the same caller commits the same again. What was rolled back never is a repeat."""
    if node.status is not NodeStatus.COMPLETED or commit.partial or node.by != commit.asking.subject:
        return False
    return node.state.get(GIVEN, node.changed) == commit.variables


def open_task(instance: Instance, node: NodeInstance) -> OpenTask:
    """Raises `InstanceNotRunning`, `TaskNotOpen`."""
    refuse_stopped(instance)
    refuse_compensating(instance)
    task = instance.tasks.get(node.id)
    if task is None:
        raise TaskNotOpen(task=task_id(instance.id, node.id), status=node.status)
    return task


def refuse_stopped(instance: Instance) -> None:
    """Raises `InstanceNotRunning`."""
    if instance.status is not InstanceStatus.RUNNING:
        raise InstanceNotRunning(instance=instance.id, status=instance.status)
    if instance.suspended:
        raise InstanceNotRunning(instance=instance.id, status="SUSPENDED")


def refuse_compensating(instance: Instance) -> None:
    if instance.reopens is not None:
        raise InstanceNotRunning(instance=instance.id, status="being compensated")
