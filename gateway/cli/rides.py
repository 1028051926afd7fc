"""The demo's business unit: its HTTP APIs in a process of their own, on a free port."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.cli.failure import CommandFailed, ExitCode

END_S = 5.0  # it holds nothing that would take longer


@dataclass(frozen=True, slots=True)
class Rides:
    """The process and the line in which it says where it listens."""

    process: subprocess.Popen[str]

    def address(self) -> str:
        """Wait until it listens: `host:port`. Call once. Raises `CommandFailed`."""
        assert self.process.stdout, "piped"
        said = self.process.stdout.readline()
        if found := re.search(r"http://(\S+)", said):
            return found[1]
        raise CommandFailed(
            "the demo's APIs did not start",
            next_step="see what `python -m examples.rides.api` says",
            code=ExitCode.UNREACHABLE,
        )


@contextmanager
def start_rides() -> Generator[Rides]:
    """Start the APIs; they end with the block. Does not wait for them."""
    command = [sys.executable, "-P", "-m", "examples.rides.api", "--port", "0"]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C reaches the gateway first, which still calls them
    ) as process:
        try:
            yield Rides(process)
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
