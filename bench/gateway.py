"""The gateway as a user starts it, for workloads that measure it alone."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Server, free_port, running

_ROOT = Path(__file__).parents[1]
_WRITTEN_URL = "http://127.0.0.1:3900"


def place_module(name: str, scratch: Path, *, upstream_port: int) -> Path:
    """A copy of a module of `bench/resources` that points at the running upstream."""
    text = (_ROOT / "bench" / "resources" / name).read_text()
    placed = scratch / name
    placed.write_text(text.replace(_WRITTEN_URL, f"http://127.0.0.1:{upstream_port}"))
    return placed


@contextmanager
def starting_gateway(scratch: Path, *, resources: Sequence[Path] = ()) -> Generator[tuple[Server, int]]:
    """Start it with one worker on what is below `scratch`; gives it and its port before it answers."""
    port = free_port()
    command = [str(_ROOT / "scripts" / "run"), "serve", "--port", str(port), "--data", str(scratch / "data")]
    if resources:
        command += ["--resources", *map(str, resources)]
    env = {"PAIFANG_EGRESS_ALLOW": "127.0.0.0/8"}
    with running("paifang", command, env=env, log=scratch / "paifang.log") as server:
        yield server, port
