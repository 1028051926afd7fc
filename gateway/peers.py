"""Ask the other workers of this instance: to serve what was published, to forget what a write has voided,
to write and tell what they counted.

Each worker listens on a socket of its own in a folder they share; whoever wants something asks all of them.
There is no polling and no hub: a worker that died leaves a socket that nobody answers, and it is removed.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

import structlog

from resolvers.store_errors import StoreUnavailable

MAX_PATH = 100  # bytes of a socket's path that every platform takes
ANSWER_S = 5.0  # a worker that is slower is alive but stuck: whoever asks does not wait for ever
DONE = b"done\n"  # behind every answer: one that broke off has no such end


class Request(StrEnum):
    """What a worker may be asked for."""

    CATCH_UP = "catch up"  # serve what was published before; the answer is empty
    STORE_COUNTS = "store counts"  # write what was counted; the answer is empty
    METRICS = "metrics"
    FENCE = "fence"  # forget what was read before of the source it is about; the answer is empty


Answer = Callable[[], Awaitable[bytes]]

log = structlog.get_logger("paifang")


class Peers:
    """The workers that share a data directory, seen from one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.sock"

    async def ask(self, request: Request, about: str = "") -> list[bytes]:
        """The answers of all other workers; those that are gone, or answer late, have none."""
        others = [path for path in self._folder.glob("*.sock") if path != self._own]
        answers = await asyncio.gather(*(self._ask(path, request, about) for path in others))
        return [answer for answer in answers if answer is not None]

    async def _ask(self, path: Path, request: Request, about: str) -> bytes | None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(path))
                with contextlib.closing(writer):
                    writer.write(f"{request}\t{about}\n".encode())
                    answer = await reader.read()
                    if not answer.endswith(DONE):
                        raise ConnectionError
                    return answer.removesuffix(DONE)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # noqa: ASYNC240  # its worker is gone; one system call
        except (OSError, TimeoutError):
            log.warning("a worker did not answer", worker=path.stem, request=request)
        return None

    @asynccontextmanager
    async def listen(
        self, answers: Mapping[Request, Answer], fenced: Callable[[str], None]
    ) -> AsyncGenerator[None]:
        """Answer the others while inside; what raises gives no answer. `fenced` is told of sources."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, StoreUnavailable), contextlib.closing(writer):
                asked, _, about = (await reader.readline()).decode().rstrip("\n").partition("\t")
                if asked == Request.FENCE:
                    fenced(about)
                    writer.write(DONE)
                elif asked in answers:
                    writer.write(await answers[Request(asked)]() + DONE)
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
