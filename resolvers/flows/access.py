"""Who may see an instance, work on a task, and run a unit's flows: the gate's answers about flows.

An instance belongs to its owner, who started it, and to its flow's unit. What a caller may not know of is not
found; what is somebody else's work is claimed.
"""

from collections.abc import Callable

from engine.access import Principal
from engine.flow.errors import InstanceNotFound, TaskClaimed, TaskNotFound
from engine.flow.instance import Instance, InstanceId, task_id
from engine.flow.runtime import Judge, Judged
from resolvers.access import ADMIN, PUBLISHER
from resolvers.errors import AccessDenied

AGENT = "agent"  # works on tasks that name no roles
SUPERVISOR = "supervisor"  # of its units: takes over, assigns, suspends, retries


def may_see(principal: Principal, instance: Instance) -> bool:
    return instance.owner == principal.subject or of_unit(principal, instance.unit)


def of_unit(principal: Principal, unit: str) -> bool:
    return principal.has_unit(unit) or principal.has_role(ADMIN)


def is_supervisor(principal: Principal, instance: Instance) -> bool:
    of_rank = principal.has_role(SUPERVISOR) or principal.has_role(ADMIN)
    return of_rank and of_unit(principal, instance.unit)


def is_candidate(principal: Principal, instance: Instance, roles: tuple[str, ...]) -> bool:
    """With roles: only who has one, of the unit or the owner. Without: the owner and the unit's agents."""
    owns, belongs = instance.owner == principal.subject, of_unit(principal, instance.unit)
    if roles:
        return (owns or belongs) and any(map(principal.has_role, roles))
    return owns or (belongs and principal.has_role(AGENT))


def judge_of_task(principal: Principal) -> Judge:
    """May commit, roll back, claim, comment. Raises `TaskNotFound`, `TaskClaimed`."""

    def judge(judged: Judged) -> None:
        instance, node = judged.instance, judged.node
        name = task_id(instance.id, node.id) if node is not None else instance.id
        supervises = is_supervisor(principal, instance)
        roles = judged.task.candidate_roles if judged.task is not None else judged.roles
        if not supervises and not is_candidate(principal, instance, roles):
            raise TaskNotFound(task=name)
        task = judged.task
        if task is not None and task.assignee not in (None, principal.subject) and not supervises:
            raise TaskClaimed(task=name)

    return judge


def judge_of_supervision(principal: Principal) -> Judge:
    """May assign, suspend, resume, retry. Raises `InstanceNotFound`, `AccessDenied`."""
    return _judge_of_instance(principal, _supervises, needs=f"the role {SUPERVISOR} of the unit")


def judge_of_end(principal: Principal) -> Judge:
    """May terminate: the owner and the unit's agents. Raises `InstanceNotFound`, `AccessDenied`."""
    return _judge_of_instance(principal, _may_end, needs=f"the role {AGENT} of the unit")


def _judge_of_instance(
    principal: Principal, may: Callable[[Principal, Instance], bool], *, needs: str
) -> Judge:
    def judge(judged: Judged) -> None:
        if not may_see(principal, judged.instance):
            raise InstanceNotFound(instance=InstanceId(judged.instance.id))
        if not may(principal, judged.instance):
            raise AccessDenied(needs=needs)

    return judge


def _supervises(principal: Principal, instance: Instance) -> bool:
    operates = principal.has_role(PUBLISHER) and of_unit(principal, instance.unit)
    return operates or is_supervisor(principal, instance)


def _may_end(principal: Principal, instance: Instance) -> bool:
    works = principal.has_role(AGENT) and of_unit(principal, instance.unit)
    return instance.owner == principal.subject or works or _supervises(principal, instance)
