"""Contents of files in a folder of the data directory: for the embedded store."""

import asyncio
import os
import re
from pathlib import Path

from resolvers.store_errors import StoreUnavailable

FILE_ID = re.compile(r"[0-9a-z]{1,64}")


class FolderFiles:
    """Implements `AttachmentFiles`: a file per content, beside at most as many as share an id's end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, file: str, content: bytes) -> None:
        await asyncio.to_thread(self._keep, self._path(file), content)

    async def read(self, file: str) -> bytes | None:
        return await asyncio.to_thread(_read, self._path(file))

    async def remove(self, file: str) -> None:
        await asyncio.to_thread(_remove, self._path(file))

    def _path(self, file: str) -> Path:
        if not FILE_ID.fullmatch(file):
            raise ValueError(f"{file!r} is no id of a file")
        return self._folder / file[-2:] / file

    def _keep(self, path: Path, content: bytes) -> None:
        beside = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            for folder in (path.parent, self._folder):  # the names survive too
                _sync_folder(folder)
        except OSError as error:
            raise StoreUnavailable(reason=f"a file cannot be written: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailable(reason=f"a file cannot be read: {error.strerror}") from error


def _remove(path: Path) -> None:
    try:
        for one in (path, path.with_name(f".{path.name}.new")):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(reason=f"a file cannot be removed: {error.strerror}") from error
