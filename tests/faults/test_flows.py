"""R1, R3 and R10 of flows: kill -9 amid commits, two who commit one task, timers due while nothing ran."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.flow_site import (
    COMMIT,
    ENDS,
    ROUND_AND_ROUND,
    START,
    Json,
    Site,
    client,
    flow,
    kill,
    life,
    reached,
    task_of,
    until_open,
)
from tests.faults.form import LONG, times
from tests.servers.gateway import Environment
from tests.servers.gateway_fixtures import empty_store

CLIENTS = times(8, 32)
COMMITS = times(40, 313)  # of each client
KILLS = times(3, 20)
WRITERS_ROUNDS = times(30, 1_000)
READY_S = 3.0

Store = tuple[str, Environment]


@pytest.fixture(params=["sqlite", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Which store the gateway's lives share."""
    with empty_store(request.param, request) as environment:
        yield request.param, environment


@dataclass(slots=True)
class Work:
    """What clients do, each with an instance of its own, from its start to its end."""

    site: Site
    acknowledged: int = 0

    async def all(self) -> list[str]:
        await self.site.deploy("round", ROUND_AND_ROUND)
        return await asyncio.gather(*map(self._one, range(CLIENTS)))

    async def _one(self, number: int) -> str:
        step = await self.site.step(START, flowKey="round", idempotencyKey=f"start {number}")
        for at in range(COMMITS):
            given: Json = {"more": at < COMMITS - 1, "at": at}
            key = f"{number}/{at}"
            task = task_of(step, "ask")
            step = await self.site.step(COMMIT, taskId=task, variables=given, idempotencyKey=key)
            self.acknowledged += 1
        return step["instance"]["id"]


async def test_R1_what_was_acknowledged_is_there_once_after_kill_9(tmp_path: Path, kept: Store) -> None:
    async with client() as http:
        work = Work(Site(http))
        working = asyncio.ensure_future(work.all())
        ready: list[float] = []
        for life_ in range(1, KILLS + 2):
            began = time.monotonic()
            with life(work.site, tmp_path, kept[1]) as gateway:
                ready.append(time.monotonic() - began)
                due = life_ * CLIENTS * COMMITS // (KILLS + 1)
                await reached(lambda due=due: work.acknowledged >= due or working.done())
                if life_ <= KILLS:
                    kill(gateway)
                    continue
                for name in await working:
                    assert_linear(await work.site.instance(name))
        print(f"{kept[0]}: {work.acknowledged} commits, {KILLS} kills, ready in {max(ready[1:]):.1f} s")
        assert work.acknowledged == CLIENTS * COMMITS
        if LONG:
            assert max(ready[1:]) < READY_S


def assert_linear(found: Json) -> None:
    """Each commit is there once, in order, and nothing else was written."""
    done = [node["changed"]["at"] for node in found["history"] if is_commit(node)]
    assert done == list(range(COMMITS))
    assert (found["status"], found["version"]) == ("COMPLETED", COMMITS + 1)


def is_commit(node: Json) -> bool:
    return node["elementKey"] == "ask" and node["status"] == "COMPLETED"


async def test_R3_of_two_who_commit_one_task_exactly_one_wins(tmp_path: Path, kept: Store) -> None:
    """Over MongoDB on two gateways."""
    async with client() as http:
        one, two = Site(http), Site(http)
        with life(one, tmp_path / "one", kept[1]):
            if kept[0] == "sqlite":
                await contend(one, one)
                return
            with life(two, tmp_path / "two", kept[1]):
                await contend(one, two)


async def contend(one: Site, two: Site) -> None:
    await one.deploy("round", ROUND_AND_ROUND)
    step = await one.step(START, flowKey="round")
    won: list[Json] = []
    for at in range(WRITERS_ROUNDS):
        task = task_of(step, "ask")
        given = [{"more": True, "at": at, "by": by} for by in ("one", "two")]
        asked = [{"input": {"taskId": task, "variables": each}} for each in given]
        answers = await asyncio.gather(one.ask(COMMIT, asked[0]), two.ask(COMMIT, asked[1]))
        taken = [each for each, answer in zip(given, answers, strict=True) if "errors" not in answer]
        codes = [error["extensions"]["code"] for answer in answers for error in answer.get("errors", [])]
        assert (len(taken), codes) == (1, ["TASK_NOT_OPEN"]), answers
        won += taken
        step = next(answer for answer in answers if "errors" not in answer)["data"]["step"]
    found = await one.instance(step["instance"]["id"])
    assert [node["changed"] for node in found["history"] if is_commit(node)] == won


async def test_R10_a_timer_due_while_nothing_ran_fires_once(tmp_path: Path, kept: Store) -> None:
    """Over MongoDB two gateways come back at once."""
    elements = [
        *ENDS,
        {"key": "ask", "type": "userTask"},
        {"key": "late", "type": "userTask"},
        {"key": "timer", "type": "boundaryEvent", "attachedTo": "ask", "duration": "PT1S"}
        | {"interrupting": False},
        flow("in", "start", "ask"),
        flow("out", "ask", "end"),
        flow("due", "timer", "late"),
        flow("over", "late", "end"),
    ]
    async with client() as http:
        site, other = Site(http), Site(http)
        with life(site, tmp_path / "one", kept[1]) as gateway:
            await site.deploy("timed", elements)
            steps = [await site.step(START, flowKey="timed") for _ in range(10)]
            due = time.monotonic() + 1
            kill(gateway)
        await reached(lambda: time.monotonic() > due)
        with life(site, tmp_path / "one", kept[1]):
            if kept[0] == "mongo":
                with life(other, tmp_path / "two", kept[1]):
                    await all_fired_once(site, steps)
            else:
                await all_fired_once(site, steps)


async def all_fired_once(site: Site, steps: list[Json]) -> None:
    for step in steps:
        name = step["instance"]["id"]
        await until_open(site, name, "late", timeout_s=10)
    for step in steps:
        found = await site.instance(step["instance"]["id"])
        assert sorted(task["elementKey"] for task in found["tasks"]) == ["ask", "late"]
        assert [node["elementKey"] for node in found["history"]].count("timer") == 1
