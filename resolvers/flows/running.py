"""Start instances and drive them: what callers may ask of the flow runtime."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.flow.errors import TaskClaimed
from engine.flow.instance import (
    Comment,
    DeploymentId,
    Entry,
    Instance,
    InstanceId,
    OpenTask,
    TaskId,
    Variables,
    note,
    task_id,
)
from engine.flow.runtime import (
    Asking,
    Commit,
    Judge,
    Message,
    Retry,
    Rollback,
    Start,
    Taken,
    Terminate,
    allow,
)
from engine.flow.runtime.reversal import Reversal
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import (
    judge_of_end,
    judge_of_supervision,
    judge_of_task,
)

MAX_ID = 200  # characters of a case id, a message's name, an assignee: they are keys of indexes
MAX_TEXT = 10_000  # characters of a comment

TaskAt = tuple[Instance, OpenTask]


async def start_flow(
    context: Context,
    *,
    flow_key: str | None,
    deployment: str | None,
    variables: Mapping[str, object],
    case_id: str | None,
    key: str | None,
) -> Taken:
    """Raises `DeploymentNotFound`, and what the first step refuses."""
    if (flow_key is None) == (deployment is None):
        raise InputInvalid(argument="input", reason="names exactly one of flowKey and deploymentId")
    _check_id(case_id, argument="caseId")
    return await context.flows.runtime.start(
        Start(
            asking=_asking(context, allow, key),
            flow_key=flow_key,
            deployment=None if deployment is None else DeploymentId(deployment),
            variables=_variables(variables),
            case_id=case_id,
        )
    )


async def commit_task(
    context: Context,
    task: str,
    *,
    variables: Mapping[str, object],
    partial: bool,
    expected_version: int | None,
    key: str | None,
) -> Taken:
    return await context.flows.runtime.commit(
        Commit(
            asking=_asking(context, judge_of_task(context.principal), key),
            task=TaskId(task),
            variables=_variables(variables),
            partial=partial,
            expected_version=expected_version,
        )
    )


async def roll_back_task(
    context: Context, task: str, *, to_task: str | None, reason: str | None, key: str | None
) -> Taken:
    return await context.flows.runtime.roll_back(_rollback(context, task, to_task, reason, key))


async def preview_rollback(context: Context, task: str, *, to_task: str | None) -> Reversal:
    return await context.flows.runtime.preview(_rollback(context, task, to_task, None, None))


async def terminate_flow(context: Context, instance: str, *, reason: str | None) -> Taken:
    asking = _asking(context, judge_of_end(context.principal), None)
    return await context.flows.runtime.terminate(
        Terminate(asking=asking, instance=InstanceId(instance), reason=reason)
    )


async def retry_task(
    context: Context, task: str, *, variables: Mapping[str, object], key: str | None
) -> Taken:
    asking = _asking(context, judge_of_supervision(context.principal), key)
    return await context.flows.runtime.retry(
        Retry(asking=asking, task=TaskId(task), variables=_variables(variables))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageGiven:
    name: str
    case_id: str | None
    instance: str | None
    correlation: Mapping[str, object]
    variables: Mapping[str, object]
    ttl: str
    key: str | None


async def send_message(context: Context, given: MessageGiven) -> list[Taken]:
    """To the instances that wait for it and that the caller may know of."""
    if given.case_id is None and given.instance is None and not given.correlation:
        raise InputInvalid(argument="input", reason="names a caseId, an instanceId or correlation values")
    _check_id(given.name, argument="name")
    _check_id(given.case_id, argument="caseId")
    try:
        return await context.flows.runtime.send(
            Message(
                asking=_asking(context, allow, given.key),
                name=given.name,
                case_id=given.case_id,
                instance=None if given.instance is None else InstanceId(given.instance),
                correlation=_variables(given.correlation),
                variables=_variables(given.variables),
                ttl=given.ttl,
            )
        )
    except ValueError as error:
        raise InputInvalid(argument="ttl", reason=str(error)) from None


async def claim_task(context: Context, task: str) -> TaskAt:
    subject = context.principal.subject

    def claim(instance: Instance, open_task: OpenTask) -> None:
        if open_task.assignee not in (None, subject):
            raise TaskClaimed(task=task_id(instance.id, open_task.node))
        _assign(open_task, subject)

    return await _edit(context, task, claim)


async def release_task(context: Context, task: str) -> TaskAt:
    def release(instance: Instance, open_task: OpenTask) -> None:
        _assign(open_task, None)

    return await _edit(context, task, release)


async def assign_task(context: Context, task: str, *, assignee: str) -> TaskAt:
    _check_id(assignee, argument="assignee")
    asking = _asking(context, judge_of_supervision(context.principal), None)

    def assign(instance: Instance, open_task: OpenTask) -> None:
        _assign(open_task, assignee)

    return await context.flows.runtime.edit_task(asking, TaskId(task), assign)


async def comment_task(context: Context, task: str, *, text: str) -> TaskAt:
    if not 0 < len(text) <= MAX_TEXT:
        raise InputInvalid(argument="text", reason=f"has 1 to {MAX_TEXT} characters")
    now, by = context.flows.now(), context.principal.subject

    def comment(instance: Instance, open_task: OpenTask) -> None:
        open_task.comments.append(Comment(at=now, by=by, text=text))

    return await _edit(context, task, comment)


async def suspend_flow(
    context: Context, instance: str, *, suspended: bool, reason: str | None = None
) -> Instance:
    """A suspended instance takes no steps and fires no timers; those that were due fire when it resumes."""
    asking = _asking(context, judge_of_supervision(context.principal), None)

    now, by = context.flows.now(), context.principal.subject
    action = "suspendFlow" if suspended else "resumeFlow"

    def change(found: Instance) -> None:
        found.suspended = suspended
        note(found, Entry(at=now, by=by, action=action, reason=reason))

    return await context.flows.runtime.edit_instance(asking, InstanceId(instance), change)


def _assign(task: OpenTask, assignee: str | None) -> None:
    if task.assignee != assignee:
        task.assignee = assignee
        task.version += 1


async def _edit(context: Context, task: str, change: Callable[[Instance, OpenTask], None]) -> TaskAt:
    asking = _asking(context, judge_of_task(context.principal), None)
    return await context.flows.runtime.edit_task(asking, TaskId(task), change)


def _rollback(
    context: Context, task: str, to_task: str | None, reason: str | None, key: str | None
) -> Rollback:
    return Rollback(
        asking=_asking(context, judge_of_task(context.principal), key),
        task=TaskId(task),
        to_task=None if to_task is None else TaskId(to_task),
        reason=reason,
    )


def _asking(context: Context, judge: Judge, key: str | None) -> Asking:
    return Asking(
        subject=context.principal.subject,
        key=key or context.idempotency_key,
        judge=judge,
        wait_s=context.flows.wait_s,
        languages=context.languages,
    )


def _variables(given: Mapping[str, object]) -> Variables:
    return dict(given)  # type: ignore[arg-type]  # JSON, as GraphQL's scalar read it


def _check_id(text: str | None, *, argument: str) -> None:
    if text is not None and not 0 < len(text) <= MAX_ID:
        raise InputInvalid(argument=argument, reason=f"has 1 to {MAX_ID} characters")
