"""W5 as it grows: commits on SQLite beside a thousand, ten thousand, a hundred thousand open instances."""

from collections.abc import Sequence

from bench.figures import SUBJECT
from bench.model import Run, Sample, Workload
from bench.workloads.w5 import measured, python

_OPEN = (1_000, 10_000, 100_000)


def _measure(run: Run) -> Sequence[Sample]:
    if not run.peers:
        return ()
    samples: list[Sample] = []
    for number in range(run.pace.rounds):
        run.say(f"  round {number + 1} of {run.pace.rounds}")
        for count in _OPEN:
            place = run.scratch / f"{number}.{count}"
            command = [*python("flow_open"), str(run.pace.seconds), str(place), str(count)]
            samples.append(measured(f"{count}-open", SUBJECT, command))
            for file in run.scratch.glob(f"{place.name}*"):
                file.unlink()
    return samples


W5_OPEN = Workload(
    name="w5-open",
    title="flows: commits on SQLite beside 1,000, 10,000 and 100,000 open instances",
    peers=(SUBJECT,),
    measure=_measure,
    gates=(),
)
