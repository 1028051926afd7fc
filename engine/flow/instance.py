"""A run of a flow as one value: its nodes, waiting tokens, open tasks, timers, effects and incidents.

A step loads it, changes this copy, and writes it back whole on `version`; a refused step throws it away.
`documents.py` turns it into the stored document and back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from engine.flow.model import ElementKey, Json, Retry

InstanceId = NewType("InstanceId", str)
NodeId = NewType("NodeId", str)  # unique in its instance; derived from the parent's id, the flow, the visit
TaskId = NewType("TaskId", str)  # f"{instance id}.{node id}": a task is found through its instance
DeploymentId = NewType("DeploymentId", str)

Variables = dict[str, Json]


class InstanceStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"  # it can never go on


class NodeStatus(StrEnum):
    ACTIVE = "ACTIVE"  # open: a task, a catch event, a sub-process, a call activity
    WAITING = "WAITING"  # an effect is to be run
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"  # an incident: `retryTask` continues
    CANCELLED = "CANCELLED"
    ROLLED_BACK = "ROLLED_BACK"


@dataclass(slots=True, kw_only=True)
class NodeInstance:
    """One visit of an element. `causes` are the node instances whose tokens it took: rollback follows them.

    `order` numbers completions in the instance: start variables plus `changed` of every node that is not
    rolled back, in this order, are the instance's variables. `scope` is the sub-process's node, if it is in
    one. `took` are the flows it was left by, whatever became of the tokens.

    `state` is what its element keeps while it waits: a loop its items and results, a FAILED node what it was
    resumed with, so that a retry goes on from there. `stopped_by` is the node that CANCELLED it, None if the
    whole instance was terminated.
    """

    id: NodeId
    element: ElementKey
    status: NodeStatus
    causes: tuple[NodeId, ...]
    via: tuple[ElementKey, ...]  # the sequence flows it was entered by
    visit: int
    entered_at: datetime
    scope: NodeId | None = None
    left_at: datetime | None = None
    by: str | None = None
    order: int | None = None
    changed: Variables = field(default_factory=Variables)
    reads: Variables = field(default_factory=Variables)  # what conditions saw here: kept, never reused
    children: tuple[InstanceId, ...] = ()  # of a call activity
    took: tuple[ElementKey, ...] = ()
    state: Variables = field(default_factory=Variables)
    stopped_by: NodeId | None = None


@dataclass(slots=True, kw_only=True)
class Token:
    """A token that waits at a join: it came by `flow` from the node instance `source`."""

    flow: ElementKey
    source: NodeId
    scope: NodeId | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    at: datetime
    by: str
    text: str


@dataclass(slots=True, kw_only=True)
class OpenTask:
    """What a task has beside its node instance. `version` changes when it is claimed, released, saved in part
    or closed, and never else; `values` are what partial commits kept, or a rollback brought back.
    """

    node: NodeId
    element: ElementKey
    created_at: datetime
    version: int = 1
    assignee: str | None = None
    candidate_roles: tuple[str, ...] = ()
    due_at: datetime | None = None
    values: Variables = field(default_factory=Variables)
    comments: list[Comment] = field(default_factory=list[Comment])


@dataclass(slots=True, kw_only=True)
class Timer:
    """`element`: the catch or boundary event it fires; `node`: the node instance that waits or is guarded."""

    node: NodeId
    element: ElementKey
    due_at: datetime


@dataclass(slots=True, kw_only=True)
class MessageWait:
    node: NodeId
    element: ElementKey
    name: str
    correlation: Variables = field(default_factory=Variables)


@dataclass(slots=True, kw_only=True)
class Effect:
    """A call still to be run for a WAITING node, at least once and always under `key`: a mutation, or a query
    that failed and is to be tried again.

    `compensates`: the rolled back node it undoes; of those only the first may run. That node may lie in
    another instance of the tree: `node` then names both, and what cannot be asked of this instance's flow is
    told: its `element`, the `unit` as whose service it runs, how often to `retry`.
    """

    node: NodeId
    key: str
    query: str
    variables: Variables
    attempts: int = 0
    due_at: datetime | None = None  # when the next attempt may begin
    leased_until: datetime | None = None
    compensates: NodeId | None = None
    element: ElementKey | None = None
    unit: str | None = None
    retry: Retry | None = None


@dataclass(slots=True, kw_only=True)
class Incident:
    """Why a node FAILED; `code` is one of the error codes or the call's own."""

    node: NodeId
    element: ElementKey
    code: str
    message: str
    at: datetime


