"""R10: the clock steps an hour to and fro, the gateway is killed amid it, and every timer fires once."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.faults.flow_site import AGAIN_S, ENDS, START, Json, Site, client, flow, kill, life
from tests.faults.form import times
from tests.servers import gateway as gateway_module
from tests.servers.gateway import Environment
from tests.servers.gateway_fixtures import empty_store

ROUNDS = times(3, 20)  # in each of which instances begin, and the clock steps
INSTANCES = 4  # that begin in a round
HOUR_S = 3600
SEEN_S = 20.0  # within which what is due by the clock has happened, on a loaded machine
SHIFTING = Path(gateway_module.__file__).with_name("shifted_clock")
TIMERS = {"soon": timedelta(seconds=1), "half": timedelta(minutes=30), "far": timedelta(hours=3)}
HISTORY = "query History($id: ID!) { flowInstance(id: $id) { startedAt history { elementKey enteredAt } } }"


def reminding() -> list[Json]:
    """A task beside which each of the timers happens once."""
    elements: list[Json] = [*ENDS, {"key": "ask", "type": "userTask"}]
    elements += [flow("in", "start", "ask"), flow("out", "ask", "end")]
    for key, duration in TIMERS.items():
        event: Json = {"key": key, "type": "boundaryEvent", "attachedTo": "ask", "interrupting": False}
        event["duration"] = f"PT{int(duration.total_seconds())}S"
        elements += [event, {"key": f"{key}_end", "type": "endEvent"}, flow(f"of_{key}", key, f"{key}_end")]
    return elements


@pytest.fixture(params=["sqlite", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Environment]:
    with empty_store(request.param, request) as environment:
        yield environment


class Clock:
    """As the gateway's flows read it."""

    def __init__(self, offset: Path) -> None:
        self.offset = offset
        self.step(0)

    def step(self, seconds: int) -> None:
        """Whoever reads meanwhile sees the old or the new one."""
        new = self.offset.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.offset)

    @property
    def environment(self) -> Environment:
        path = os.pathsep.join([str(SHIFTING), str(gateway_module.ROOT)])
        return {"PYTHONPATH": path, "PAIFANG_TEST_CLOCK_OFFSET": str(self.offset)}


async def fired(site: Site, instance: str) -> dict[str, list[timedelta]]:
    """By timer, how long after the start it happened, by the clock of each moment."""
    found = (await site.ask(HISTORY, {"id": instance}))["data"]["flowInstance"]
    began = datetime.fromisoformat(found["startedAt"])
    moments: dict[str, list[timedelta]] = {key: [] for key in TIMERS}
    for node in found["history"]:
        if node["elementKey"] in TIMERS:
            moments[node["elementKey"]].append(datetime.fromisoformat(node["enteredAt"]) - began)
    return moments


async def until_fired(site: Site, instances: list[str], timer: str) -> None:
    async with asyncio.timeout(SEEN_S):
        for instance in instances:
            while not (await fired(site, instance))[timer]:  # noqa: ASYNC110  # of another process
                await asyncio.sleep(AGAIN_S)


async def test_R10_each_timer_fires_once_whatever_the_clock_does(tmp_path: Path, kept: Environment) -> None:
    random, clock, began = Random(10), Clock(tmp_path / "offset"), list[str]()
    new: list[str] = []
    environment = {**kept, **clock.environment}
    async with client() as http:
        site = Site(http)
        for round_ in range(ROUNDS):
            with life(site, tmp_path / "data", environment) as gateway:
                if round_ == 0:
                    await site.deploy("reminding", reminding())
                clock.step(random.choice([-HOUR_S, 0, HOUR_S]))
                steps = [await site.step(START, flowKey="reminding") for _ in range(INSTANCES)]
                new = [step["instance"]["id"] for step in steps]
                await until_fired(site, new, "soon")
                clock.step(random.choice([-HOUR_S, HOUR_S]))
                began += new
                kill(gateway)
        clock.step(3 * HOUR_S // 2)
        with life(site, tmp_path / "data", environment):
            await until_fired(site, began, "half")
            assert [(await fired(site, one))["far"] for one in began if one in new] == [[]] * INSTANCES
            clock.step(5 * HOUR_S)
            await until_fired(site, began, "far")
            clock.step(-HOUR_S)
            clock.step(5 * HOUR_S)
            for instance in began:
                moments = await fired(site, instance)
                assert [len(moments[key]) for key in TIMERS] == [1, 1, 1]
                assert all(moments[key][0] >= duration for key, duration in TIMERS.items())
