"""Find wrk and nginx, or unpack Debian's packages of them into the cache: no root, nothing installed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.model import BenchFailure

PACKAGES = {"wrk": ("wrk", "libluajit-5.1-2"), "nginx": ("nginx",)}
_LIBRARIES = Path("usr/lib/x86_64-linux-gnu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An executable and the environment it needs."""

    path: str
    env: Mapping[str, str]


def find_program(name: str, cache: Path) -> Program:
    """The system's program, else the cached one, else a freshly unpacked one.

    Unpacking instead of installing leaves the machine as it was: Debian's nginx would start a service.
    """
    system = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if system:
        return Program(path=system, env={})
    root = cache / "debian"
    if not _unpacked(name, root):
        _unpack(name, root)
    path = _unpacked(name, root)
    if not path:
        raise BenchFailure(f"Debian's package {PACKAGES[name][0]} brought no {name}; {_advice(name)}")
    return Program(path=str(path), env={"LD_LIBRARY_PATH": str(root / _LIBRARIES)})


def _unpacked(name: str, root: Path) -> Path | None:
    return next((path for folder in ("bin", "sbin") if (path := root / "usr" / folder / name).exists()), None)


def _unpack(name: str, root: Path) -> None:
    if not shutil.which("apt-get"):
        raise BenchFailure(f"{name} is missing; {_advice(name)}")
    root.mkdir(parents=True, exist_ok=True)
    packages = PACKAGES[name]
    downloaded = _download(packages, root)
    if not downloaded and os.geteuid() == 0:  # a fresh container has no package lists yet
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
        downloaded = _download(packages, root)
    if not downloaded:
        raise BenchFailure(f"{name} is missing and apt-get could not download it; {_advice(name)}")
    for package in root.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=root, check=True)
        package.unlink()


def _download(packages: tuple[str, ...], folder: Path) -> bool:
    done = subprocess.run(
        ["apt-get", "download", "-q", *packages], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0


def _advice(name: str) -> str:
    return f"type: apt-get install {name}"