@dataclass(slots=True, kw_only=True)
class Parent:
    """The call activity this instance runs for; `index` is its place in the list of a loop."""

    instance: InstanceId
    node: NodeId
    root: InstanceId
    depth: int = 1
    index: int = 0


@dataclass(slots=True, kw_only=True)
class Remembered:
    """What a step under an idempotency key led to; kept 24 h, and at least the last 50."""

    key: str  # of caller, mutation and client's key
    fingerprint: str  # of the input
    version: int
    tasks: tuple[TaskId, ...] | None  # then open; None while calls were on the way
    at: datetime


@dataclass(slots=True, kw_only=True)
class Entry:
    """What somebody did to the run beside working on its tasks, and why: `action` is a mutation's name."""

    at: datetime
    by: str
    action: str
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class Instance:
    """`nodes` are the recent ones in order of entry; older ones lie in `spilled` pages of the history."""

    id: InstanceId
    version: int  # 0: not stored yet
    flow_key: str
    deployment: DeploymentId
    unit: str
    owner: str
    started_at: datetime
    status: InstanceStatus = InstanceStatus.RUNNING
    case_id: str | None = None
    parent: Parent | None = None
    ended_at: datetime | None = None
    suspended: bool = False
    start_variables: Variables = field(default_factory=Variables)
    variables: Variables = field(default_factory=Variables)
    nodes: dict[NodeId, NodeInstance] = field(default_factory=dict[NodeId, NodeInstance])
    spilled: int = 0
    completions: int = 0  # the last `order` given
    visits: dict[ElementKey, int] = field(default_factory=dict[ElementKey, int])  # how often each was entered
    tokens: list[Token] = field(default_factory=list[Token])
    tasks: dict[NodeId, OpenTask] = field(default_factory=dict[NodeId, OpenTask])
    timers: list[Timer] = field(default_factory=list[Timer])
    messages: list[MessageWait] = field(default_factory=list[MessageWait])
    effects: dict[NodeId, Effect] = field(default_factory=dict[NodeId, Effect])
    incidents: list[Incident] = field(default_factory=list[Incident])
    remembered: list[Remembered] = field(default_factory=list[Remembered])
    journal: list[Entry] = field(default_factory=list[Entry])  # the last ones
    reopens: NodeId | None = None  # the rolled back task that opens again after the last compensation
    encoding: "Encoding | None" = field(default=None, compare=False, repr=False)


@dataclass(slots=True, kw_only=True)
class Encoding:
    """What documents of an instance are made from, so that a step need not write all of it anew.

    `known` are the rows of nodes that had settled before this working copy was made: a step forward leaves
    them as they are. `made` are those of the last document, `size` is its length.
    """

    known: Mapping[NodeId, object]
    made: Mapping[NodeId, object]
    size: int


MAX_JOURNAL = 100  # entries kept of a run: who goes back more often than that does so by program


def note(instance: Instance, entry: Entry) -> None:
    instance.journal = [*instance.journal[-MAX_JOURNAL + 1 :], entry]


def task_id(instance: InstanceId, node: NodeId) -> TaskId:
    return TaskId(f"{instance}.{node}")


def split_task_id(task: TaskId) -> tuple[InstanceId, NodeId] | None:
    """None for a text that is no task id."""
    instance, dot, node = task.rpartition(".")
    return (InstanceId(instance), NodeId(node)) if dot and instance and node else None
