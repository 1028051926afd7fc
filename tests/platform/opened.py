"""Open the platform's use cases and schema on a real store."""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from graphql import ExecutionResult, GraphQLSyntaxError, parse, validate

from engine.access import Principal
from engine.flow.model import Call
from engine.flow.ports import CallType
from engine.resource.model import Registry
from engine.resource.plan.description import CallDescription, Description, GroupDescription
from gateway.security.secrets import open_secret_box
from resolvers.context import Context, open_context
from resolvers.errors import OperationRefused
from resolvers.flows.services import FlowServices
from resolvers.flows.usage import Describe, FlowUsage
from resolvers.idempotency import REQUESTS
from resolvers.knowledge.services import KnowledgeServices
from resolvers.matching.records import MATCHING_COLLECTIONS
from resolvers.matching.services import MatchingServices
from resolvers.matching.usage import RuleUsage
from resolvers.operations.recording import OperationRecorder
from resolvers.operations.records import OPERATION_COLLECTIONS
from resolvers.operations.services import OperationServices
from resolvers.operations.usage import OperationUsage, UsePolicy
from resolvers.ports import FEED_KEPT
from resolvers.quality.records import QUALITY
from resolvers.quality.services import QualityServices
from resolvers.resources.catalog import CatalogKeeper
from resolvers.resources.news import ModuleNews
from resolvers.resources.records import COLLECTIONS
from resolvers.resources.services import ResourceServices
from resolvers.resources.using import AllUsage
from resolvers.services import UseCaseServices
from schema.executable import PlatformSchema
from schema.flows.graph import describe_call
from schema.graph import DocumentLimits, Graph, Visibility
from schema.judging import judging_with
from schema.platform import platform_of
from schema.tally import Tally
from tests.platform.callers import LOCAL
from tests.resolvers.flows.world import COLLECTIONS as FLOW_COLLECTIONS
from tests.resolvers.flows.world import Upstream, make_world
from tests.resolvers.knowledge.services import KNOWLEDGE_COLLECTIONS, open_knowledge
from tests.resolvers.matching.services import open_matching
from tests.resolvers.quality.services import SaidMeters, SetClock, Worker
from tests.servers.document_stores import Store, StoreData, sqlite_data

START = datetime(2126, 11, 23, 8, tzinfo=UTC)  # stores forget by the real clock: nothing here is past
SCHEMA = PlatformSchema()
PLATFORM = platform_of(SCHEMA)
USED_FOR = timedelta(days=30)


@dataclass(slots=True, eq=False)
class ServedRevisions:
    """Serves in this process; remembers what it served."""

    registry: Registry
    served: list[str] = field(default_factory=list[str])

    def current(self) -> Registry:
        return self.registry

    async def serve(self, registry: Registry) -> None:
        self.registry = registry
        self.served.append(registry.revision)


class OnePlan:
    """Explains every operation that parses as one call."""

    def explain(
        self,
        query: str,
        *,
        variables: Mapping[str, object],
        operation_name: str | None,
        principal: Principal,
    ) -> Description:
        try:
            parse(query)
        except GraphQLSyntaxError as error:
            raise OperationRefused(code="GRAPHQL_PARSE_FAILED", messages=[error.message], facts={}) from error
        call = CallDescription(
            api="a1",
            source="rides",
            method="GET",
            url="/a1",
            wave=1,
            batch=False,
            depends_on=(f"{principal.subject}", *variables),
            needed_by=("Demo.f1",),
        )
        group = GroupDescription(fields=("Demo.f1",), calls=(call,))
        return Description(groups=(group,), bound="1", max_waves=1, text=operation_name or "", mermaid="")


@dataclass(slots=True, eq=False)
class ServedGraph(Upstream):
    """Answers as a test says; describes what is published."""

    revisions: ServedRevisions = field(kw_only=True)

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        return describing(self.revisions.current())(call, units=units)


