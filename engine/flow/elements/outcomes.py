"""What became of an element that was advanced. A flow that waits is a value, never an exception.
The two that every node passed makes are not frozen, as a `Visit` is not; they are only to be read.

What a caller did not ask for is raised: `NoBranchTaken`, `ConditionFailed`, `StepLimitExceeded`.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from engine.flow.elements.contract import Arrow, CompiledCall
from engine.flow.instance import InstanceId, MessageWait, NodeId, OpenTask, Timer, Variables
from engine.flow.model import ElementKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildWanted:
    """A called flow is to run as instance `id`, the same however often the step is made."""

    id: InstanceId
    node: NodeId
    element: ElementKey
    flow: str
    latest: bool
    index: int
    variables: Variables


@dataclass(slots=True, kw_only=True)
class Advanced:
    """The node is done: it changed these variables, and a token goes down each of `flows`. None: it ends.

    `abandoned` are called instances that nobody waits for any more; `state` is added to the node's.
    """

    flows: tuple[Arrow, ...] = ()
    changed: Variables = field(default_factory=Variables)
    abandoned: tuple[InstanceId, ...] = ()
    state: Variables | None = None


@dataclass(slots=True, kw_only=True)
class Suspended:
    """The node waits: for a task, a timer, a message, called flows. `state` is added to the node's."""

    task: OpenTask | None = None
    timer: Timer | None = None
    message: MessageWait | None = None
    children: tuple[ChildWanted, ...] = ()
    state: Variables | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The node goes on with the call's answer: a query is run in this step, a mutation only after a write."""

    call: CompiledCall
    variables: Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The node is a scope, and waits until every token in it has ended; the first begins at `start`."""

    start: ElementKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminated:
    """Nothing in the node's scope goes on."""


Outcome: TypeAlias = Advanced | Suspended | Calling | Opened | Terminated
