"""W5: flows: commits a second in memory beside SpiffWorkflow, on each store beside the store by itself."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.figures import SUBJECT
from bench.model import BenchFailure, Gate, Run, Sample, Workload
from gateway.stores.mongod import MongodMissing, MongodProcess

_ROOT = Path(__file__).parents[2]
_ENOUGH = 5_000  # commits a second on a disk that would allow more
_OF_DISK = 0.8


def _measure(run: Run) -> Sequence[Sample]:
    if not run.peers:
        return ()
    samples: list[Sample] = []
    with ExitStack() as stack:
        data = run.scratch / "mongod"
        data.mkdir()
        try:
            mongo = stack.enter_context(MongodProcess(data))
        except MongodMissing as missing:
            raise BenchFailure(str(missing)) from missing
        for number in range(run.pace.rounds):
            run.say(f"  round {number + 1} of {run.pace.rounds}")
            samples += _round(run, number, mongo)
    return samples


def _round(run: Run, number: int, mongo: MongodProcess) -> list[Sample]:
    """Each beside what it is compared with, at the same minute."""

    def rate(case: str, place: object = "") -> float:
        module = "bench.flow_spiff" if case == "spiffworkflow" else "bench.flow_driver"
        return _rate(module, *([] if case == "spiffworkflow" else [case]), run.pace.seconds, place)

    files, name = run.scratch / f"{number}", f"w5_{number}"
    itself = rate("sqlite-itself", files.with_suffix(".itself"))
    return [
        _sample("memory", SUBJECT, rate("memory")),
        _sample("memory", "spiffworkflow", rate("spiffworkflow")),
        _sample("sqlite", SUBJECT, rate("sqlite", files.with_suffix(".sqlite"))),
        _sample("sqlite", "sqlite-itself", itself),
        _sample("sqlite", "wanted", min(_ENOUGH, _OF_DISK * itself)),
        _sample("mongodb", SUBJECT, rate("mongo", mongo.url(name))),
        _sample("mongodb", "driver-itself", rate("mongo-itself", mongo.url(f"{name}_itself"))),
    ]


def _rate(module: str, *arguments: object) -> float:
    """In a process of its own: what one leaves behind does not burden the next."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailure(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    return float(done.stdout)


def _sample(case: str, server: str, value: float) -> Sample:
    return Sample(case=f"flow-{case}", server=server, unit="commits/s", value=value)


W5 = Workload(
    name="w5",
    title="flows: commits of five tasks and a gateway, in memory, on SQLite and on MongoDB",
    peers=(SUBJECT,),
    beside=("spiffworkflow", "sqlite-itself", "wanted", "driver-itself"),
    measure=_measure,
    gates=(
        Gate(case="flow-memory", at_least=10, peer="spiffworkflow"),
        Gate(case="flow-sqlite", at_least=1, peer="wanted"),
        Gate(case="flow-mongodb", at_least=0.8, peer="driver-itself"),
    ),
)
