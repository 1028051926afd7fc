"""Put load on a server with wrk and read what came of it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.debian import Program
from bench.model import BenchFailure

_SCRIPT = Path(__file__).parent / "bodies.lua"
THREADS = 2
_TIMEOUT_S = 30  # a slow peer is slow, not failing
_HEADERS_MAX_BYTES = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What wrk saw."""

    requests: int
    seconds: float
    p99_ms: float
    bytes_per_answer: float
    failures: dict[str, int]

    @property
    def requests_per_s(self) -> float:
        return self.requests / self.seconds


def drive(wrk: Program, url: str, bodies: Path, *, connections: int, seconds: int) -> Load:
    """POST the lines of `bodies` to `url` for so long, every connection with one request at a time."""
    command = [wrk.path, "-t", str(THREADS), "-c", str(connections), "-d", f"{seconds}s"]
    command += ["--timeout", f"{_TIMEOUT_S}s", "-s", str(_SCRIPT), url, "--", str(bodies)]
    done = subprocess.run(command, env=dict(wrk.env), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    return parse_report(done.stdout)


def parse_report(output: str) -> Load:
    """Read the line of JSON that the Lua script prints after wrk's own report."""
    report: dict[str, int] = json.loads(output.strip().splitlines()[-1])
    requests = report["requests"]
    failures = {
        kind: report[kind] for kind in ("connect", "read", "write", "status", "timeout") if report[kind]
    }
    return Load(
        requests=requests,
        seconds=report["duration_us"] / 1_000_000,
        p99_ms=report["p99_us"] / 1_000,
        bytes_per_answer=report["bytes"] / requests if requests else 0,
        failures=failures,
    )


def refuse_failures(load: Load, server: str, *, answer_bytes: float, connections: int) -> None:
    """Raise BenchFailure unless the answers under load were as many and as long as right ones are.

    wrk cannot compare bodies at speed, but a GraphQL error is 200 with another length.
    """
    if load.requests == 0 or load.failures:
        raise BenchFailure(f"{server} failed under load: {load.requests} answers, failures {load.failures}")
    cut_off = answer_bytes * connections / load.requests  # wrk counts the bytes of answers it did not await
    if not answer_bytes <= load.bytes_per_answer <= answer_bytes + cut_off + _HEADERS_MAX_BYTES:
        raise BenchFailure(
            f"{server} gave other answers under load than when checked: {load.bytes_per_answer:.0f} bytes "
            f"each, a right one has {answer_bytes:.0f} and up to {_HEADERS_MAX_BYTES} of headers"
        )
