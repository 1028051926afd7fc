"""What callers ask of the runtime: each a value, with who asks and how they are judged."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.flow.instance import (
    DeploymentId,
    Instance,
    InstanceId,
    NodeInstance,
    OpenTask,
    TaskId,
    Variables,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a request is about: an instance, or a user task of it. `task` is None once it is open no longer;
    `roles` are its candidates, by its model.
    """

    instance: Instance
    node: NodeInstance | None = None
    task: OpenTask | None = None
    roles: tuple[str, ...] = ()


Judge = Callable[[Judged], None]
"""May this caller do this? Raises the refusal: `TaskNotFound` for what the caller may not know of."""


def allow(judged: Judged) -> None:
    """The judge of those who may do everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What every request carries. `wait_s`: how long the caller waits for effects before it gets WAITING.
    `languages` are those the caller reads, the preferred first.
    """

    subject: str
    key: str | None = None  # the client's idempotency key
    judge: Judge = allow
    wait_s: float = 10.0
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Exactly one of `flow_key` and `deployment`."""

    asking: Asking
    flow_key: str | None = None
    deployment: DeploymentId | None = None
    variables: Variables = field(default_factory=Variables)
    case_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    asking: Asking
    task: TaskId
    variables: Variables = field(default_factory=Variables)
    partial: bool = False
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    asking: Asking
    task: TaskId
    to_task: TaskId | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    asking: Asking
    instance: InstanceId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    asking: Asking
    task: TaskId  # of a FAILED node instance
    variables: Variables = field(default_factory=Variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """At least one of case, instance and correlation says for whom it is."""

    asking: Asking
    name: str
    case_id: str | None = None
    instance: InstanceId | None = None
    correlation: Variables = field(default_factory=Variables)
    variables: Variables = field(default_factory=Variables)
    ttl: str = "PT1H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken: the instance as it is now, the tasks open in its whole tree."""

    instance: Instance
    tasks: tuple[tuple[Instance, OpenTask], ...]
    replayed: bool = False
