"""The demo as a process: what it prints, and where it answers."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.cli.failure import ExitCode
from gateway.cli.remote import JSON, RemoteGateway
from tests.servers.gateway import ROOT

END_S = 20.0  # of a loaded machine; an idle one needs 1 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    process: subprocess.Popen[str]
    screen: str

    @property
    def url(self) -> str:
        """Of the gateway, without a path."""
        return re.findall(r"^Open  (http://\S+)/graphql", self.screen, re.MULTILINE)[0]

    @property
    def apis(self) -> str:
        return re.findall(r"(http://\S+)/__calls", self.screen)[0]

    @property
    def lines_to_paste(self) -> list[str]:
        return re.findall(r"^  (curl .*)$", self.screen, re.MULTILINE)

    @property
    def flow_steps(self) -> str:
        """The lines that drive a flow, to be pasted one after the other."""
        part = self.screen.partition("in the tab `StartFlow`")[2]
        return "\n".join(re.findall(r"^  ((?:TASK=|curl ).*)$", part, re.MULTILINE)[:3])

    @property
    def finding_steps(self) -> list[str]:
        """The lines that search, match, and start the flow that was found."""
        part = self.screen.partition("`MatchSolutions`; or here:")[2]
        return re.findall(r"^  ((?:CASE=|curl ).*)$", part, re.MULTILINE)[:3]

    @property
    def folder(self) -> Path:
        return Path(re.findall(r"-H @(\S+)/agent ", self.screen)[0])

    def ask(self, persona: str, query: str, variables: Mapping[str, object] | None = None) -> JSON:
        """The data of an operation; raises `Refused` where there are errors."""
        token = (self.folder / persona).read_text("utf-8").partition("Bearer ")[2].splitlines()[0]
        return RemoteGateway(url=self.url, token=token).ask(query, variables or {})

    def paste(self, line: str) -> dict[str, object]:
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)


@contextmanager
def run_demo(*flags: str, **environment: str) -> Generator[Demo]:
    """A demo on free ports; Ctrl-C ends it with 0, and nothing of it answers any more."""
    command = [sys.executable, "-P", "-m", "gateway.cli.main", "demo", "--port", "0", *flags]
    variables = [f"{name}={value}" for name, value in {"PYTHONPATH": ROOT, **environment}.items()]
    with subprocess.Popen(
        ["env", *variables, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        demo = Demo(process=process, screen="".join(said))
        try:
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(END_S)
    assert process.returncode == ExitCode.OK
    for address in re.findall(r"http://127\.0\.0\.1:\d+", demo.screen):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)
