"""Key files of the data directory: made once, readable by their owner only."""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

MAX_KEY_BYTES = 100_000  # a key or a set of them; anything longer is another file


class KeyUnusable(Exception):
    """A key cannot be read, made or understood; the sentence says which and what to do, never the key."""


def read_key_file(path: Path) -> bytes:
    """Raises `KeyUnusable`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_KEY_BYTES + 1)
    except OSError as error:
        raise KeyUnusable(f"cannot read the key file {path}: {error.strerror}") from None
    if len(content) > MAX_KEY_BYTES:
        raise KeyUnusable(f"{path} is no key file: it has more than {MAX_KEY_BYTES:,} bytes")
    return content


def read_or_make_key_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a private key file, which the first to ask makes, completely or not at all.

    Raises `KeyUnusable`, also where other accounts may read the file.
    """
    if not path.exists():
        _make(path, make())
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyUnusable(f"{path} is open to other accounts: type `chmod 600 {path}`")
    return read_key_file(path)


def _make(path: Path, content: bytes) -> None:
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the key
            os.link(temporary, path)
    except OSError as error:
        raise KeyUnusable(f"cannot make the key file {path}: {error.strerror}") from None
    finally:
        if temporary is not None:
            os.unlink(temporary)
