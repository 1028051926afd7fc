"""Read the words of files in processes of their own: what is in a file may be endless, or a bomb.

`SpawnedReader` is the gateway's side. `main` is the process's: it gets the content, answers with what
`resolvers/knowledge/attachments/reading.py` says, and has bounds of time and memory that the system holds.
"""

import asyncio
import os
import sys
from dataclasses import asdict
from importlib import import_module

import orjson

from resolvers.knowledge.attachments.attachment import AttachmentText
from resolvers.knowledge.attachments.kinds import Kind

AT_ONCE = 2  # processes of one worker: reading must not take the machine from who asks
TIME_S = 20.0  # of a clock; of the processor half of it
MEMORY_BYTES = 1_000_000_000  # of addresses, libraries included
CALM = 10  # how much a reader gives way to others (nice)
LIMIT = AttachmentText(problem="TEXT_LIMIT", problem_text="it takes too much time or memory to read")


class SpawnedReader:
    """Implements `TextReader`."""

    def __init__(self, *, time_s: float = TIME_S, memory_bytes: int = MEMORY_BYTES) -> None:
        self._time_s = time_s
        self._memory_bytes = memory_bytes
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def read(self, content: bytes, kind: Kind) -> AttachmentText:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "gateway.text_reader", kind.name),
                *(str(self._memory_bytes), str(max(1, int(self._time_s / 2)))),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path)},  # and nothing else: no secret of ours
            )
            try:
                async with asyncio.timeout(self._time_s):
                    told, _ = await process.communicate(content)
            except TimeoutError:
                return LIMIT
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return AttachmentText(**orjson.loads(told)) if process.returncode == 0 and told else LIMIT


def main(kind: str, memory_bytes: str, processor_s: str) -> None:
    """Content in, an `AttachmentText` as JSON out; ended by the system when it takes too much."""
    resource = import_module("resource")  # not on every system that imports this module
    reading = import_module("resolvers.knowledge.attachments.reading")
    os.nice(CALM)
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(processor_s), int(processor_s)))
    read = reading.read_text(sys.stdin.buffer.read(), kind)
    sys.stdout.buffer.write(orjson.dumps(asdict(read)))


if __name__ == "__main__":
    main(*sys.argv[1:])
