"""Clients who drive flows on a gateway that may be killed at any moment: they ask until they are answered."""

import asyncio
import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.servers.gateway import Environment, Gateway, serve_gateway

Json = dict[str, Any]  # Any: answers as they are

SAVE = "mutation Save($input: SaveFlowInput!) { saveFlow(input: $input) { key } }"
DEPLOY = "mutation Deploy($key: String!) { deployFlow(input: { key: $key }) { version } }"
_STEP = "{ replayed tasks { id elementKey } instance { id version status variables } }"
START = f"mutation Start($input: StartFlowInput!) {{ step: startFlow(input: $input) {_STEP} }}"
COMMIT = f"mutation Commit($input: CommitTaskInput!) {{ step: commitTask(input: $input) {_STEP} }}"
ROLLBACK = f"mutation Back($input: RollbackTaskInput!) {{ step: rollbackTask(input: $input) {_STEP} }}"
INSTANCE = """
query Instance($id: ID!) {
  flowInstance(id: $id) {
    status version variables tasks { id elementKey }
    history { elementKey status changed subInstance { tasks { id elementKey } } }
  }
}
"""
AGAIN_S = 0.05
UNAVAILABLE = {"STORE_UNAVAILABLE", "SHUTTING_DOWN", "DEADLINE_EXCEEDED"}


@dataclass(slots=True)
class Site:
    """Where clients find the gateway: its address changes with each life of it."""

    http: httpx.AsyncClient
    url: str = ""
    up: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, query: str, variables: Mapping[str, object]) -> Json:
        """The answer; asked again while there is none."""
        while True:
            await self.up.wait()
            try:
                body = {"query": query, "variables": variables}
                answer: Json = (await self.http.post(f"{self.url}/graphql", json=body)).json()
            except httpx.TransportError:
                await asyncio.sleep(AGAIN_S)
                continue
            codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
            if not codes & UNAVAILABLE:
                return answer
            await asyncio.sleep(AGAIN_S)

    async def step(self, query: str, **given: object) -> Json:
        """Of a mutation that is not refused."""
        answer = await self.ask(query, {"input": given})
        assert not answer.get("errors"), answer["errors"][:3]
        return answer["data"]["step"]

    async def instance(self, name: str) -> Json:
        return (await self.ask(INSTANCE, {"id": name}))["data"]["flowInstance"]

    async def deploy(self, key: str, elements: list[Json]) -> None:
        given = {"key": key, "unit": "demo", "model": {"model": {"elements": elements}}}
        for query, variables in ((SAVE, {"input": given}), (DEPLOY, {"key": key})):
            answer = await self.ask(query, variables)
            assert not answer.get("errors"), answer["errors"][:3]


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=10, trust_env=False, limits=httpx.Limits(max_connections=100))


@contextmanager
def life(site: Site, data: Path, environment: Environment) -> Generator[Gateway]:
    """The gateway on what its former lives left."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "gateway.log").unlink(missing_ok=True)
    with serve_gateway(data, environment=environment) as gateway:
        site.url = gateway.url
        site.up.set()
        try:
            yield gateway
        finally:
            site.up.clear()


def kill(gateway: Gateway) -> None:
    """As the kernel does when memory is out: no handler runs, and nothing of it is left."""
    os.killpg(gateway.process.pid, signal.SIGKILL)
    gateway.process.wait()


def task_of(step: Json, element: str) -> str:
    return next(task["id"] for task in step["tasks"] if task["elementKey"] == element)


async def reached(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # of what other processes do, or the clock
        await asyncio.sleep(AGAIN_S / 5)


async def until_open(site: Site, instance: str, element: str, *, timeout_s: float) -> Json:
    """The instance once a task of the element is open, in it or in a flow it called; `tasks` are of both."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = await site.instance(instance)
            called = [node["subInstance"] for node in found["history"] if node["subInstance"]]
            found["tasks"] += [task for one in called for task in one["tasks"]]
            if any(task["elementKey"] == element for task in found["tasks"]):
                return found
            await asyncio.sleep(AGAIN_S)


def flow(key: str, source: str, target: str, condition: str | None = None) -> Json:
    one = {"key": key, "type": "sequenceFlow", "source": source, "target": target}
    return one if condition is None else {**one, "condition": condition}


ENDS: list[Json] = [{"key": "start", "type": "startEvent"}, {"key": "end", "type": "endEvent"}]
ROUND_AND_ROUND: list[Json] = [
    *ENDS,
    {"key": "ask", "type": "userTask"},
    flow("in", "start", "ask"),
    flow("again", "ask", "ask", "vars.more"),
    flow("out", "ask", "end", "!vars.more"),
]
