"""A process with a SQLite store of its own, to be killed or starved by a test."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

from gateway.stores.sqlite import open_sqlite
from resolvers.ports import Collection, DocumentStore, Index, Insert, Replace
from resolvers.store_errors import StoreUnavailable

STEPS = Collection(name="steps", indexes=(Index(name="by_run", fields=("runs",)),))
CLIENTS = 16


async def write(path: Path, name: str, last: int) -> None:
    """Each client brings a document to the last version; a line printed is an acknowledged [id, version]."""
    async with open_sqlite(path, [STEPS]) as store, asyncio.TaskGroup() as tasks:
        for number in range(CLIENTS):
            tasks.create_task(bring(store, f"{name}-{number}", last))


async def bring(store: DocumentStore, key: str, last: int) -> None:
    for version in range(1, last + 1):
        document = {"id": key, "version": version, "runs": [f"{key}-{version}", "all"], "padding": "x" * 500}
        kind = Insert if version == 1 else Replace
        await store.write(kind(collection=STEPS, document=document))
        print(f'["{key}", {version}]', flush=True)


async def fill(path: Path) -> None:
    """Write more than this process may keep in a file, read meanwhile, go on when there is space again."""
    async with open_sqlite(path, [STEPS]) as store:
        kept = {"id": "kept", "version": 1}
        big = {"id": "big", "version": 1, "text": "x" * 500_000}
        await store.write(Insert(collection=STEPS, document=kept))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, unlimited[1]))
        for _ in range(3):
            try:
                await store.write(Insert(collection=STEPS, document=big))
            except StoreUnavailable as error:
                print("refused", error.code)
            assert await store.get(STEPS, "kept") == kept
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        await store.write(Insert(collection=STEPS, document=big))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", path, name, last]:
            asyncio.run(write(Path(path), name, int(last)))
        case ["fill", path]:
            asyncio.run(fill(Path(path)))
        case _:
            sys.exit("usage: store_process write PATH NAME LAST | fill PATH")
