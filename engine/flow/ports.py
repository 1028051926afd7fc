"""What the flow engine needs from outside: documents kept, the resource graph, and the time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.expr import ANY, ExprType
from engine.flow.instance import DeploymentId, Instance, InstanceId, NodeInstance
from engine.flow.model import Call, Duration, FlowModel, JsonObject
from engine.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """An immutable snapshot. `rollout` is the share of cases, in per cent, that begin with it; it alone may
    change. `pinned`: the deployment that each call activity's flow had when this one was made.
    """

    id: DeploymentId
    flow_key: str
    version: int
    unit: str
    model: FlowModel
    hash: str
    deployed_at: datetime
    deployed_by: str
    rollout: int = 100
    note: str | None = None
    pinned: Mapping[str, DeploymentId] = field(default_factory=dict[str, DeploymentId])
    uses: frozenset[str] = frozenset()  # coordinates of the resource fields its calls and reads use


class StepConflict(Exception):
    """Another step wrote one of the instances first: load again and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A message nobody waited for yet."""

    id: str
    version: int
    name: str
    case_id: str | None
    instance: InstanceId | None
    correlation: JsonObject
    variables: JsonObject
    expires_at: datetime


class InstanceStore(Protocol):
    """Instances as documents, each written whole on its version."""

    async def find(self, instance: InstanceId) -> Instance | None:
        """A fresh copy that sees every step acknowledged before."""
        ...

    async def history(self, instance: Instance) -> list[NodeInstance]:
        """The nodes that have spilled, oldest first. One read per page of 100; none if nothing has."""
        ...

    async def write(
        self,
        *instances: Instance,
        spilled: Mapping[InstanceId, Sequence[Sequence[NodeInstance]]] | None = None,
        took: Sequence[KeptMessage] = (),
        kept: Sequence[KeptMessage] = (),
    ) -> None:
        """All of these in one transaction, one write for each; `version` of each is the one loaded (0: new)
        and is one more afterwards. `spilled` are pages of history, the last of which is number `spilled`.

        Raises `StepConflict`; the store's own unavailability passes through.
        """
        ...

    async def due(self, now: datetime, limit: int) -> list[InstanceId]:
        """Instances with a timer or an effect due, the earliest first."""
        ...

    async def waiting_for(
        self, name: str, *, case_id: str | None = None, instance: InstanceId | None = None
    ) -> list[InstanceId]:
        """Instances that wait for a message of this name, of the case or instance where one is given."""
        ...

    async def messages(self, name: str, now: datetime) -> list[KeptMessage]:
        """Kept messages of this name that have not expired, oldest first."""
        ...


class DeploymentStore(Protocol):
    """Deployments by id, and the one a new instance begins with."""

    async def find_deployment(self, deployment: DeploymentId) -> Deployment | None: ...

    async def deployments(self, flow_key: str) -> list[Deployment]:
        """All of a flow, the newest first."""
        ...


class CallFailed(Exception):
    """An operation failed. `retryable`: the same call may succeed later; `code` is the first error's."""

    def __init__(self, *, code: str, message: str, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBehalf:
    """As whom an operation runs: the unit's service principal, for the instance's owner."""

    unit: str
    owner: str
    case_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallType:
    """What checking an operation found. `mutation`: its effect must be written down before it is run.

    `result` is the type of the response's data, nullability left to `nullable`: the paths that may be null,
    as names of response keys with list levels left out. `variables` are those the operation declares.
    """

    mutation: bool
    variables: Mapping[str, ExprType]
    result: ExprType
    uses: frozenset[str]
    nullable: frozenset[tuple[str, ...]] = frozenset()
    problems: Sequence[Problem] = ()

    @staticmethod
    def refused(problems: Sequence[Problem]) -> "CallType":
        """Of an operation that is none, or not one of the graph's."""
        return CallType(mutation=False, variables={}, result=ANY, uses=frozenset(), problems=problems)


class Resources(Protocol):
    """The resource graph at its current revision."""

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        """Checks an operation without running it; its problems have no path yet.

        `units`: those whose flow will run it. A field that none of them is given is a warning; without
        units nothing is said about that.
        """
        ...

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        """The response's data. Raises `CallFailed` if there was any error."""
        ...

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        """All queries of one step as one planned operation, results by name. Raises `CallFailed`."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep_until(self, moment: datetime) -> None:
        """Returns at once for a moment that has passed."""
        ...


class Calendars(Protocol):
    def add(self, start: datetime, duration: Duration) -> datetime:
        """The moment a duration after `start` has passed, counted in the hours of the calendar it may name.

        Raises ValueError for what is no duration, or names no calendar: deploying refuses such a model.
        """
        ...
