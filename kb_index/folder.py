"""The folder an index lives in: which of its directories serves, who may write, how far it has come.

<folder>/writer.lock        held by the one process that writes
<folder>/<name>/            an index; its name has the version of what wrote it, and a number
<folder>/serving            the name of the one that serves
<folder>/<name>.position    the last change of the feed that it has
"""

import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kb_index.fields import index_version
from kb_index.whole_file import write_whole

LOCK = "writer.lock"


class WriterBusy(Exception):
    """Another process writes this index."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process writes the index in {folder}: this one can only read it")


@dataclass(frozen=True, slots=True)
class IndexFolder:
    path: Path

    def lock(self) -> IO[bytes]:
        """Held until it is closed, or its process ends in whatever way. Raises `WriterBusy`."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / LOCK).open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise WriterBusy(self.path) from None
        return lock

    def serving(self) -> str | None:
        """The directory that serves, if the present code can read it."""
        try:
            name = (self.path / "serving").read_text().strip()
        except FileNotFoundError:
            return None
        return name if name.startswith(f"{index_version()}-") and (self.path / name).is_dir() else None

    def written(self) -> int:
        """When another directory began to serve, in ns; 0 where none does."""
        try:
            return (self.path / "serving").stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def serve(self, name: str) -> None:
        """From now on; what served before is removed, and those who have it open still read it."""
        write_whole(self.path / "serving", name)
        for other in self.path.iterdir():
            if other.is_dir() and other.name != name:
                shutil.rmtree(other, ignore_errors=True)
                other.with_suffix(".position").unlink(missing_ok=True)

    def fresh(self) -> str:
        """A new directory, beside the others."""
        number = 1 + max((int(one.name.rpartition("-")[2]) for one in self._directories()), default=0)
        name = f"{index_version()}-{number}"
        (self.path / name).mkdir(parents=True)
        return name

    def position(self, name: str) -> int:
        """0 for an index that has nothing, or whose position was lost."""
        try:
            return int((self.path / f"{name}.position").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def keep_position(self, name: str, position: int) -> None:
        """After the commit it tells of: what is applied twice does no harm, what is skipped would."""
        write_whole(self.path / f"{name}.position", str(position))

    def _directories(self) -> list[Path]:
        return [one for one in self.path.iterdir() if one.is_dir() and one.name.rpartition("-")[2].isdigit()]
