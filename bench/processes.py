"""Start servers in process groups of their own, wait until they answer, stop every one of them."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.model import BenchFailure

POLL_S = 0.02
START_DEADLINE_S = 30.0
STOP_DEADLINE_S = 5.0
IDLE_DEADLINE_S = 20.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and everything it started: they share one session, whose id is the leader's pid."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_answers(self, url: str) -> None:
        """Poll until `url` gets an HTTP answer below 500; raise BenchFailure with the log's end otherwise."""
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BenchFailure(
                    f"{self.name} ended with {self.process.returncode} at start:\n{self._tail()}"
                )
            if _answers(url):
                return
            time.sleep(POLL_S)
        raise BenchFailure(
            f"{self.name} does not answer {url} after {START_DEADLINE_S:.0f} s:\n{self._tail()}"
        )

    def cpu_s(self) -> float:
        """CPU time used so far by the processes of this server that are alive."""
        fields = (_fields_if_in_session(entry, self.process.pid) for entry in _processes())
        return sum(int(one[11]) + int(one[12]) for one in fields if one) / _TICKS_PER_S

    def memory_mb(self) -> float:
        """Memory of its processes, what several of them share counted once."""
        own = (one for one in _processes() if _fields_if_in_session(one, self.process.pid))
        return sum(map(_memory_kb, own)) / 1_000

    def wait_until_idle(self) -> None:
        """Wait for the work that a stopped load left behind, or it would be charged to the next server."""
        deadline = time.monotonic() + IDLE_DEADLINE_S
        used = self.cpu_s()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            before, used = used, self.cpu_s()
            if used - before <= 1 / _TICKS_PER_S:
                return
        raise BenchFailure(f"{self.name} is still busy {IDLE_DEADLINE_S:.0f} s after its load stopped")

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-2_000:]


@contextmanager
def running(name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path) -> Generator[Server]:
    """Run `command` as the leader of a session; on leaving, end the whole group, whatever happened."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(name=name, process=process, log=log)
    finally:
        _stop(process)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        pass
    finally:  # also when Ctrl-C interrupts the wait; and children may outlive their leader
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=START_DEADLINE_S).status_code < 500
    except httpx.TransportError:
        return False


def _processes() -> Iterator[Path]:
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _fields_if_in_session(entry: Path, session: int) -> list[str]:
    """What proc(5) tells of a process of the session, from its state on: 11 is utime, 12 stime."""
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []  # it ended while we looked
    return fields if int(fields[3]) == session else []


def _memory_kb(entry: Path) -> int:
    """The proportional set size: a page that so many processes have counts so much less."""
    try:
        lines = (entry / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
