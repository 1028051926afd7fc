"""What the workers of a gateway spent on what a test did to them: processor time and memory."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.gateway import Gateway


@dataclass(slots=True, kw_only=True)
class Cost:
    """Known when the block has ended. `grown_mb`: how far memory went above what it was, at the highest."""

    cpu_ms: float = 0
    grown_mb: float = 0


def least_ms(costs: Iterable[Cost]) -> float:
    """Of the same thing done again and again: what it costs where nothing else slows the processor."""
    return min(cost.cpu_ms for cost in costs)


@contextmanager
def cost_of(gateway: Gateway) -> Generator[Cost]:
    """Measure the workers of a gateway that nobody else uses meanwhile."""
    cost = Cost()
    workers = gateway.workers
    for pid in workers:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the highest memory is counted from now on
    cpu_before, memory_before = _cpu_ms(workers), _status_mb(workers, "VmRSS")
    yield cost
    cost.cpu_ms = _cpu_ms(workers) - cpu_before
    cost.grown_mb = _status_mb(workers, "VmHWM") - memory_before


def _cpu_ms(pids: list[int]) -> float:
    """Nanoseconds on a processor, of every thread: finer than the clock ticks of `stat`."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


def _status_mb(pids: list[int], name: str) -> float:
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
