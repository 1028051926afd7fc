"""The flow page's own files: written by hand, loaded as they are, under an address of their content."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "flow"
LOADED = {".css", ".js"}


@cache  # the package's own files, which never change while the process lives
def flow_files() -> Mapping[str, Path]:
    """By path below the console's address. The modules name each other by file name alone, so that all of
    them lie in one folder, whose name carries the hash of them all.
    """
    files = sorted(file for file in FOLDER.iterdir() if file.suffix in LOADED)
    digest = sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()[:12]
    return {f"flow/{digest}/{file.name}": file for file in files}


def flow_file(name: str) -> str:
    """The path below the console's address of one of them."""
    return next(path for path in flow_files() if path.endswith(f"/{name}"))
