"""The user task: waits for a person, then leaves as an exclusive gateway does."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_first
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit
from engine.flow.elements.outcomes import Outcome, Suspended
from engine.flow.elements.signals import Committed, Signal
from engine.flow.errors import ConditionFailed
from engine.flow.expressions import FlowExpression
from engine.flow.instance import OpenTask
from engine.flow.model import UserTask


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    task: UserTask
    assignee: FlowExpression | None
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Committed):
            return advance_by_first(visit, changed=dict(signal.variables))
        due_in = self.task.due_in
        return Suspended(
            task=OpenTask(
                node=visit.node.id,
                element=visit.element.key,
                created_at=visit.now,
                assignee=self._assignee(visit),
                candidate_roles=self.task.candidate_roles,
                due_at=visit.after(due_in) if due_in else None,
            )
        )

    def _assignee(self, visit: Visit) -> str | None:
        if self.assignee is None:
            return None
        value = self.assignee.value(visit.bindings())
        if value is None or isinstance(value, str):
            return value
        raise ConditionFailed(
            element=visit.element.key,
            expression=self.task.assignee or "",
            reason="an assignee is the name of a person",
        )


def _compile(element: UserTask, compiling: Compiling) -> ElementExecutor:
    return _Executor(
        task=element,
        assignee=compiling.expression(element.assignee) if element.assignee else None,
        moments=Moments(resumed=compiling.branches_on_reads),
    )


USER_TASK = ElementType(name="userTask", model=UserTask, compile=_compile)
