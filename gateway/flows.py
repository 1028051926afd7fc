"""Make what flows run on: their stores, the runtime, the resource graph as they see it, and the time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import structlog
from uuid_utils import uuid7

from engine.flow.calendars import NamedCalendars
from engine.flow.executor import FlowExecutor
from engine.flow.instance import InstanceId
from engine.flow.runtime import DeployedFlows, FlowRuntime, Running
from engine.resource.model import Registry
from gateway.flow_plugins import flow_parts
from gateway.settings import Settings
from resolvers.flows.deployments import Deployments
from resolvers.flows.instances import HISTORY, INSTANCES, MESSAGES, Instances
from resolvers.flows.news import InstanceNews
from resolvers.flows.records import DEPLOYMENTS, FLOWS
from resolvers.flows.services import FlowServices
from resolvers.flows.usage import Describe, FlowUsage
from resolvers.ports import DocumentStore
from schema.execution import Engine
from schema.flows.apis import apis_of
from schema.flows.graph import GraphResources, describe_call
from schema.graph import DocumentLimits, Graph

FLOW_COLLECTIONS = (FLOWS, DEPLOYMENTS, INSTANCES, HISTORY, MESSAGES)
ANSWER_SHARE = 0.8  # of a request's deadline: how long it waits for calls before it answers WAITING

log = structlog.get_logger("paifang")


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # a clock may be put forward
            await asyncio.sleep(min(left, 60))


@asynccontextmanager
async def open_flows(
    settings: Settings,
    store: DocumentStore,
    graph: Callable[[], Graph],
    engine: Engine,
    describing: Callable[[Registry], Describe],
) -> AsyncGenerator[FlowServices]:
    """The services; while they are open, timers fire and effects that were left are run."""
    deadline_s = settings.deadline_ms / 1000
    clock = SystemClock()
    resources = GraphResources(graph, engine, deadline_s=deadline_s, client="(flows)")
    calendars = NamedCalendars({name: one.to_calendar(name) for name, one in settings.calendars.items()})
    parts = flow_parts()
    deployments = Deployments(store, parts)
    news = InstanceNews(store, clock, alone=settings.workers == 1 and settings.mongo_url is None)
    instances = Instances(store, news.written, clock.now)
    deployed = DeployedFlows(deployments, parts.compile_deployment)
    running = Running(
        store=instances,
        flows=deployed,
        executor=FlowExecutor(resources=resources, calendars=calendars),
        clock=clock,
    )
    runtime = FlowRuntime(running, resources=resources, new_id=_new_id, report=_report)
    watching = asyncio.create_task(runtime.watch.run(), name="flow timers")
    try:
        yield FlowServices(
            store=store,
            deployments=deployments,
            instances=instances,
            deployed=deployed,
            runtime=runtime,
            parts=parts,
            news=news,
            graph=resources,
            calendars=calendars,
            describing=describing,
            apis_of=lambda coordinate: apis_of(graph().registry, coordinate),
            now=clock.now,
            wait_s=deadline_s * ANSWER_SHARE,
        )
    finally:
        watching.cancel()
        await runtime.close()


def flow_usage(flows: FlowServices, describing: Callable[[Registry], Describe]) -> FlowUsage:
    """What publishing resources asks: which flows it would break."""
    return FlowUsage(flows.store, flows.deployments, flows.parts, describing)


def describing_with(limits: DocumentLimits) -> Callable[[Registry], Describe]:
    """Operations on any graph, whether it serves or only may."""

    def describing(registry: Registry) -> Describe:
        return partial(describe_call, Graph(registry, limits))

    return describing


def _new_id() -> InstanceId:
    return InstanceId(uuid7().hex)


def _report(instance: InstanceId, error: Exception) -> None:
    log.error("a flow's timer or call failed", instance=instance, exc_info=error)
