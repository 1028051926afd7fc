"""Make and close every service of a worker; the only place that knows which implementation stands where."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn

import structlog

from engine.access import Principal
from engine.problem import Problem
from engine.resource.egress import EgressGuard, parse_egress_allow
from engine.resource.quality.meters import Meters
from engine.resource.run.observer import SILENCE, Observers
from engine.resource.run.runtime import Runtime
from engine.resource.traffic.traffic import Traffic
from engine.resource.transport import TransportLimits, open_transport, resolve_by_system
from gateway.cache.opening import Shared, open_shared
from gateway.console import PageConfig
from gateway.errors import describe_error
from gateway.flows import FLOW_COLLECTIONS, describing_with, flow_usage, open_flows
from gateway.http.attachments import AttachmentEndpoint
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.languages import accepted_languages
from gateway.http.messages import HttpRequest
from gateway.http.metrics import MetricsEndpoint
from gateway.http.page import graphiql_response
from gateway.http.parameters import EndpointOptions
from gateway.knowledge import KNOWLEDGE_COLLECTIONS, open_knowledge
from gateway.matching import open_matching
from gateway.operations import Operations, open_operations
from gateway.peers import Peers, Request, open_peers
from gateway.quality import open_quality
from gateway.security.authentication import OpenHouse, TokenHouse, open_authentication
from gateway.security.limits import Limits, refuse_excess, refuse_nested_text
from gateway.security.secrets import open_secret_box
from gateway.settings import Settings
from gateway.stores.opening import open_store
from resolvers.context import Context, open_context
from resolvers.idempotency import REQUESTS
from resolvers.loaders import batching_loader
from resolvers.matching.records import MATCHING_COLLECTIONS
from resolvers.matching.usage import RuleUsage
from resolvers.operations.records import OPERATION_COLLECTIONS
from resolvers.ports import ChangeFeed, DocumentStore
from resolvers.quality.records import QUALITY
from resolvers.resources.catalog import CatalogKeeper
from resolvers.resources.follower import ModuleFollower
from resolvers.resources.news import ModuleNews
from resolvers.resources.records import COLLECTIONS
from resolvers.resources.services import ResourceServices
from resolvers.resources.using import AllUsage
from resolvers.services import UseCaseServices
from schema.executable import PlatformSchema
from schema.execution import Engine
from schema.graph import DocumentLimits
from schema.judging import GraphJudge
from schema.platform import platform_of
from schema.serving import OwnWorker, SchemaRights, Serving

RESOURCE_COLLECTIONS = (*COLLECTIONS, *OPERATION_COLLECTIONS, QUALITY, REQUESTS)
OTHER_COLLECTIONS = (*FLOW_COLLECTIONS, *KNOWLEDGE_COLLECTIONS, *MATCHING_COLLECTIONS)
log = structlog.get_logger("paifang")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a worker runs on, open until the context that made it is left."""

    settings: Settings
    store: DocumentStore
    feed: ChangeFeed
    use_cases: UseCaseServices
    serving: Serving
    follower: ModuleFollower
    engine: Engine
    endpoint: GraphQLEndpoint
    shared: Shared
    attachments: AttachmentEndpoint
    metrics: MetricsEndpoint


