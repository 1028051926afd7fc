"""The table of workloads: a new one is a module here and a line in it."""

from bench.model import Workload
from bench.workloads.w1 import W1
from bench.workloads.w2 import W2
from bench.workloads.w3 import W3
from bench.workloads.w4 import W4
from bench.workloads.w5 import W5
from bench.workloads.w5_open import W5_OPEN
from bench.workloads.w7 import W7
from bench.workloads.w8 import W8

WORKLOADS: dict[str, Workload] = {
    workload.name: workload for workload in (W1, W2, W3, W4, W5, W5_OPEN, W7, W8)
}
__all__ = ["WORKLOADS"]
