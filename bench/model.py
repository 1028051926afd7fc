"""The words of the harness: a workload measures servers and gives samples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Unit = Literal["requests/s", "commits/s", "ms", "µs", "MB"]


class BenchFailure(Exception):
    """The run cannot go on: the sentence says what happened and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one server did in one round of one case."""

    case: str
    server: str
    unit: Unit
    value: float
    p99_ms: float | None = None
    cpu_us: float | None = None  # CPU time of the server's processes per request
    upstream_calls: float | None = None  # per request


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a peer is to run: what its start command may need to know."""

    port: int
    upstream_url: str
    scratch: Path
    """Empty when the peer starts, gone when the run ends."""
    answers: Path
    """`<case>.json` holds the exact answer of each case that has only one."""
    node: Path
    node_modules: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """The command that starts a server."""

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server to measure."""

    name: str
    title: str
    launch: Callable[[Site], Launch]
    path: str = "/graphql"
    """`{case}` in it becomes the case's name."""
    connections: int = 100
    least_seconds: int = 0
    """A slow server needs so long for one answer on each connection."""
    from_npm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long and how often each case is measured."""

    rounds: int
    seconds: int
    warmup_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a workload is given."""

    peers: Sequence[Peer]
    """Those chosen by the user that the workload names, in the order of the table of peers."""
    pace: Pace
    cache: Path
    scratch: Path
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A figure that must hold: of the subject alone (`peer` is None) or of its ratio to a peer."""

    case: str
    at_least: float | None = None
    at_most: float | None = None
    peer: str | None = None
    figure: Literal["value", "upstream_calls"] = "value"
    goal: bool = False
    """A goal is reported and fails nothing."""
    limit: str = "bare-rsgi"
    """Who does no more: a gate that asks for more than this did, beside the same peer, is out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One entry of design's list of workloads: who takes part, how it is measured, what must hold."""

    name: str
    title: str
    peers: Sequence[str]
    measure: Callable[[Run], Sequence[Sample]]
    gates: Sequence[Gate]
    beside: Sequence[str] = ()
    """What it measures without a server: libraries, a store by itself."""
