"""What the flow use cases work with, for the life of the process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from engine.flow.forms import FormTable
from engine.flow.ports import Resources
from engine.flow.runtime import DeployedFlows, FlowRuntime
from resolvers.flows.deployments import Deployments
from resolvers.flows.instances import Instances
from resolvers.ports import DocumentStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowServices:
    """`now` tells the time, aware and in UTC."""

    store: DocumentStore
    deployments: Deployments
    instances: Instances
    deployed: DeployedFlows
    runtime: FlowRuntime
    forms: FormTable
    graph: Resources
    now: Callable[[], datetime]
    wait_s: float  # how long a caller waits for calls that its step makes