@asynccontextmanager
async def open_services(settings: Settings, page: PageConfig, *, worker: int = 1) -> AsyncGenerator[Services]:
    """Open everything a worker needs; the last published revision serves when this yields. `worker`: its
    number.

    Raises `StoreUnavailable` and `KeyUnusable`: the worker cannot start.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            open_store(
                settings,
                (*RESOURCE_COLLECTIONS, *OTHER_COLLECTIONS),
            )
        )
        schema = PlatformSchema()
        secrets = open_secret_box(
            settings.data,
            key=settings.secret_key.get_secret_value() if settings.secret_key else None,
            key_file=settings.secret_key_file,
        )
        keeper = CatalogKeeper(store, secrets, platform_of(schema, egress_guard(settings)))
        rights = SchemaRights(roles=frozenset(settings.introspection_roles))
        peers = open_peers(settings.data) if settings.workers > 1 else None
        serving = Serving(
            keeper.catalog.registry, document_limits(settings), rights, peers and partial(_announce, peers)
        )
        meters = Meters()
        shared = await stack.enter_async_context(
            open_shared(settings, peers and partial(peers.ask, Request.FENCE))
        )
        engine = _open_engine(settings, schema, shared, meters if settings.quality else SILENCE)
        stack.push_async_callback(engine.runtime.transport.close)
        describing = describing_with(document_limits(settings))
        operations = await stack.enter_async_context(
            open_operations(settings, store, document_limits(settings))
        )
        flows = await stack.enter_async_context(
            open_flows(settings, store, lambda: serving.graph, engine, describing)
        )
        resources = ResourceServices(
            store=store,
            secrets=secrets,
            keeper=keeper,
            revisions=serving,
            explainer=serving,
            usage=AllUsage(flow_usage(flows, describing), RuleUsage(store, describing), operations.usage),
            news=ModuleNews(),
            operations=operations.services(store, lambda: GraphJudge(serving.graph)),
            now=lambda: datetime.now(UTC),
        )
        knowledge = await stack.enter_async_context(open_knowledge(settings, store, secrets))
        matching = await stack.enter_async_context(
            open_matching(settings, store, lambda: serving.graph, engine)
        )
        quality = await stack.enter_async_context(
            open_quality(
                settings,
                store,
                meters,
                units=lambda: serving.current().units,
                peers=peers,
                worker=worker,
            )
        )
        use_cases = UseCaseServices(
            resources=resources,
            flows=flows,
            knowledge=knowledge,
            matching=matching,
            quality=quality.services,
        )
        authentication = open_authentication(settings)
        services = Services(
            settings=settings,
            store=store,
            feed=store,
            use_cases=use_cases,
            serving=serving,
            follower=ModuleFollower(keeper, store, OwnWorker(serving), _report_left_out, news=resources.news),
            engine=engine,
            shared=shared,
            endpoint=_endpoint(
                settings, serving, engine, operations, use_cases, rights, page, authentication
            ),
            attachments=AttachmentEndpoint(
                authentication,
                _context_of(use_cases),
                max_bytes=settings.limits.attachment_bytes,
            ),
            metrics=MetricsEndpoint(authentication, partial(quality.gather, peers)),
        )
        await services.follower.catch_up()
        if peers is not None:
            catch_up = partial(_catch_up, services.follower)
            answers = {Request.CATCH_UP: catch_up, **quality.answers}
            await stack.enter_async_context(peers.listen(answers, shared.fenced))
        following = asyncio.create_task(services.follower.follow())
        following.add_done_callback(_report_end)
        stack.callback(following.cancel)
        yield services


def document_limits(settings: Settings) -> DocumentLimits:
    limits = settings.limits
    chosen = Limits(
        depth=limits.depth,
        aliases=limits.aliases,
        root_fields=limits.root_fields,
        directives=limits.directives,
        fields=limits.fields,
        same_response_name=limits.same_response_name,
        cost=limits.cost,
    )
    return DocumentLimits(
        max_tokens=limits.tokens,
        check_text=refuse_nested_text,
        check=lambda document, name, schema: refuse_excess(document, name, schema, chosen),
    )


def egress_guard(settings: Settings) -> EgressGuard:
    return EgressGuard(parse_egress_allow(",".join(settings.egress_allow)), resolve_by_system)


def _open_engine(settings: Settings, schema: PlatformSchema, shared: Shared, observers: Observers) -> Engine:
    limits = settings.limits
    transport = open_transport(
        settings.transport,
        egress_guard(settings),
        TransportLimits(body_bytes=limits.response_bytes, ratio=limits.response_ratio),
        proxy=settings.egress_proxy.get_secret_value() if settings.egress_proxy else None,
    )
    restricted = frozenset(settings.forward_credentials) if settings.auth_configured else None
    runtime = Runtime(
        transport=transport,
        timeout_s=settings.deadline_ms / 1000,
        credential_sources=restricted,
        answer_nesting=limits.response_nesting,
        cache=shared.cache,
        fences=shared.fences,
        traffic=Traffic(limiter=shared.limiter),
    )
    return Engine(
        runtime=runtime,
        loader=batching_loader,
        execute_platform=schema.execute,
        subscribe_platform=schema.subscribe,
        describe_error=describe_error,
        observers=observers,
        max_calls=limits.upstream_calls,
        max_at_once=limits.concurrent_calls,
    )


def _endpoint(
    settings: Settings,
    serving: Serving,
    engine: Engine,
    operations: Operations,
    use_cases: UseCaseServices,
    rights: SchemaRights,
    page: PageConfig,
    authentication: OpenHouse | TokenHouse,
) -> GraphQLEndpoint:
    limits = settings.limits
    return GraphQLEndpoint(
        graph=lambda: serving.graph,
        engine=engine,
        authentication=authentication,
        options=EndpointOptions(
            body_bytes=limits.body_bytes,
            query_bytes=limits.query_bytes,
            variables_bytes=limits.variables_bytes,
            variables_depth=limits.variables_depth,
            deadline_s=settings.deadline_ms / 1000,
            body_timeout_s=limits.half_request_s,
        ),
        rights=rights,
        tally=operations.tally,
        persisted=operations.persisted,
        page=lambda: graphiql_response(page),
        platform_context=_context_of(use_cases),
    )


def _context_of(use_cases: UseCaseServices) -> Callable[[Principal, HttpRequest], Context]:
    def context(principal: Principal, request: HttpRequest) -> Context:
        key, languages = request.header("idempotency-key"), request.header("accept-language")
        return open_context(
            principal, use_cases, idempotency_key=key, languages=accepted_languages(languages)
        )

    return context


async def _announce(peers: Peers) -> None:
    await peers.ask(Request.CATCH_UP)


async def _catch_up(follower: ModuleFollower) -> bytes:
    await follower.catch_up()
    return b""


def _report_end(following: asyncio.Task[NoReturn]) -> None:
    """The follower ends with the worker; anything else leaves this worker behind, and somebody must know."""
    if not following.cancelled():
        log.critical("this worker no longer follows publishes", exc_info=following.exception())


def _report_left_out(left_out: Mapping[str, Sequence[Problem]]) -> None:
    for module, problems in left_out.items():
        codes = sorted({problem.code for problem in problems})
        log.error("module left out: it no longer composes", module=module, codes=codes)
