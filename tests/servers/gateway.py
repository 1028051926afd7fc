"""The real gateway as a process, started as `paifang serve` starts it.

with serve_gateway(tmp_path, "--dev-auth") as gateway:
    ...                                   # ask gateway.url; gateway.log() is what it said
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.bounds import assert_bounds_held

START_S = 60.0  # a loaded machine; an idle one needs 2.5 s
END_S = 10.0  # what the gateway promises at SIGTERM
POLL_S = 0.02
ROOT = Path(__file__).parents[2]
SERVES = re.compile(r"^Paifang serves (http://\S+)/graphql$", re.MULTILINE)

Environment = Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Gateway:
    """A gateway that answers; `url` has no path, `environment` is what it was given of its own."""

    process: subprocess.Popen[bytes]
    data: Path
    output: Path
    environment: Environment
    url: str = ""

    def log(self) -> str:
        return self.output.read_text(errors="replace")

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if _is_alive(int(child))]

    def terminate(self) -> int:
        """Ask it to end and return its exit code. Raises `subprocess.TimeoutExpired`."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_S)


@contextmanager
def serve_gateway(data: Path, *flags: str, environment: Environment | None = None) -> Generator[Gateway]:
    """Serve on a free port; calls to this machine are allowed. Leaving ends it and checks its exit code."""
    data.mkdir(parents=True, exist_ok=True)
    output = data / "gateway.log"
    with output.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli.main", "serve", "--port", "0", "--data", str(data), *flags],
            cwd=ROOT,
            env=_environment(environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, so that nothing of it outlives the test
        )
    gateway = Gateway(process=process, data=data, output=output, environment=environment or {})
    try:
        gateway.url = _await_ready(gateway)
        yield gateway
        if process.poll() is None:
            assert_bounds_held(gateway.url)
            code = gateway.terminate()
            assert code == 0, f"the gateway ended with {code}:\n{gateway.log()}"
    except BaseException:
        print(gateway.log())  # pytest shows it beside the failure
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(given: Environment) -> dict[str, str]:
    """The caller's, without settings of a gateway that the caller may run."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAIFANG_")}
    return {
        **inherited,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "PAIFANG_EGRESS_ALLOW": "127.0.0.0/8",
        **given,
    }


def _await_ready(gateway: Gateway) -> str:
    """The address it says it serves, which it says when it answers."""
    deadline = time.monotonic() + START_S
    while (said := SERVES.search(gateway.log())) is None:
        if gateway.process.poll() is not None:
            pytest.fail(f"the gateway ended with {gateway.process.returncode}:\n{gateway.log()}")
        if time.monotonic() > deadline:
            pytest.fail(f"the gateway did not start within {START_S} s:\n{gateway.log()}")
        time.sleep(POLL_S)
    return said[1]


def _is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
