"""W8: solution matching: the index over 100,000 rules, in process, in processor time."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.figures import SUBJECT
from bench.model import BenchFailure, Gate, Run, Sample, Workload

_ROOT = Path(__file__).parents[2]
RULES, QUESTIONS = 100_000, 2_000


def _measure(run: Run) -> Sequence[Sample]:
    samples: list[Sample] = []
    for number in range(run.pace.rounds):
        run.say(f"  round {number + 1} of {run.pace.rounds}")
        command = [sys.executable, "-m", "bench.match_driver", str(RULES), str(QUESTIONS)]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchFailure(
                f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stderr[-2_000:]}"
            )
        median, p99 = map(float, done.stdout.split())
        samples.append(Sample(case="match-median", server=SUBJECT, unit="ms", value=median))
        samples.append(Sample(case="match-p99", server=SUBJECT, unit="ms", value=p99))
    return samples


W8 = Workload(
    name="w8",
    title=f"matching: {RULES:,} rules in process: what holds, what is asked next, near misses",
    peers=(SUBJECT,),
    measure=_measure,
    gates=(Gate(case="match-p99", at_most=5),),
)
