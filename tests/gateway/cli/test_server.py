"""Commands that serve: a port that is taken, and a start that fails once the gateway answers."""

import socket
import subprocess
import sys
from pathlib import Path

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.servers.gateway import ROOT

FAILING = """
from pathlib import Path
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.server import serve
from gateway.settings import Settings

def fail(settings):
    raise CommandFailed("it does not suit", next_step="do better", code=ExitCode.PROBLEMS)

serve(Settings(port=0, data=Path({data!r})), fail)
"""


def test_a_taken_port_is_named_before_anything_starts(paifang: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = paifang("serve", "--port", str(port), "--data", str(tmp_path / "data"))
    assert (ended.code, ended.out) == (ExitCode.UNREACHABLE, "")
    assert f"port {port} of 127.0.0.1 is taken" in ended.err
    assert "next: name another with --port" in ended.err
    assert not (tmp_path / "data").exists()


def test_a_failure_after_the_start_ends_the_server_with_its_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILING.format(data=str(tmp_path))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.PROBLEMS
    assert done.stderr == "error: it does not suit\nnext: do better\n"
