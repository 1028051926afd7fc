"""Flows run: start, commit, roll back, terminate, retry, send messages; timers and effects in the background.

    runtime = FlowRuntime(running, resources=…, report=…)
    taken = await runtime.commit(Commit(asking=…, task=…, variables=…))

Every step is load, advance, one write on the versions that were loaded; who loses the write does it again.
"""

from engine.flow.runtime.deployed import Deployed, DeployedFlows
from engine.flow.runtime.family import Running
from engine.flow.runtime.flow_runtime import FlowRuntime
from engine.flow.runtime.requests import (
    Asking,
    Commit,
    Judge,
    Judged,
    Message,
    Retry,
    Rollback,
    Start,
    Taken,
    Terminate,
    allow,
)

__all__ = [
    "Asking",
    "Commit",
    "Deployed",
    "DeployedFlows",
    "FlowRuntime",
    "Judge",
    "Judged",
    "Message",
    "Retry",
    "Rollback",
    "Running",
    "Start",
    "Taken",
    "Terminate",
    "allow",
]
