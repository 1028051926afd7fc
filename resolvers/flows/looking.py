"""Look up instances and tasks: one by its id, many by what they are and who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.access import ANY
from engine.flow.documents import of_document
from engine.flow.forms import CompiledForm, Options, RenderedForm, render
from engine.flow.instance import (
    Instance,
    InstanceId,
    NodeId,
    NodeInstance,
    NodeStatus,
    OpenTask,
    TaskId,
    split_task_id,
)
from engine.flow.model import Element, JsonObject, UserTask
from engine.flow.ports import CallFailed, Deployment
from engine.flow.runtime.choices import offered
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.flows.access import is_candidate, may_see
from resolvers.flows.instances import INSTANCES, NEVER
from resolvers.paging import PageOf, select_page
from resolvers.ports import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A user task's visit; `task` is None once it is open no longer."""

    instance: Instance
    node: NodeInstance
    element: Element
    task: OpenTask | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFilter:
    flow_key: str | None = None
    status: str | None = None
    case_id: str | None = None
    unit: str | None = None
    owner: str | None = None
    incident: bool | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    assignee: str | None = None
    role: str | None = None
    flow_key: str | None = None
    case_id: str | None = None
    unit: str | None = None
    unassigned: bool | None = None
    due_before: datetime | None = None
    status: NodeStatus = NodeStatus.ACTIVE
    by_due: bool = True  # else by creation


async def find_instance(context: Context, instance: str) -> Instance | None:
    """None for one that is not there, or that the caller may not see."""
    found = await context.flows.instances.find(InstanceId(instance))
    return found if found is not None and may_see(context.principal, found) else None


async def find_task(context: Context, task: str) -> TaskView | None:
    """None for one that is not there, or that the caller may neither see nor work on."""
    ids = split_task_id(TaskId(task))
    instance = None if ids is None else await context.flows.instances.find(ids[0])
    if ids is None or instance is None:
        return None
    nodes = instance.nodes
    if ids[1] not in nodes:
        nodes = {node.id: node for node in await context.flows.instances.history(instance)}
    if ids[1] not in nodes:
        return None
    view = await task_view(context, instance, nodes[ids[1]])
    return view if view is not None and _may_know(context, view) else None


async def known_task(context: Context, instance: Instance, node: NodeId) -> TaskView | None:
    """A task of an instance at hand; None if the caller may not know of it."""
    view = await task_view(context, instance, instance.nodes[node])
    return view if view is not None and _may_know(context, view) else None


async def task_view(context: Context, instance: Instance, node: NodeInstance) -> TaskView | None:
    """None for a node that is no user task."""
    deployment = await deployment_of(context, instance)
    element = deployment.model.elements.get(node.element)
    if not isinstance(element, UserTask):
        return None
    return TaskView(instance=instance, node=node, element=element, task=instance.tasks.get(node.id))


async def deployment_of(context: Context, instance: Instance) -> Deployment:
    return (await context.flows.deployed.get(instance.deployment)).deployment


async def list_instances(
    context: Context, wanted: InstanceFilter, *, first: int, after: str | None
) -> PageOf[Instance]:
    """The latest started first."""
    principal = context.principal
    facet = _instance_facet(context, wanted)

    async def expand(document: Document) -> Iterable[Instance]:
        instance = of_document(document)
        return [instance] if may_see(principal, instance) and _fits(instance, wanted) else []

    query = Query(
        collection=INSTANCES,
        index="by_facet",
        equal={"facets": facet},
        descending=True,
        at_least=wanted.started_after,
        below=wanted.started_before,
    )
    return await select_page(context.flows.store, query, expand, first=first, after=after)


async def list_tasks(
    context: Context, wanted: TaskFilter, *, first: int, after: str | None
) -> PageOf[TaskView]:
    """Those due first before others; an instance's tasks stand together, where its first one does."""
    opened = wanted.status is NodeStatus.ACTIVE
    facet = _task_facet(wanted) if opened else _instance_facet(context, _instance_filter(wanted))

    async def expand(document: Document) -> Iterable[TaskView]:
        instance = of_document(document)
        nodes = [node for node in instance.nodes.values() if node.status is wanted.status]
        views = [await task_view(context, instance, node) for node in nodes]
        found = [view for view in views if view is not None and fits_task(context, view, wanted)]
        return sorted(found, key=lambda view: _place(view, by_due=wanted.by_due))

    if not opened:
        query = Query(collection=INSTANCES, index="by_facet", equal={"facets": facet}, descending=True)
    else:
        index = "by_task_due" if wanted.by_due else "by_task_created"
        below = wanted.due_before if wanted.by_due else None
        query = Query(collection=INSTANCES, index=index, equal={"taskFacets": facet}, below=below)
    return await select_page(context.flows.store, query, expand, first=first, after=after)


async def tasks_of(context: Context, instance: Instance) -> list[TaskView]:
    """The instance's open tasks that the caller may know of."""
    views = [await task_view(context, instance, instance.nodes[node]) for node in instance.tasks]
    return [view for view in views if view is not None and _may_know(context, view)]


