"""Commits on SQLite beside many instances that stay open: `python -m bench.flow_open SECONDS PLACE OPEN`."""

import asyncio
import sys
from pathlib import Path

import uvloop

from bench.flow_driver import ASKING, COLLECTIONS, commits_a_second, instances_in, runtime_of
from engine.flow.instance import DeploymentId
from engine.flow.runtime import Start
from gateway.stores.sqlite import open_sqlite

TOGETHER = 200  # started at once, before the clock runs


async def _run(seconds: float, place: str, count: int) -> str:
    start = Start(asking=ASKING, deployment=DeploymentId("linear:1"))
    async with open_sqlite(Path(place), COLLECTIONS) as store:
        runtime = runtime_of(instances_in(store))
        for _ in range(0, count, TOGETHER):
            await asyncio.gather(*(runtime.start(start) for _ in range(TOGETHER)))
        return await commits_a_second(runtime, seconds)


if __name__ == "__main__":
    print(uvloop.run(_run(float(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
