"""Instances, their node instances and tasks as clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from engine.flow import forms
from engine.flow import instance as domain
from engine.flow.instance import InstanceStatus, NodeStatus, task_id
from engine.flow.runtime import Taken
from engine.flow.runtime.reversal import Reversal
from engine.problem import Problem as FlowProblem
from resolvers.context import Context
from resolvers.flows import looking
from resolvers.flows.access import may_see
from schema.flows.definitions import Deployment
from schema.paging import PageInfo
from schema.problem import Problem

GONE = "removed"  # the type of an element that the instance's version does not have: it came from another


@strawberry.type(
    description="schema: JSON Schema 2020-12 of what to commit; ui: how this channel asks for it;"
    " values: prefilled"
)
class Form:
    key: str
    channel: str
    schema: JSON
    ui: JSON
    values: JSON
    language: str | None = strawberry.field(
        description="Of the texts in ui; null where the form does not name its own."
    )

    @classmethod
    def of(cls, form: forms.RenderedForm) -> Form:
        return cls(
            key=form.key,
            channel=form.channel,
            schema=JSON(form.schema),
            ui=JSON(form.ui),
            values=JSON(form.values),
            language=form.language,
        )


@strawberry.type
class TaskComment:
    at: datetime
    by: str
    text: str


@strawberry.type
class Task:
    id: ID
    element_key: str
    name: str | None
    status: NodeStatus
    properties: JSON
    assignee: str | None
    candidate_roles: list[str]
    due_at: datetime | None
    created_at: datetime
    version: int
    comments: list[TaskComment]
    view: strawberry.Private[looking.TaskView]

    @strawberry.field
    def instance(self) -> FlowInstance:
        return FlowInstance.of(self.view.instance)

    @strawberry.field(
        description="channel: the caller's if left out; language: a tag such as zh-CN, else what"
        " accept-language prefers."
    )
    async def form(
        self, info: Info[Context, None], channel: str | None = None, language: str | None = None
    ) -> Form | None:
        form = await looking.form_of(info.context, self.view, channel, language)
        return None if form is None else Form.of(form)

    @classmethod
    def of(cls, view: looking.TaskView) -> Task:
        node, task, element = view.node, view.task, view.element
        closed = domain.OpenTask(node=node.id, element=node.element, created_at=node.entered_at)
        shown = task or closed
        return cls(
            id=ID(task_id(view.instance.id, node.id)),
            element_key=node.element,
            name=element.name,
            status=node.status,
            properties=JSON(dict(element.properties)),
            assignee=shown.assignee,
            candidate_roles=list(shown.candidate_roles),
            due_at=shown.due_at,
            created_at=shown.created_at,
            version=shown.version,
            comments=[TaskComment(at=one.at, by=one.by, text=one.text) for one in shown.comments],
            view=view,
        )


@strawberry.type
class NodeInstance:
    id: ID
    element_key: str
    element_type: str
    name: str | None
    status: NodeStatus
    entered_at: datetime
    left_at: datetime | None
    by: str | None
    changed: JSON | None
    children: strawberry.Private[tuple[domain.InstanceId, ...]]

    @strawberry.field(description="The latest flow that a call activity called.")
    async def sub_instance(self, info: Info[Context, None]) -> FlowInstance | None:
        if not self.children:
            return None
        found = await looking.find_instance(info.context, self.children[-1])
        return None if found is None else FlowInstance.of(found)


@strawberry.type
class FlowInstance:
    id: ID
    flow_key: str
    status: InstanceStatus
    version: int
    variables: JSON
    case_id: str | None
    started_at: datetime
    ended_at: datetime | None
    owner: str
    unit: str
    suspended: bool
    incidents: list[Problem]
    journal: JSON = strawberry.field(
        description="Who went back, ended, suspended or resumed it, when and why: {at, by, action, reason}."
    )
    domain: strawberry.Private[domain.Instance]

    @strawberry.field
    async def deployment(self, info: Info[Context, None]) -> Deployment:
        return Deployment.of(await looking.deployment_of(info.context, self.domain))

    @strawberry.field
    async def parent(self, info: Info[Context, None]) -> FlowInstance | None:
        if self.domain.parent is None:
            return None
        found = await looking.find_instance(info.context, self.domain.parent.instance)
        return None if found is None else FlowInstance.of(found)

    @strawberry.field(description="The open ones.")
    async def tasks(self, info: Info[Context, None]) -> list[Task]:
        return [Task.of(view) for view in await looking.tasks_of(info.context, self.domain)]

    @strawberry.field(description="In order of entry.")
    async def history(self, info: Info[Context, None]) -> list[NodeInstance]:
        nodes = await looking.history_of(info.context, self.domain)
        return await node_instances(info.context, self.domain, nodes)

    @classmethod
    def of(cls, instance: domain.Instance) -> FlowInstance:
        return cls(
            id=ID(instance.id),
            flow_key=instance.flow_key,
            status=instance.status,
            version=instance.version,
            variables=JSON(instance.variables),
            case_id=instance.case_id,
            started_at=instance.started_at,
            ended_at=instance.ended_at,
            owner=instance.owner,
            unit=instance.unit,
            suspended=instance.suspended,
            incidents=[_incident(one) for one in instance.incidents],
            journal=JSON([_shown(entry) for entry in instance.journal]),
            domain=instance,
        )


@strawberry.type
class FlowStep:
    instance: FlowInstance
    tasks: list[Task] = strawberry.field(description="tasks now open")
    replayed: bool = strawberry.field(description="true if an idempotent repeat")

    @classmethod
    async def of(cls, context: Context, taken: Taken) -> FlowStep:
        """With the tasks of the whole tree that the caller may know of."""
        views = [await looking.known_task(context, where, task.node) for where, task in taken.tasks]
        return cls(
            instance=FlowInstance.of(taken.instance),
            tasks=[Task.of(view) for view in views if view is not None],
            replayed=taken.replayed,
        )


@strawberry.type
class FlowInstanceConnection:
    nodes: list[FlowInstance]
    page_info: PageInfo


@strawberry.type
class TaskConnection:
    nodes: list[Task]
    page_info: PageInfo


@strawberry.type
class RollbackPreview:
    rolled_back: list[NodeInstance]
    opens: list[str]
    variables: JSON
    compensations: list[str]

    @classmethod
    async def of(cls, context: Context, reversal: Reversal) -> RollbackPreview:
        """`compensations` are the elements whose calls are undone, in the order they would run."""
        rolled_back = [
            shown
            for instance, undone in reversal.rolled_back
            if may_see(context.principal, instance) or instance is reversal.target.instance
            for shown in await node_instances(context, instance, undone)
        ]
        return cls(
            rolled_back=rolled_back,
            opens=list(reversal.own.opens),
            variables=JSON(dict(reversal.own.variables)),
            compensations=[effect.element or "" for effect in reversal.compensations],
        )


async def node_instances(
    context: Context, instance: domain.Instance, nodes: Sequence[domain.NodeInstance]
) -> list[NodeInstance]:
    """With the types and names that their elements have in the instance's deployment."""
    deployed = await context.flows.deployed.get(instance.deployment)
    types, elements = deployed.flow.types, deployed.deployment.model.elements
    return [
        NodeInstance(
            id=ID(task_id(instance.id, node.id)),
            element_key=node.element,
            element_type=types.get(node.element, GONE),
            name=elements[node.element].name if node.element in elements else None,
            status=node.status,
            entered_at=node.entered_at,
            left_at=node.left_at,
            by=node.by,
            changed=JSON(node.changed) if node.changed else None,
            children=node.children,
        )
        for node in nodes
    ]


def _shown(entry: domain.Entry) -> dict[str, str | None]:
    at = entry.at.isoformat()
    return {"at": at, "by": entry.by, "action": entry.action, "reason": entry.reason}


def _incident(incident: domain.Incident) -> Problem:
    return Problem.of(
        FlowProblem(code=incident.code, message=incident.message, path=f"{incident.element}/{incident.node}")
    )