async def history_of(context: Context, instance: Instance) -> list[NodeInstance]:
    """All node instances in order of entry; one that spilled and came back stands as it is now."""
    spilled = await context.flows.instances.history(instance)
    nodes = {node.id: node for node in spilled} | instance.nodes
    return sorted(nodes.values(), key=lambda node: node.entered_at)


async def form_of(
    context: Context, view: TaskView, channel: str | None, language: str | None = None
) -> RenderedForm | None:
    """How the channel asks for the task's form, with choices from resources; None for a task without one.

    Without a `language`, in the one that the request's sender reads.
    """
    deployed = await context.flows.deployed.get(view.instance.deployment)
    form = deployed.form_of(view.node.element)
    if form is None:
        return None
    values = view.task.values if view.task is not None else view.node.changed
    return render(
        form,
        table=context.flows.parts.forms,
        channel=channel or context.principal.channel,
        values=values,
        known=_started_with(view),
        options=await _options(context, view, form),
        languages=context.languages if language is None else (language,),
    )


def _started_with(view: TaskView) -> JsonObject:
    """Of an open task: what the run was started with, as it is now; a field of the same name is filled in."""
    if view.task is None:
        return {}
    started, now = view.instance.start_variables, view.instance.variables
    return {name: now[name] for name in started if name in now}


async def _options(context: Context, view: TaskView, form: CompiledForm) -> Options:
    try:
        return await offered(context.flows.graph, form, view.instance, view.element.key)
    except CallFailed:
        return {}  # the form can be shown without its choices


def _may_know(context: Context, view: TaskView) -> bool:
    principal, instance = context.principal, view.instance
    roles = view.task.candidate_roles if view.task is not None else _roles(view.element)
    return may_see(principal, instance) or is_candidate(principal, instance, roles)


def _roles(element: Element) -> tuple[str, ...]:
    return element.candidate_roles if isinstance(element, UserTask) else ()


# ---------------------------------------------------------------------- conditions
def _instance_facet(context: Context, wanted: InstanceFilter) -> str:
    """The condition that finds the fewest."""
    facets = [
        None if wanted.case_id is None else f"case:{wanted.case_id}",
        None if wanted.owner is None else f"owner:{wanted.owner}",
        "incident" if wanted.incident else None,
        None if wanted.flow_key is None else f"flow:{wanted.flow_key}",
        None if wanted.unit is None else f"unit:{wanted.unit}",
        _own_facet(context),
        None if wanted.status is None else f"status:{wanted.status}",
        "all",
    ]
    return next(facet for facet in facets if facet is not None)


def _own_facet(context: Context) -> str | None:
    """Of a caller who sees no more than its own, or one unit's."""
    principal = context.principal
    if principal.has_role(ADMIN) or ANY in principal.units:
        return None
    if not principal.units:
        return f"owner:{principal.subject}"
    return None


def _instance_filter(wanted: TaskFilter) -> InstanceFilter:
    return InstanceFilter(flow_key=wanted.flow_key, case_id=wanted.case_id, unit=wanted.unit)


def _fits(instance: Instance, wanted: InstanceFilter) -> bool:
    return (
        wanted.flow_key in (None, instance.flow_key)
        and wanted.status in (None, instance.status)
        and wanted.case_id in (None, instance.case_id)
        and wanted.unit in (None, instance.unit)
        and wanted.owner in (None, instance.owner)
        and wanted.incident in (None, bool(instance.incidents))
    )


def _task_facet(wanted: TaskFilter) -> str:
    facets = [
        None if wanted.case_id is None else f"case:{wanted.case_id}",
        None if wanted.assignee is None else f"assignee:{wanted.assignee}",
        None if wanted.role is None else f"role:{wanted.role}",
        None if wanted.flow_key is None else f"flow:{wanted.flow_key}",
        None if wanted.unit is None else f"unit:{wanted.unit}",
        "unassigned" if wanted.unassigned else None,
        "all",
    ]
    return next(facet for facet in facets if facet is not None)


def fits_task(context: Context, view: TaskView, wanted: TaskFilter) -> bool:
    instance, task = view.instance, view.task
    assignee = task.assignee if task is not None else view.node.by
    roles = task.candidate_roles if task is not None else _roles(view.element)
    due_at = task.due_at if task is not None else None
    return (
        _may_know(context, view)
        and wanted.assignee in (None, assignee)
        and (wanted.role is None or wanted.role in roles)
        and wanted.flow_key in (None, instance.flow_key)
        and wanted.case_id in (None, instance.case_id)
        and wanted.unit in (None, instance.unit)
        and wanted.unassigned in (None, assignee is None)
        and (wanted.due_before is None or (due_at is not None and due_at < wanted.due_before))
    )


def task_fits(context: Context, view: TaskView, wanted: TaskFilter | None) -> bool:
    """As `fits_task`, status and all; without a filter every task does."""
    return wanted is None or (view.node.status is wanted.status and fits_task(context, view, wanted))


def _place(view: TaskView, *, by_due: bool) -> datetime:
    task = view.task
    if task is None:
        return view.node.entered_at
    return (task.due_at or NEVER) if by_due else task.created_at
