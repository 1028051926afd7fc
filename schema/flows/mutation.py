"""Root mutation fields about flows."""

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.flows import definitions, deploying, looking, running
from schema.flows.definitions import Deployment, Flow
from schema.flows.inputs import (
    CommitTaskInput,
    DeployFlowInput,
    MessageInput,
    RollbackTaskInput,
    SaveFlowInput,
    StartFlowInput,
    TerminateFlowInput,
    given,
)
from schema.flows.instances import FlowInstance, FlowStep, Task
from schema.idempotency import key_text_of
from schema.objects import given_object


@strawberry.type
class FlowsMutation:
    @strawberry.mutation
    @staticmethod
    async def save_flow(info: Info[Context, None], input: SaveFlowInput) -> Flow:  # noqa: A002  # the contract's name
        return Flow.of(await definitions.save_flow(info.context, input.to_flow()))

    @strawberry.mutation
    @staticmethod
    async def deploy_flow(info: Info[Context, None], input: DeployFlowInput) -> Deployment:  # noqa: A002  # the contract's name
        deployment = await deploying.deploy_flow(
            info.context, input.key, note=given(input.note), rollout=input.rollout
        )
        return Deployment.of(deployment)

    @strawberry.mutation
    @staticmethod
    async def start_flow(info: Info[Context, None], input: StartFlowInput) -> FlowStep:  # noqa: A002  # the contract's name
        taken = await running.start_flow(
            info.context,
            flow_key=given(input.flow_key),
            deployment=given(input.deployment_id),
            variables=given_object(input.variables, argument="variables") or {},
            case_id=given(input.case_id),
            key=given(input.idempotency_key) or key_text_of(info),
        )
        return await FlowStep.of(info.context, taken)

    @strawberry.mutation
    @staticmethod
    async def commit_task(info: Info[Context, None], input: CommitTaskInput) -> FlowStep:  # noqa: A002  # the contract's name
        taken = await running.commit_task(
            info.context,
            input.task_id,
            variables=given_object(input.variables, argument="variables") or {},
            partial=input.partial,
            expected_version=given(input.expected_version),
            key=given(input.idempotency_key) or key_text_of(info),
        )
        return await FlowStep.of(info.context, taken)

    @strawberry.mutation
    @staticmethod
    async def rollback_task(info: Info[Context, None], input: RollbackTaskInput) -> FlowStep:  # noqa: A002  # the contract's name
        taken = await running.roll_back_task(
            info.context,
            input.task_id,
            to_task=given(input.to_task),
            reason=given(input.reason),
            key=given(input.idempotency_key) or key_text_of(info),
        )
        return await FlowStep.of(info.context, taken)

    @strawberry.mutation
    @staticmethod
    async def terminate_flow(info: Info[Context, None], input: TerminateFlowInput) -> FlowStep:  # noqa: A002  # the contract's name
        taken = await running.terminate_flow(info.context, input.instance_id, reason=given(input.reason))
        return await FlowStep.of(info.context, taken)

    @strawberry.mutation
    @staticmethod
    async def claim_task(info: Info[Context, None], task_id: ID) -> Task:
        return await _task(info, await running.claim_task(info.context, task_id))

    @strawberry.mutation
    @staticmethod
    async def release_task(info: Info[Context, None], task_id: ID) -> Task:
        return await _task(info, await running.release_task(info.context, task_id))

    @strawberry.mutation(description="taskId: a FAILED node instance; variables: corrections")
    @staticmethod
    async def retry_task(info: Info[Context, None], task_id: ID, variables: JSON | None = None) -> FlowStep:
        corrections = given_object(variables, argument="variables") or {}
        taken = await running.retry_task(info.context, task_id, variables=corrections, key=key_text_of(info))
        return await FlowStep.of(info.context, taken)

    @strawberry.mutation
    @staticmethod
    async def assign_task(info: Info[Context, None], task_id: ID, assignee: str) -> Task:
        return await _task(info, await running.assign_task(info.context, task_id, assignee=assignee))

    @strawberry.mutation
    @staticmethod
    async def comment_task(info: Info[Context, None], task_id: ID, text: str) -> Task:
        return await _task(info, await running.comment_task(info.context, task_id, text=text))

    @strawberry.mutation
    @staticmethod
    async def suspend_flow(
        info: Info[Context, None], instance_id: ID, reason: str | None = None
    ) -> FlowInstance:
        suspended = await running.suspend_flow(info.context, instance_id, suspended=True, reason=reason)
        return FlowInstance.of(suspended)

    @strawberry.mutation
    @staticmethod
    async def resume_flow(info: Info[Context, None], instance_id: ID) -> FlowInstance:
        return FlowInstance.of(await running.suspend_flow(info.context, instance_id, suspended=False))

    @strawberry.mutation(
        description="The steps of the instances that waited for it; none: it is kept for ttl."
    )
    @staticmethod
    async def send_message(info: Info[Context, None], input: MessageInput) -> list[FlowStep]:  # noqa: A002  # the contract's name
        key = given(input.idempotency_key) or key_text_of(info)
        steps = await running.send_message(info.context, input.to_message(key))
        seen = [one for one in steps if await looking.find_instance(info.context, one.instance.id)]
        return [await FlowStep.of(info.context, taken) for taken in seen]


async def _task(info: Info[Context, None], at: running.TaskAt) -> Task:
    instance, task = at
    view = await looking.task_view(info.context, instance, instance.nodes[task.node])
    assert view is not None, "only user tasks are open tasks"
    return Task.of(view)
