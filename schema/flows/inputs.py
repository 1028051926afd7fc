"""What clients give to the fields about flows."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, UNSET
from strawberry.scalars import JSON

from engine.flow.formats import ModelFormat
from engine.flow.instance import InstanceStatus, NodeStatus
from resolvers.flows import definitions, looking, running
from schema.flows.enums import TaskOrder
from schema.given import given
from schema.objects import given_object


@strawberry.input(
    description="model: an object for PAIFANG, a string (XML) for BPMN, an object or string for TURBO"
    " (didi/turbo's flowElementList)"
)
class FlowModelInput:
    format: ModelFormat = ModelFormat.PAIFANG
    model: JSON


@strawberry.input
class SaveFlowInput:
    key: str
    name: str | None = UNSET
    unit: str
    model: FlowModelInput
    expected_revision: int | None = UNSET

    def to_flow(self) -> definitions.FlowInput:
        return definitions.FlowInput(
            key=self.key,
            name=given(self.name),
            unit=self.unit,
            format=self.model.format,
            model=self.model.model,
            expected_revision=given(self.expected_revision),
        )


@strawberry.input(
    description="rollout: percentage of cases that get it; the rest get the newest version at 100;"
    " the unchanged model makes no new version"
)
class DeployFlowInput:
    key: str
    note: str | None = UNSET
    rollout: int = 100


@strawberry.input(description="exactly one of flowKey, deploymentId")
class StartFlowInput:
    flow_key: str | None = UNSET
    deployment_id: ID | None = UNSET
    variables: JSON | None = UNSET
    case_id: str | None = UNSET
    idempotency_key: str | None = UNSET


@strawberry.input(
    description="partial: keep the given form values, task stays open; expectedVersion: Task.version"
)
class CommitTaskInput:
    task_id: ID
    variables: JSON | None = UNSET
    partial: bool = False
    expected_version: int | None = UNSET
    idempotency_key: str | None = UNSET


@strawberry.input(
    description="taskId: an open task; toTask: a completed task (one visit);"
    " default: the last completed user task that led to taskId"
)
class RollbackTaskInput:
    task_id: ID
    to_task: ID | None = UNSET
    reason: str | None = UNSET
    idempotency_key: str | None = UNSET


@strawberry.input
class TerminateFlowInput:
    instance_id: ID
    reason: str | None = UNSET


@strawberry.input
class MessageInput:
    name: str
    case_id: str | None = UNSET
    instance_id: ID | None = UNSET
    correlation: JSON | None = UNSET
    variables: JSON | None = UNSET
    ttl: str = strawberry.field(default="PT1H", description="ISO 8601 duration")
    idempotency_key: str | None = UNSET

    def to_message(self, key: str | None) -> running.MessageGiven:
        return running.MessageGiven(
            name=self.name,
            case_id=given(self.case_id),
            instance=given(self.instance_id),
            correlation=given_object(self.correlation, argument="correlation") or {},
            variables=given_object(self.variables, argument="variables") or {},
            ttl=self.ttl,
            key=key,
        )


@strawberry.input
class FlowInstanceFilter:
    flow_key: str | None = UNSET
    status: InstanceStatus | None = UNSET
    case_id: str | None = UNSET
    unit: str | None = UNSET
    owner: str | None = UNSET
    incident: bool | None = UNSET
    started_after: datetime | None = UNSET
    started_before: datetime | None = UNSET

    def to_filter(self) -> looking.InstanceFilter:
        return looking.InstanceFilter(
            flow_key=given(self.flow_key),
            status=given(self.status),
            case_id=given(self.case_id),
            unit=given(self.unit),
            owner=given(self.owner),
            incident=given(self.incident),
            started_after=given(self.started_after),
            started_before=given(self.started_before),
        )


@strawberry.input
class TaskFilter:
    assignee: str | None = UNSET
    role: str | None = UNSET
    flow_key: str | None = UNSET
    case_id: str | None = UNSET
    unit: str | None = UNSET
    unassigned: bool | None = UNSET
    due_before: datetime | None = UNSET
    status: NodeStatus | None = NodeStatus.ACTIVE
    order_by: TaskOrder = TaskOrder.DUE

    def to_filter(self) -> looking.TaskFilter:
        return looking.TaskFilter(
            assignee=given(self.assignee),
            role=given(self.role),
            flow_key=given(self.flow_key),
            case_id=given(self.case_id),
            unit=given(self.unit),
            unassigned=given(self.unassigned),
            due_before=given(self.due_before),
            status=self.status or NodeStatus.ACTIVE,
            by_due=self.order_by is TaskOrder.DUE,
        )
