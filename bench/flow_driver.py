"""Drive flows here and print the commits a second: `python -m bench.flow_driver CASE SECONDS PLACE`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count, pairwise
from pathlib import Path

import uvloop

from bench.flow_measured import Stopwatch
from engine.flow.calendars import NamedCalendars
from engine.flow.documents import of_document, state_of
from engine.flow.executor import FlowExecutor
from engine.flow.formats import ModelFormat, import_model
from engine.flow.instance import DeploymentId, Instance, InstanceId, NodeInstance, TaskId, task_id
from engine.flow.model import Call, FlowModel, Json, JsonObject
from engine.flow.ports import CallType, Deployment, InstanceStore, KeptMessage, OnBehalf
from engine.flow.runtime import Asking, Commit, DeployedFlows, FlowRuntime, Running, Start
from gateway.flows import SystemClock
from gateway.stores.mongo import open_mongo
from gateway.stores.mongo_driver import Driver
from gateway.stores.sqlite import open_sqlite
from resolvers.flows.instances import HISTORY, INSTANCES, MESSAGES, Instances
from resolvers.ports import DocumentStore

CLIENTS = 32
AT_ONCE = 8  # instances of a client, which are started before the clock runs
TASKS = ("t1", "t2", "t3", "t4", "t5")
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
        self._kept: dict[InstanceId, tuple[int, str]] = {}

    async def find(self, instance: InstanceId) -> Instance | None:
        version, state = self._kept[instance]
        return of_document({"id": instance, "version": version, "state": state})

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
            self._kept[instance.id] = instance.version, state_of(instance)

    async def due(self, now: datetime, limit: int) -> list[InstanceId]:
        return []

    async def waiting_for(
        self, name: str, *, case_id: str | None = None, instance: InstanceId | None = None
    ) -> list[InstanceId]:
        return []

    async def messages(self, name: str, now: datetime) -> list[KeptMessage]:
        return []


async def commits_a_second(runtime: FlowRuntime, seconds: float) -> str:
    made, watch = 0, Stopwatch()
    while watch.spent_s < seconds:
        started = await asyncio.gather(*(_start(runtime) for _ in range(CLIENTS)))
        with watch:
            await asyncio.gather(*(_commit(runtime, tasks) for tasks in started))
        made += CLIENTS * AT_ONCE * len(TASKS)
    return watch.told(made)


def instances_in(store: DocumentStore) -> Instances:
    return Instances(store, written=lambda _: None)


def runtime_of(store: InstanceStore) -> FlowRuntime:
    flow, numbers = OneFlow(), count()
    executor = FlowExecutor(resources=flow, calendars=NamedCalendars())
    running = Running(store=store, flows=DeployedFlows(flow), executor=executor, clock=SystemClock())
    return FlowRuntime(running, resources=flow, new_id=lambda: InstanceId(f"i{next(numbers)}"), report=_fail)


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


async def memory(seconds: float, _: str) -> str:
    return await commits_a_second(runtime_of(InMemory()), seconds)


async def sqlite(seconds: float, place: str) -> str:
    async with open_sqlite(Path(place), COLLECTIONS) as store:
        return await commits_a_second(runtime_of(instances_in(store)), seconds)


async def mongo(seconds: float, place: str, *, driver: Driver) -> str:
    async with open_mongo(place, COLLECTIONS, driver=driver) as store:
        return await commits_a_second(runtime_of(instances_in(store)), seconds)


CASES: dict[str, Callable[[float, str], Awaitable[str]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "motor": partial(mongo, driver="motor"),
    "pymongo": partial(mongo, driver="pymongo"),
}


async def _run(case: str, seconds: float, place: str) -> str:
    return await CASES[case](seconds, place)


if __name__ == "__main__":
    print(uvloop.run(_run(sys.argv[1], float(sys.argv[2]), sys.argv[3])))
