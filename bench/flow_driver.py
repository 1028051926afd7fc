"""Drive flows here and print the commits a second: `python -m bench.flow_driver CASE SECONDS PLACE`.

Beside each store stands what it does by itself: documents of the same size replaced on their version, by as
many clients, and nothing else.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count, pairwise
from pathlib import Path
from time import perf_counter

import uvloop
from pymongo import AsyncMongoClient

from engine.flow.calendars import NamedCalendars
from engine.flow.documents import of_document, to_document
from engine.flow.executor import FlowExecutor
from engine.flow.formats import ModelFormat, import_model
from engine.flow.instance import DeploymentId, Instance, InstanceId, NodeInstance, TaskId, task_id
from engine.flow.model import Call, FlowModel, Json, JsonObject
from engine.flow.ports import CallType, Deployment, InstanceStore, KeptMessage, OnBehalf
from engine.flow.runtime import Asking, Commit, DeployedFlows, FlowRuntime, Running, Start
from gateway.flows import SystemClock
from gateway.stores.mongo import open_mongo
from gateway.stores.mongo_driver import DURABLE
from gateway.stores.sqlite import open_sqlite
from resolvers.flows.instances import HISTORY, INSTANCES, MESSAGES, Instances

CLIENTS = 32
AT_ONCE = 8  # instances of a client, which are started before the clock runs
TASKS = ("t1", "t2", "t3", "t4", "t5")
SIZE = 1_500  # bytes of an instance in the middle of its run
ASKING = Asking(subject="bench")
COLLECTIONS = (INSTANCES, HISTORY, MESSAGES)


def linear() -> FlowModel:
    """Five tasks in a row; behind the second a gateway that could also end it."""
    row = ["start", "t1", "t2", "choose", "t3", "t4", "t5", "end"]
    types = {"start": "startEvent", "choose": "exclusiveGateway", "end": "endEvent"}
    elements: list[Json] = [{"key": key, "type": types.get(key, "userTask")} for key in row]
    for source, target in [*pairwise(row), ("choose", "end")]:
        condition = {"t3": "vars.t2 > 0", "end": "vars.t2 <= 0"}[target] if source == "choose" else None
        flow: dict[str, Json] = {"key": f"{source}_{target}", "source": source, "target": target}
        elements.append({"type": "sequenceFlow", **flow, **({"condition": condition} if condition else {})})
    model, problems = import_model(ModelFormat.PAIFANG, {"elements": elements})
    assert not problems, problems
    return model


class OneFlow:
    """Its deployment, and no calls in it: implements `DeploymentStore` and `Resources`."""

    def __init__(self) -> None:
        self._deployed = Deployment(
            id=DeploymentId("linear:1"),
            flow_key="linear",
            version=1,
            unit="bench",
            model=linear(),
            hash="",
            deployed_at=datetime.now(UTC),
            deployed_by="bench",
        )

    async def find_deployment(self, deployment: DeploymentId) -> Deployment | None:
        return self._deployed

    async def deployments(self, flow_key: str) -> list[Deployment]:
        return [self._deployed]

    def describe(self, call: Call, *, units: object = ()) -> CallType:
        raise NotImplementedError(call)

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        raise NotImplementedError(call)

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        raise NotImplementedError(calls)


class InMemory:
    """An `InstanceStore` of documents, as SpiffWorkflow's saved state: written and read as text each time."""

    def __init__(self) -> None:
        self._kept: dict[InstanceId, dict[str, object]] = {}

    async def find(self, instance: InstanceId) -> Instance | None:
        return of_document(self._kept[instance])

    async def history(self, instance: Instance) -> list[NodeInstance]:
        return []

    async def write(
        self,
        *instances: Instance,
        spilled: Mapping[InstanceId, Sequence[Sequence[NodeInstance]]] | None = None,
        took: Sequence[KeptMessage] = (),
        kept: Sequence[KeptMessage] = (),
    ) -> None:
        for instance in instances:
            instance.version += 1
            self._kept[instance.id] = to_document(instance)

    async def due(self, now: datetime, limit: int) -> list[InstanceId]:
        return []

    async def waiting_for(
        self, name: str, *, case_id: str | None = None, instance: InstanceId | None = None
    ) -> list[InstanceId]:
        return []

    async def messages(self, name: str, now: datetime) -> list[KeptMessage]:
        return []


