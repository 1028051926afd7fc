"""What the flow use cases work with, for the life of the process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.flow.calendars import NamedCalendars
from engine.flow.parts import FlowParts
from engine.flow.ports import Resources
from engine.flow.runtime import DeployedFlows, FlowRuntime
from engine.resource.model import Registry
from resolvers.flows.deployments import Deployments
from resolvers.flows.instances import Instances
from resolvers.flows.news import InstanceNews
from resolvers.flows.usage import Describe
from resolvers.ports import DocumentStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowServices:
    """`now` tells the time, aware and in UTC. `calendars` are those of the organisation, by name."""

    store: DocumentStore
    deployments: Deployments
    instances: Instances
    deployed: DeployedFlows
    runtime: FlowRuntime
    parts: FlowParts
    news: InstanceNews
    graph: Resources
    calendars: NamedCalendars
    describing: Callable[[Registry], Describe] | None = None  # operations on a graph that may not serve yet
    apis_of: Callable[[str], Sequence[str]] = lambda _: ()  # the APIs that give a field, by its coordinate
    now: Callable[[], datetime]
    wait_s: float  # how long a caller waits for calls that its step makes
