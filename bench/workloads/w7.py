"""W7: how soon a started gateway answers, and what memory it takes when it does nothing."""

import time
from collections.abc import Sequence
from pathlib import Path

from bench.asking import Asker
from bench.figures import SUBJECT
from bench.gateway import place_module, starting_gateway
from bench.model import BenchFailure, Gate, Run, Sample, Workload
from bench.posts import GREETING
from bench.processes import POLL_S, START_DEADLINE_S, Server

_QUERY = "{ greet }"
_NOBODY = 9  # a port; the greeting makes no call


def _measure(run: Run) -> Sequence[Sample]:
    """Every start but the first finds its module in the store, as a restart does."""
    if not run.peers:
        return ()
    module = place_module("posts.graphql", run.scratch, upstream_port=_NOBODY)
    _start(run.scratch, resources=[module])
    return [sample for _ in range(run.pace.rounds) for sample in _start(run.scratch)]


def _start(scratch: Path, *, resources: Sequence[Path] = ()) -> Sequence[Sample]:
    began = time.monotonic()
    with starting_gateway(scratch, resources=resources) as (server, port):
        first_ms = (_first_answer_at(server, port) - began) * 1e3
        server.wait_until_idle()
        memory = server.memory_mb()
    return (
        Sample(case="first-answer", server=SUBJECT, unit="ms", value=first_ms),
        Sample(case="idle", server=SUBJECT, unit="MB", value=memory),
    )


def _first_answer_at(server: Server, port: int) -> float:
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        asker = Asker(port)
        try:
            asker.check(_QUERY, {"greet": GREETING})
        except OSError:
            time.sleep(POLL_S)
        else:
            return time.monotonic()
        finally:
            asker.close()
    raise BenchFailure(f"{server.name} does not answer after {START_DEADLINE_S:.0f} s: {server.log}")


W7 = Workload(
    name="w7",
    title="from the start to the first answer; memory of an idle worker and its supervisor",
    peers=(SUBJECT,),
    measure=_measure,
    gates=(Gate(case="first-answer", at_most=1_500), Gate(case="idle", at_most=150)),
)
