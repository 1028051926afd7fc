"""Servers are started in groups, waited for, and never left behind."""

import sys
import time
from pathlib import Path

import pytest

from bench.model import BenchFailure
from bench.processes import free_port, running

_SERVE = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
# A leader with a child that would outlive it.
_PARENT = (
    "import os, subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(os.getpid(), child.pid, flush=True)\n"
    "time.sleep(60)\n"
)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # an orphan that ended waits for init to collect it


def _ends(pid: int) -> bool:
    """Whether the process is gone, or is soon: a killed one dies when the kernel gets to it."""
    deadline = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _alive(pid)


def test_a_server_is_ready_when_it_answers(tmp_path: Path) -> None:
    port = free_port()
    with running("files", [*_SERVE, str(port)], env={}, log=tmp_path / "log") as server:
        server.wait_until_answers(f"http://127.0.0.1:{port}/")
        server.wait_until_idle()

        assert server.cpu_s() > 0
        assert 1 < server.memory_mb() < 200

    assert server.process.poll() is not None


def test_processes_of_others_cost_a_server_nothing(tmp_path: Path) -> None:
    with running("idle", ["sleep", "60"], env={}, log=tmp_path / "log") as server:
        assert server.cpu_s() < 0.1
        assert server.memory_mb() < 5


def test_a_server_that_ends_at_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such port')"]

    with (
        running("broken", command, env={}, log=tmp_path / "log") as server,
        pytest.raises(BenchFailure, match=r"broken ended with 1 at start:\nno such port"),
    ):
        server.wait_until_answers("http://127.0.0.1:9/")


def _interrupt_once_printed(log: Path) -> None:
    with running("parent", [sys.executable, "-c", _PARENT], env={}, log=log) as server:
        while not log.read_text().endswith("\n"):
            assert server.process.poll() is None
        raise KeyboardInterrupt


def test_an_interrupt_ends_the_server_and_its_children(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupt_once_printed(tmp_path / "log")

    parent, child = (tmp_path / "log").read_text().split()
    assert _ends(int(parent))
    assert _ends(int(child))