async def commits_a_second(store: InstanceStore, seconds: float) -> float:
    flow = OneFlow()
    executor = FlowExecutor(resources=flow, calendars=NamedCalendars())
    running = Running(store=store, flows=DeployedFlows(flow), executor=executor, clock=SystemClock())
    numbers = count()
    runtime = FlowRuntime(
        running, resources=flow, new_id=lambda: InstanceId(f"i{next(numbers)}"), report=_fail
    )
    made, spent = 0, 0.0
    while spent < seconds:
        started = await asyncio.gather(*(_start(runtime) for _ in range(CLIENTS)))
        began = perf_counter()
        await asyncio.gather(*(_commit(runtime, tasks) for tasks in started))
        spent += perf_counter() - began
        made += CLIENTS * AT_ONCE * len(TASKS)
    return made / spent


def _fail(instance: InstanceId, error: Exception) -> None:
    raise AssertionError(instance) from error


async def _start(runtime: FlowRuntime) -> list[TaskId]:
    start = Start(asking=ASKING, deployment=DeploymentId("linear:1"))
    taken = [await runtime.start(start) for _ in range(AT_ONCE)]
    return [task_id(where.id, task.node) for one in taken for where, task in one.tasks]


async def _commit(runtime: FlowRuntime, tasks: list[TaskId]) -> None:
    for first in tasks:
        task: TaskId | None = first
        for name in TASKS:
            assert task is not None
            taken = await runtime.commit(Commit(asking=ASKING, task=task, variables={name: 1}))
            task = next((task_id(where.id, one.node) for where, one in taken.tasks), None)
        assert task is None


async def memory(seconds: float, _: str) -> float:
    return await commits_a_second(InMemory(), seconds)


async def sqlite(seconds: float, place: str) -> float:
    async with open_sqlite(Path(place), COLLECTIONS) as store:
        return await commits_a_second(Instances(store, written=lambda _: None), seconds)


async def mongo(seconds: float, place: str) -> float:
    async with open_mongo(place, COLLECTIONS) as store:
        return await commits_a_second(Instances(store, written=lambda _: None), seconds)


async def sqlite_itself(seconds: float, place: str) -> float:
    """As many replacements as there are clients share one wait for the disk."""
    return await asyncio.to_thread(_replace_rows, seconds, place)


def _replace_rows(seconds: float, place: str) -> float:
    connection = sqlite3.connect(place, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE d (id INTEGER PRIMARY KEY, version INTEGER, body BLOB)")
    connection.executemany("INSERT INTO d VALUES (?, 0, ?)", [(at, b"x" * SIZE) for at in range(CLIENTS)])
    made, began = 0, perf_counter()
    while (spent := perf_counter() - began) < seconds:
        version, rest = divmod(made, CLIENTS)
        assert not rest
        connection.execute("BEGIN IMMEDIATE")
        for at in range(CLIENTS):
            body = b"x" * (SIZE - 8) + made.to_bytes(8)
            connection.execute(
                "UPDATE d SET version = ?, body = ? WHERE id = ? AND version = ?",
                (version + 1, body, at, version),
            )
        connection.execute("COMMIT")
        made += CLIENTS
    connection.close()
    return made / spent


async def mongo_itself(seconds: float, place: str) -> float:
    async with AsyncMongoClient[dict[str, object]](place) as client:
        documents = client.get_default_database().get_collection("replaced", write_concern=DURABLE)
        body = "x" * SIZE
        await documents.insert_many([{"_id": at, "version": 0, "body": body} for at in range(CLIENTS)])
        until = perf_counter() + seconds

        async def work(at: int) -> int:
            version = 0
            while perf_counter() < until:
                new = {"version": version + 1, "body": body}
                replaced = await documents.replace_one({"_id": at, "version": version}, new)
                assert replaced.matched_count == 1
                version += 1
            return version

        return sum(await asyncio.gather(*map(work, range(CLIENTS)))) / seconds


CASES: dict[str, Callable[[float, str], Awaitable[float]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "sqlite-itself": sqlite_itself,
    "mongo": mongo,
    "mongo-itself": mongo_itself,
}


async def _run(case: str, seconds: float, place: str) -> float:
    return await CASES[case](seconds, place)


if __name__ == "__main__":
    print(uvloop.run(_run(sys.argv[1], float(sys.argv[2]), sys.argv[3])))