@dataclass(slots=True, eq=False)
class Clock:
    """One second later each time it is asked."""

    time: datetime = START

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPlatform:
    """One worker on the store; open another on the same store for a second worker."""

    store: Store
    revisions: ServedRevisions
    services: ResourceServices
    flows: FlowServices
    knowledge: KnowledgeServices
    matching: MatchingServices
    quality: QualityServices
    upstream: Upstream
    tally: Tally

    def context(self, principal: Principal = LOCAL, *, idempotency_key: str | None = None) -> Context:
        services = UseCaseServices(
            resources=self.services,
            flows=self.flows,
            knowledge=self.knowledge,
            matching=self.matching,
            quality=self.quality,
        )
        return open_context(principal, services, idempotency_key=idempotency_key)

    async def execute(
        self,
        text: str,
        variables: Mapping[str, Any] | None = None,
        *,
        principal: Principal = LOCAL,
        idempotency_key: str | None = None,
    ) -> ExecutionResult:
        """Validate and run an operation of platform fields."""
        document = parse(text)
        assert validate(SCHEMA.core, document) == []
        context = self.context(principal, idempotency_key=idempotency_key)
        return await SCHEMA.execute(document, variables or {}, context)

    def count(self, text: str, client: str = "", *, times: int = 1) -> None:
        """As the endpoint does when the client asks for this on what is published."""
        operation = Graph(self.revisions.current(), LIMITS).operation(Visibility(), text, None)
        for _ in range(times):
            self.tally.count(operation, client)


def _accept(*_: object) -> None:
    """Documents of tests are small."""


LIMITS = DocumentLimits(max_tokens=2_000, check_text=_accept, check=_accept)


def describing(registry: Registry) -> Describe:
    return partial(describe_call, Graph(registry, LIMITS))


@asynccontextmanager
async def open_platform(
    folder: Path,
    data: StoreData | None = None,
    *,
    start: datetime = START,
    feed_kept: int = FEED_KEPT,
    meters: SaidMeters | None = None,
) -> AsyncGenerator[OpenPlatform]:
    """A worker with its keys in the folder, on this store; without one, on a SQLite file in the folder."""
    secrets = open_secret_box(folder)
    data = data or sqlite_data(folder / "paifang.db")
    collections = (
        *COLLECTIONS,
        *OPERATION_COLLECTIONS,
        *FLOW_COLLECTIONS,
        *KNOWLEDGE_COLLECTIONS,
        *MATCHING_COLLECTIONS,
        QUALITY,
        REQUESTS,
    )
    async with data.open(*collections, feed_kept=feed_kept) as store:
        keeper = CatalogKeeper(store, secrets, PLATFORM)
        revisions = ServedRevisions(keeper.catalog.registry)
        world = make_world(store)
        graph = ServedGraph(world.upstream.answers, world.upstream.calls, revisions=revisions)
        flows = replace(world.services, graph=graph)
        tally, clock = Tally(_accept), Clock(start)
        recorder = OperationRecorder(store, tally, clock, kept=USED_FOR, report=_accept)
        policy = UsePolicy(window=USED_FOR)
        usage = OperationUsage(store, recorder, judging_with(LIMITS), policy=policy, now=clock)
        services = ResourceServices(
            store=store,
            secrets=secrets,
            keeper=keeper,
            revisions=revisions,
            explainer=OnePlan(),
            usage=AllUsage(
                FlowUsage(store, flows.deployments, flows.parts, describing),
                RuleUsage(store, describing),
                usage,
            ),
            news=ModuleNews(),
            operations=OperationServices(
                store=store,
                recorder=recorder,
                judge=lambda: judging_with(LIMITS)(revisions.current()),
                forget=_accept,
                now=clock,
            ),
            now=clock,
        )
        async with (
            open_knowledge(folder, store, secrets, services.now) as knowledge,
            open_matching(store, graph, services.now) as matching,
        ):
            yield OpenPlatform(
                store=store,
                revisions=revisions,
                services=services,
                flows=flows,
                knowledge=knowledge,
                matching=matching,
                quality=Worker(store, SetClock(services.now()), meters=meters or SaidMeters()).services(),
                upstream=graph,
                tally=tally,
            )
