"""The table of workloads: a new one is a module here and a line in it."""

from bench.model import Workload
from bench.workloads.w1 import W1
from bench.workloads.w2 import W2
from bench.workloads.w4 import W4

WORKLOADS: dict[str, Workload] = {workload.name: workload for workload in (W1, W2, W4)}
__all__ = ["WORKLOADS"]
