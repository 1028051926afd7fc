"""W3: depth: what the gateway adds to APIs that wait for each other, and what a long list costs it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from statistics import median, quantiles
from time import perf_counter

from bench.asking import Asker
from bench.figures import SUBJECT
from bench.gateway import place_module, starting_gateway
from bench.model import Gate, Run, Sample, Workload
from bench.processes import Server
from bench.waiting_upstream import ITEMS, detail_of, serving_waiting_upstream

_CHAIN = "{ demo { f1 f2 f5 f6 f7 } }"
_CHAIN_DATA = {
    "demo": {
        "f1": "after-V3-x",
        "f2": "after-after-V3-x",
        "f5": "after-after-after-V3-x",
        "f6": "after-b",
        "f7": "after-c",
    }
}
_CRITICAL = ("/slow/V3-x", "/slow/after-V3-x", "/slow/after-after-V3-x")  # of the five APIs, the longest row
_LIST = "{ items { id detail { name size } } }"
_BATCHES = 10  # of 100


def _measure(run: Run) -> Sequence[Sample]:
    if not run.peers:
        return ()
    samples: list[Sample] = []
    with _started(run) as (server, gateway, upstream):
        gateway.check(_CHAIN, _CHAIN_DATA)
        gateway.check(_LIST, _listed())
        _times(lambda: gateway.ask(_LIST), run.pace.warmup_seconds)
        for number in range(run.pace.rounds):
            run.say(f"  round {number + 1} of {run.pace.rounds}")
            samples += [_chain(gateway, upstream, run.pace.seconds), _list(server, gateway, upstream, run)]
    return samples


@contextmanager
def _started(run: Run) -> Generator[tuple[Server, Asker, Asker]]:
    """The gateway, and a client of it and of the APIs behind it."""
    with serving_waiting_upstream(run.scratch) as port:
        module = place_module("depth.graphql", run.scratch, upstream_port=port)
        with starting_gateway(run.scratch, resources=[module]) as (server, own_port):
            server.wait_until_answers(f"http://127.0.0.1:{own_port}/graphql")
            gateway, upstream = Asker(own_port), Asker(port)
            try:
                yield server, gateway, upstream
            finally:
                gateway.close()
                upstream.close()


def _chain(gateway: Asker, upstream: Asker, seconds: int) -> Sample:
    """The latency less that of the longest row of calls, made by the same client in turn with it."""
    rows: list[float] = []
    asked: list[float] = []
    calls = int(upstream.get("/calls"))
    began = perf_counter()
    while perf_counter() - began < seconds:
        rows += _times(lambda: [upstream.get(path) for path in _CRITICAL], 0)
        asked += _times(lambda: gateway.ask(_CHAIN), 0)
    made = int(upstream.get("/calls")) - calls - len(rows) * len(_CRITICAL)
    return Sample(
        case="chain",
        server=SUBJECT,
        unit="ms",
        value=(median(asked) - median(rows)) * 1e3,
        p99_ms=quantiles(asked, n=100)[-1] * 1e3,
        upstream_calls=made / len(asked),
    )


def _list(server: Server, gateway: Asker, upstream: Asker, run: Run) -> Sample:
    """CPU time of the gateway's own processes."""
    calls, cpu_s = int(upstream.get("/calls")), server.cpu_s()
    times = _times(lambda: gateway.ask(_LIST), run.pace.seconds)
    cpu_ms = (server.cpu_s() - cpu_s) / len(times) * 1e3
    return Sample(
        case="list-of-1000",
        server=SUBJECT,
        unit="ms",
        value=cpu_ms,
        p99_ms=quantiles(times, n=100)[-1] * 1e3,
        cpu_us=cpu_ms * 1e3,
        upstream_calls=(int(upstream.get("/calls")) - calls) / len(times),
    )


def _times(work: Callable[[], object], seconds: float) -> list[float]:
    """How long it takes, again and again for so long, once at least."""
    times: list[float] = []
    began = now = perf_counter()
    while not times or now - began < seconds:
        work()
        before, now = now, perf_counter()
        times.append(now - before)
    return times


def _listed() -> dict[str, object]:
    return {
        "items": [
            {"id": number, "detail": {key: detail_of(number)[key] for key in ("name", "size")}}
            for number in range(ITEMS)
        ]
    }


W3 = Workload(
    name="w3",
    title="five APIs of 10 ms in three groups, latency beyond the longest row; CPU time of a list of 1,000",
    peers=(SUBJECT,),
    measure=_measure,
    gates=(
        Gate(case="chain", at_most=2),
        Gate(case="chain", figure="upstream_calls", at_most=5),
        Gate(case="list-of-1000", at_most=3),
        Gate(case="list-of-1000", figure="upstream_calls", at_most=1 + _BATCHES),
    ),
)
