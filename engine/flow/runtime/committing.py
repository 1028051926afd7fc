"""Commit a task: on the state this process wrote last, or on the state that is stored.

Both attempts decide alike, and write on the version they began with. The first may begin with what another
process has changed since: so nothing but a write comes of it. A conflict, a repeat, and a refusal of a state
that is no longer the stored one are decided anew by the second, which reads first.
"""

from functools import partial

from engine.flow.errors import FlowVersionConflict
from engine.flow.instance import Instance, NodeInstance, Variables, split_task_id
from engine.flow.ports import StepConflict
from engine.flow.runtime.concluding import Concluding
from engine.flow.runtime.family import Family, Running
from engine.flow.runtime.finding import GIVEN, Finder, open_task, was_committed
from engine.flow.runtime.racing import race
from engine.flow.runtime.repeats import Keyed, find_repeat, keyed
from engine.flow.runtime.requests import Commit, Taken


class Committing:
    """Order of checks: TASK_NOT_FOUND, access, repeat, INSTANCE_NOT_RUNNING, TASK_NOT_OPEN,
    VERSION_CONFLICT, FORM_INVALID.
    """

    def __init__(self, running: Running, finder: Finder, concluding: Concluding) -> None:
        self._running = running
        self._finder = finder
        self._concluding = concluding

    async def commit(self, commit: Commit) -> Taken:
        request = None if commit.asking.key is None else keyed(commit.asking, "commitTask", _given(commit))
        taken = await self._on_recent(commit, request)
        return await race(partial(self._on_stored, commit, request)) if taken is None else taken

    async def _on_recent(self, commit: Commit, request: Keyed | None) -> Taken | None:
        """None where it has to be decided on what is stored."""
        ids = split_task_id(commit.task)
        recent = None if ids is None else self._running.recent.take(*ids)
        if ids is None or recent is None:
            return None
        version = recent.version
        try:
            decided = await self._decide(commit, request, recent, recent.nodes[ids[1]])
        except Exception:
            if await self._is_stored(recent, version):
                raise
            return None
        if isinstance(decided, Taken):
            return None
        try:
            written = await self._concluding.write_alone(decided, recent, request)
        except StepConflict:
            self._running.recent.forget(recent.id)
            return None
        return await self._concluding.finish(recent.id, written, commit.asking)

    async def _is_stored(self, recent: Instance, version: int) -> bool:
        """Whether what was decided on that version holds: it is still the stored one."""
        stored = await self._running.store.find(recent.id)
        if stored is not None and stored.version == version:
            return True
        self._running.recent.forget(recent.id)
        return False

    async def _on_stored(self, commit: Commit, request: Keyed | None) -> Taken:
        instance, node = await self._finder.find(commit.task)
        decided = await self._decide(commit, request, instance, node)
        if isinstance(decided, Taken):
            return decided
        return await self._concluding.write(decided, instance, commit.asking, request)

    async def _decide(
        self, commit: Commit, request: Keyed | None, instance: Instance, node: NodeInstance
    ) -> Family | Taken:
        """What is to be written, or what the same request did before."""
        await self._finder.judge(commit.asking, instance, node)
        repeat = find_repeat(instance, request)
        if repeat is not None:
            return await self._finder.replay(instance, repeat)
        family = Family(self._running, by=commit.asking.subject, attended=True)
        family.adopt(instance)
        if request is None and was_committed(node, commit):
            return Taken(instance=instance, tasks=tuple(await family.open_tasks(instance)), replayed=True)
        task = open_task(instance, node)
        if commit.expected_version not in (None, task.version):
            raise FlowVersionConflict(
                what=f"The task {commit.task!r}", expected=commit.expected_version, actual=task.version
            )
        values = await self._finder.check_form(instance, node, task, commit)
        if commit.partial:
            task.values = values
            task.version += 1
            family.change(instance)
        else:
            if task.values:
                node.state = {**node.state, GIVEN: dict(commit.variables)}
            await family.advance(instance, lambda step: step.commit_task(node.id, values))
        return family


def _given(commit: Commit) -> Variables:
    return {
        "task": commit.task,
        "variables": commit.variables,
        "partial": commit.partial,
        "expected": commit.expected_version,
    }
