"""Tell the other workers of this instance that something was published, and wait until they serve it.

Each worker listens on a socket of its own in a folder they share; whoever publishes asks all of them. There
is no polling and no hub: a worker that died leaves a socket that nobody answers, and it is removed.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

MAX_PATH = 100  # bytes of a socket's path that every platform takes
ANSWER_S = 5.0  # a worker that is slower is alive but stuck: the publisher does not wait for ever
REQUEST, SERVED = b"catch up\n", b"served\n"

log = structlog.get_logger("paifang")


class Peers:
    """The workers that share a data directory, seen from one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.sock"

    async def announce(self) -> None:
        """Return when every other worker has caught up with the store, or is gone."""
        others = [path for path in self._folder.glob("*.sock") if path != self._own]
        await asyncio.gather(*(self._ask(path) for path in others))

    async def _ask(self, path: Path) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(path))
                with contextlib.closing(writer):
                    writer.write(REQUEST)
                    if await reader.readline() != SERVED:
                        raise ConnectionError
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # noqa: ASYNC240  # its worker is gone; one system call
        except (OSError, TimeoutError):
            log.warning("a worker did not confirm a publish", worker=path.stem)

    @asynccontextmanager
    async def listen(self, catch_up: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
        """Answer the others while inside: `catch_up` serves what was published before it was called."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError), contextlib.closing(writer):
                if await reader.readline() == REQUEST:
                    await catch_up()
                    writer.write(SERVED)
                    await writer.drain()

        self._own.unlink(missing_ok=True)  # of a dead process that had this number
        server = await asyncio.start_unix_server(answer, str(self._own))
        try:
            yield
        finally:
            server.close()
            self._own.unlink(missing_ok=True)


def open_peers(data: Path) -> Peers:
    """The peers of a data directory; where its path is too long for a socket, a private folder's."""
    folder = data.resolve() / "workers"
    if len(os.fsencode(folder)) > MAX_PATH - len("/4194304.sock"):
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"paifang-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Peers(folder)
