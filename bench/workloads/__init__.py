"""The table of workloads: a new one is a module here and a line in it."""

from bench.model import Workload
from bench.workloads.w1 import W1
from bench.workloads.w2 import W2

WORKLOADS: dict[str, Workload] = {workload.name: workload for workload in (W1, W2)}
__all__ = ["WORKLOADS"]
