"""W5: flows: commits a second in memory beside other engines, on each store beside the store by itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bench.figures import SUBJECT
from bench.flow_driver import TASKS, linear
from bench.model import BenchFailure, Gate, Run, Sample, Workload
from bench.npm import install_packages, node_program
from engine.flow.formats.bpmn import to_bpmn
from gateway.stores.mongod import MongodMissing, MongodProcess

_ROOT = Path(__file__).parents[2]
_ENOUGH = 5_000  # commits a second on a disk that would allow more
_OF_DISK = 0.8
_DRIVERS = ("motor", "pymongo")  # of MongoDB
_CONDITIONS = {"vars.t2 > 0": "${environment.output.t2}", "vars.t2 <= 0": "${environment.output.no}"}


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
        modules = install_packages(run.cache)
        for number in range(run.pace.rounds):
            run.say(f"  round {number + 1} of {run.pace.rounds}")
            samples += _Round(run, number, mongo.url, modules).samples()
    return samples


@dataclass(frozen=True, slots=True)
class _Round:
    """Each beside what it is compared with, at the same minute."""

    run: Run
    number: int
    mongo: Callable[[str], str]
    modules: Path

    def samples(self) -> list[Sample]:
        return [*self._memory(), *self._sqlite(), *chain.from_iterable(map(self._mongodb, _DRIVERS))]

    def _memory(self) -> list[Sample]:
        return [
            self._python("memory", SUBJECT, "flow_driver", "memory"),
            measured("memory", "spiffworkflow", [*python("flow_spiff"), str(self.run.pace.seconds)]),
            self._bpmn_engine(),
        ]

    def _bpmn_engine(self) -> Sample:
        model = self.run.scratch / "linear.bpmn"
        model.write_text(to_bpmn(linear(), condition=_CONDITIONS.__getitem__))
        script = _ROOT / "bench" / "peers" / "bpmn_engine.cjs"
        command = [str(node_program()), str(script), str(self.run.pace.seconds), str(model), *TASKS]
        env = {"NODE_PATH": str(self.modules), "NODE_ENV": "production"}
        return measured("memory", "bpmn-engine", command, env)

    def _sqlite(self) -> list[Sample]:
        disk = self._python("sqlite", "disk-itself", "flow_limits", "disk", self._file("disk"))
        wanted = min(_ENOUGH, _OF_DISK * disk.value)
        return [
            self._python("sqlite", SUBJECT, "flow_driver", "sqlite", self._file("ours")),
            self._python("sqlite", "sqlite-itself", "flow_limits", "sqlite", self._file("itself")),
            disk,
            Sample(case="flow-sqlite", server="wanted", unit="commits/s", value=wanted),
        ]

    def _mongodb(self, driver: str) -> list[Sample]:
        indexed = f"{driver}-indexed"
        return [
            self._python(driver, SUBJECT, "flow_driver", driver, self._database(driver)),
            self._python(driver, "driver-itself", "flow_limits", driver, self._database(f"{driver}_text")),
            self._python(
                driver, "driver-indexed", "flow_limits", indexed, self._database(f"{driver}_indexed")
            ),
        ]

    def _file(self, name: str) -> str:
        return str(self.run.scratch / f"{self.number}.{name}")

    def _database(self, name: str) -> str:
        return self.mongo(f"w5_{self.number}_{name}")

    def _python(self, case: str, server: str, module: str, what: str, place: str = "") -> Sample:
        return measured(case, server, [*python(module), what, str(self.run.pace.seconds), place])


def python(module: str) -> list[str]:
    return [sys.executable, "-m", f"bench.{module}"]


def measured(case: str, server: str, command: list[str], env: Mapping[str, str] | None = None) -> Sample:
    """In a process of its own: what one leaves behind does not burden the next."""
    done = subprocess.run(
        command, cwd=_ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchFailure(f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    told = json.loads(done.stdout)
    return Sample(
        case=f"flow-{case}", server=server, unit="commits/s", value=told["rate"], cpu_us=told["cpu_us"]
    )


W5 = Workload(
    name="w5",
    title="flows: commits of five tasks and a gateway, in memory, on SQLite and on MongoDB",
    peers=(SUBJECT,),
    beside=(
        "spiffworkflow",
        "bpmn-engine",
        "wanted",
        "sqlite-itself",
        "disk-itself",
        "driver-itself",
        "driver-indexed",
    ),
    measure=_measure,
    gates=(
        Gate(case="flow-memory", at_least=10, peer="spiffworkflow"),
        Gate(case="flow-memory", at_least=10, peer="bpmn-engine"),
        Gate(case="flow-sqlite", at_least=1, peer="wanted", limit="sqlite-itself"),
        *(
            Gate(case=f"flow-{driver}", at_least=0.8, peer="driver-itself", limit="driver-indexed")
            for driver in _DRIVERS
        ),
    ),
)
