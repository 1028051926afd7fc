"""What was learned, in files of the index's folder: written by one process, read by all when it changed."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from kb_index.whole_file import write_whole

T = TypeVar("T")


class LearnedFile(Generic[T]):
    """Reads it again when it was replaced. `load` gives None for what cannot be used."""

    def __init__(self, path: Path, load: Callable[[Path], T | None]) -> None:
        self._path = path
        self._load = load
        self._seen: tuple[int, int] | None = None
        self._value: T | None = None

    async def get(self) -> T | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._value = self._seen = None
            return None
        seen = found.st_mtime_ns, found.st_ino
        if seen != self._seen:
            self._value = await asyncio.to_thread(self._load, self._path)
            self._seen = seen
        return self._value


def read_position(path: Path) -> int | None:
    """The change up to which `path` is learned; None where that is not known."""
    try:
        return int(_position_at(path).read_text())
    except (OSError, ValueError):
        return None


def keep_position(path: Path, position: int) -> None:
    """After what it tells of."""
    write_whole(_position_at(path), str(position))


def forget(path: Path) -> None:
    """Readers then have nothing; who has it open still reads it."""
    for one in (path, path.with_name(f"{path.name}.npy")):
        one.unlink(missing_ok=True)


def _position_at(path: Path) -> Path:
    return path.with_name(f"{path.name}.learned")
