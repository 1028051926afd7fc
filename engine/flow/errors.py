"""What the flow engine may refuse, each class saying when.

FlowRefusal
├── FlowInvalid             the model has problems that forbid deploying it
├── FlowNotFound, DeploymentNotFound, InstanceNotFound, TaskNotFound
│                           there is none with this id, or the caller may not know of it
├── InstanceNotRunning      the instance ended, is suspended, or is being compensated
├── TaskNotOpen             the task was committed, cancelled or rolled back before
├── TaskClaimed             somebody else works on the task
├── FormInvalid             the committed values do not fit the form
├── NoBranchTaken           no outgoing condition holds and there is no default
├── ConditionFailed         an expression met a missing variable or a wrong type
├── RollbackImpossible      nothing completed lies before the task, or the target is none of its past
├── FlowVersionConflict     `expectedVersion` is not the task's version
├── StepLimitExceeded       a step passed too many nodes, or variables grew too large or deep
├── SubflowInvalid          the called flow is missing, or calls nest too deep
├── FlowKeyReused           the idempotency key came before with another input
└── StepContended           other steps of the instance won again and again
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.problem import Problem


class FlowRefusal(Exception):
    """Base of all refusals: `code` is stable, the sentence is for people, `facts` are for programs."""

    code = "FLOW_REFUSED"

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.facts: Mapping[str, object] = {name: value for name, value in facts.items() if value is not None}


class _WithProblems(FlowRefusal):
    def __init__(self, sentence: str, problems: Sequence[Problem]) -> None:
        super().__init__(sentence, problems=[asdict(problem) for problem in problems])
        self.problems = tuple(problems)


class FlowInvalid(_WithProblems):
    code = "FLOW_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(f"The flow cannot be deployed: {first.path or 'model'}: {first.message}", problems)


class FlowNotFound(FlowRefusal):
    code = "FLOW_NOT_FOUND"

    def __init__(self, *, flow_key: str) -> None:
        super().__init__(f"There is no flow {flow_key!r}: save it first.", flowKey=flow_key)


class DeploymentNotFound(FlowRefusal):
    code = "DEPLOYMENT_NOT_FOUND"

    def __init__(self, *, deployment: str) -> None:
        super().__init__(
            f"There is no deployment {deployment!r}: deploy the flow first.", deployment=deployment
        )


class InstanceNotFound(FlowRefusal):
    code = "INSTANCE_NOT_FOUND"

    def __init__(self, *, instance: str) -> None:
        super().__init__(f"There is no instance {instance!r}.", instanceId=instance)


class InstanceNotRunning(FlowRefusal):
    code = "INSTANCE_NOT_RUNNING"

    def __init__(self, *, instance: str, status: str) -> None:
        super().__init__(
            f"The instance is {status}: only a running one goes on.", instanceId=instance, status=status
        )


class TaskNotFound(FlowRefusal):
    code = "TASK_NOT_FOUND"

    def __init__(self, *, task: str) -> None:
        super().__init__(f"There is no task {task!r}.", taskId=task)


class TaskNotOpen(FlowRefusal):
    code = "TASK_NOT_OPEN"

    def __init__(self, *, task: str, status: str) -> None:
        super().__init__(f"The task is {status}: reload the open tasks.", taskId=task, status=status)


class TaskClaimed(FlowRefusal):
    code = "TASK_CLAIMED"

    def __init__(self, *, task: str) -> None:
        super().__init__("Somebody else has claimed the task: a supervisor may assign it.", taskId=task)


class FormInvalid(_WithProblems):
    code = "FORM_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(f"The form has problems: {first.path or 'form'}: {first.message}", problems)


class NoBranchTaken(FlowRefusal):
    code = "NO_BRANCH_TAKEN"

    def __init__(self, *, element: str) -> None:
        super().__init__(
            f"No condition of {element!r} holds and it has no default: nothing was changed.", element=element
        )


class ConditionFailed(FlowRefusal):
    code = "CONDITION_FAILED"

    def __init__(self, *, element: str, expression: str, reason: str) -> None:
        super().__init__(
            f"The expression {expression!r} of {element!r} failed: {reason}.", element=element, reason=reason
        )


class RollbackImpossible(FlowRefusal):
    code = "ROLLBACK_IMPOSSIBLE"

    def __init__(self, *, task: str, reason: str) -> None:
        super().__init__(f"The task cannot be rolled back: {reason}.", taskId=task, reason=reason)


class FlowVersionConflict(FlowRefusal):
    code = "VERSION_CONFLICT"

    def __init__(self, *, what: str, expected: int, actual: int) -> None:
        super().__init__(
            f"{what} is at version {actual}, not {expected}: reload it.", expected=expected, actual=actual
        )


class StepLimitExceeded(FlowRefusal):
    code = "STEP_LIMIT_EXCEEDED"

    def __init__(self, *, limit: str, value: int) -> None:
        super().__init__(
            f"The step goes beyond {limit} ({value}): nothing was changed.", limit=limit, value=value
        )


class SubflowInvalid(FlowRefusal):
    code = "SUBFLOW_INVALID"

    def __init__(self, *, element: str, reason: str) -> None:
        super().__init__(
            f"The call activity {element!r} cannot run: {reason}.", element=element, reason=reason
        )


class FlowKeyReused(FlowRefusal):
    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key came before with another input: a new request needs a new key."
        )


class StepContended(FlowRefusal):
    code = "STEP_CONTENDED"

    def __init__(self) -> None:
        super().__init__("Other steps of this instance came first again and again: try again.")
