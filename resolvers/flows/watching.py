"""Watch an instance or tasks: their states as they change, for a caller who may know of them."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from engine.flow.instance import Instance, InstanceId, NodeId
from resolvers.context import Context
from resolvers.flows.access import may_see
from resolvers.flows.looking import TaskFilter, TaskView, find_instance, known_task, task_fits

JUST_BEFORE = timedelta(seconds=5)  # what closed as long before the watch began is still told


async def watch_instance(context: Context, instance: str) -> AsyncGenerator[Instance]:
    """The instance as it is, then every time it was written. Ends at once for one that may not be seen."""
    with context.flows.news.watch() as watcher:
        found = await find_instance(context, instance)
        if found is None:
            return
        watcher.tell(found)
        while True:
            changed = await watcher.next()
            if changed.id == found.id and may_see(context.principal, changed):
                yield changed


async def watch_tasks(context: Context, wanted: TaskFilter | None) -> AsyncGenerator[TaskView]:
    """Tasks that opened, were claimed, saved or closed, if they fit and the caller may know of them."""
    told: dict[tuple[InstanceId, NodeId], tuple[str, int]] = {}
    began = context.flows.now() - JUST_BEFORE
    with context.flows.news.watch() as watcher:
        while True:
            instance = await watcher.next()
            for node in list(instance.nodes.values()):
                if (node.left_at or node.entered_at) < began and node.id not in instance.tasks:
                    continue
                view = await known_task(context, instance, node.id)
                if view is None or not task_fits(context, view, wanted):
                    continue
                state = (node.status.value, view.task.version if view.task is not None else 0)
                if told.get((instance.id, node.id)) != state:
                    told[instance.id, node.id] = state
                    yield view
