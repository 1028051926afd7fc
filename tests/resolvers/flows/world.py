"""Flows running on a real store, with a clock and a resource graph that the test holds in its hands."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from engine.expr import ANY
from engine.flow.calendars import NamedCalendars
from engine.flow.executor import FlowExecutor
from engine.flow.formats import ModelFormat, import_model
from engine.flow.instance import DeploymentId, InstanceId, TaskId, Variables, task_id
from engine.flow.model import Call, CallActivity, JsonObject
from engine.flow.parts import FlowParts
from engine.flow.ports import CallFailed, CallType, Deployment, OnBehalf
from engine.flow.runtime import Asking, Commit, DeployedFlows, FlowRuntime, Rollback, Running, Start, Taken
from resolvers.flows.deployments import Deployments
from resolvers.flows.instances import HISTORY, INSTANCES, MESSAGES, Instances
from resolvers.flows.news import InstanceNews
from resolvers.flows.records import DEPLOYMENTS, FLOWS, deployment_id, deployment_to_document
from resolvers.flows.services import FlowServices
from resolvers.ports import DocumentStore, Insert
from tests.servers.document_stores import StoreData

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
COLLECTIONS = (FLOWS, DEPLOYMENTS, INSTANCES, HISTORY, MESSAGES)


class HandClock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = NOON
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, moment: datetime) -> None:
        while self.moment < moment:
            await self._moved.wait()


@dataclass(slots=True)
class Upstream:
    """Answers operations by their text, and remembers the calls: text, variables, idempotency key."""

    answers: dict[str, Callable[[JsonObject], Awaitable[JsonObject]]] = field(
        default_factory=dict[str, Callable[[JsonObject], Awaitable[JsonObject]]]
    )
    calls: list[tuple[str, JsonObject, str | None]] = field(
        default_factory=list[tuple[str, JsonObject, str | None]]
    )

    operations: list[int] = field(default_factory=list[int])  # of reads at once: how many queries each had

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        return CallType(
            mutation=call.query.startswith("mutation"), variables={}, result=ANY, uses=frozenset()
        )

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        self.calls.append((call.query, variables, idempotency_key))
        return await self.answers[call.query](variables)

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        return {
            name: await self.run(call, variables, on_behalf=on_behalf)
            for name, (call, variables) in calls.items()
        }

    async def read_each(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject | CallFailed]:
        self.operations.append(len(calls))
        results: dict[str, JsonObject | CallFailed] = {}
        for name, (call, variables) in calls.items():
            try:
                results[name] = await self.run(call, variables, on_behalf=on_behalf)
            except CallFailed as failed:
                results[name] = failed
        return results


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowWorld:
    store: DocumentStore
    instances: Instances
    news: InstanceNews
    deployments: Deployments
    runtime: FlowRuntime
    running: Running
    clock: HandClock
    upstream: Upstream
    faults: list[Exception]

    @property
    def services(self) -> FlowServices:
        return FlowServices(
            store=self.store,
            deployments=self.deployments,
            instances=self.instances,
            deployed=self.running.flows,
            runtime=self.runtime,
            parts=FlowParts(),
            news=self.news,
            graph=self.upstream,
            calendars=NamedCalendars(),
            now=self.clock.now,
            wait_s=5.0,
        )

    async def deploy(
        self, key: str, model: object, *, format_: ModelFormat = ModelFormat.PAIFANG, number: int = 1
    ) -> DeploymentId:
        read, _ = import_model(format_, model)
        called = [one.flow for one in read.elements.values() if isinstance(one, CallActivity)]
        deployment = Deployment(
            id=deployment_id(key, number),
            flow_key=key,
            version=number,
            unit="rides",
            model=read,
            hash=f"{key}{number}",
            deployed_at=self.clock.now(),
            deployed_by="test",
            pinned={flow: deployment_id(flow, 1) for flow in called},
        )
        await self.store.write(Insert(collection=DEPLOYMENTS, document=deployment_to_document(deployment)))
        return deployment.id

    async def start(self, key: str, variables: Variables | None = None, **more: str) -> Taken:
        asking = Asking(subject=more.pop("by", "li"), key=more.pop("key", None))
        return await self.runtime.start(
            Start(asking=asking, flow_key=key, variables=variables or {}, case_id=more.pop("case", None))
        )

    async def commit(
        self, task: TaskId, variables: Variables | None = None, *, by: str = "li", key: str | None = None
    ) -> Taken:
        return await self.runtime.commit(
            Commit(asking=Asking(subject=by, key=key), task=task, variables=variables or {})
        )

    async def roll_back(self, task: TaskId, to: TaskId | None = None) -> Taken:
        return await self.runtime.roll_back(Rollback(asking=Asking(subject="li"), task=task, to_task=to))


def open_keys(taken: Taken) -> list[str]:
    """The elements of the open tasks, as the traces write them."""
    return sorted(task.element for _, task in taken.tasks)


def open_task(taken: Taken, element: str) -> TaskId:
    return next(task_id(where.id, task.node) for where, task in taken.tasks if task.element == element)


@asynccontextmanager
async def open_world(data: StoreData) -> AsyncGenerator[FlowWorld]:
    async with data.open(*COLLECTIONS) as store:
        yield make_world(store)


def make_world(store: DocumentStore) -> FlowWorld:
    clock, upstream, faults = HandClock(), Upstream(), list[Exception]()
    news = InstanceNews(store, clock, alone=True)
    instances = Instances(store, news.written, clock.now)
    deployments = Deployments(store)
    running = Running(
        store=instances,
        flows=DeployedFlows(deployments),
        executor=FlowExecutor(resources=upstream, calendars=NamedCalendars()),
        clock=clock,
    )
    numbers = count(1)
    runtime = FlowRuntime(
        running,
        resources=upstream,
        new_id=lambda: InstanceId(f"i{next(numbers)}"),
        report=lambda _, error: faults.append(error),
    )
    return FlowWorld(
        store=store,
        instances=instances,
        news=news,
        deployments=deployments,
        runtime=runtime,
        running=running,
        clock=clock,
        upstream=upstream,
        faults=faults,
    )
