"""A process that ends takes what waits for its listening sockets first."""

import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from gateway.cli.draining import DRAIN_S
from tests.servers.gateway import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no such filter")

WAITING = 3
ENDED_S = 20.0  # of a loaded machine
SERVER = """
import signal, socket, sys, time
from gateway.cli.draining import drain_before_ending

drain_before_ending()
taking, address = sys.argv[1] == "taking", sys.argv[2]
listener = socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
listener.settimeout(0.05)
began = None

def end(*_):
    print(f"ended {time.monotonic() - began}", flush=True)
    raise SystemExit

signal.signal(signal.SIGTERM, end)
print(listener.getsockname()[1], flush=True)
sys.stdin.readline()
began = time.monotonic()
print("told", flush=True)
while True:
    if taking:
        try:
            listener.accept()[0].sendall(b"taken")
        except TimeoutError:
            pass
    else:
        time.sleep(0.05)
"""


class Server:
    """A process that listens; nobody takes a connection before it is told to."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self._address = (address, int(self._said()))

    def connect(self) -> socket.socket:
        return socket.create_connection(self._address, timeout=ENDED_S)

    def end(self) -> float:
        """Tell it to begin and to end, and return the seconds it took."""
        assert self.process.stdin, "piped"
        print(file=self.process.stdin, flush=True)
        assert self._said() == "told"
        self.process.send_signal(signal.SIGTERM)
        return float(self._said().removeprefix("ended "))

    def _said(self) -> str:
        assert self.process.stdout, "piped"
        return self.process.stdout.readline().strip()


@contextmanager
def server(kind: str, address: str = "127.0.0.1") -> Generator[Server]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, kind, address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(process, address)
        finally:
            process.kill()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_connections_that_wait_are_taken_before_the_end(address: str) -> None:
    with ExitStack() as stack:
        ending = stack.enter_context(server("taking", address))
        waiting = [stack.enter_context(ending.connect()) for _ in range(WAITING)]
        ending.end()
        assert [client.recv(5) for client in waiting] == [b"taken"] * WAITING
        with pytest.raises(ConnectionRefusedError):
            ending.connect()


def test_a_server_that_takes_nothing_ends_in_time_all_the_same() -> None:
    with server("idle") as ending, ending.connect() as waiting:
        took_s = ending.end()
        with pytest.raises(ConnectionResetError):
            waiting.recv(5)
    assert took_s >= DRAIN_S, "it waited"
