"""What lives as long as one request: its caller, the services it may use, its loaders and headers."""

from dataclasses import dataclass

from engine.access import Principal
from resolvers.flows.services import FlowServices
from resolvers.knowledge.services import KnowledgeServices
from resolvers.loaders import Loaders
from resolvers.matching.services import MatchingServices
from resolvers.quality.services import QualityServices
from resolvers.resources.services import ResourceServices
from resolvers.services import UseCaseServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The first argument of every use case; `idempotency_key` is the request header's text, `languages` are
    those its sender reads, the preferred first.
    """

    principal: Principal
    resources: ResourceServices
    flows: FlowServices
    knowledge: KnowledgeServices
    matching: MatchingServices
    quality: QualityServices
    loaders: Loaders
    idempotency_key: str | None = None
    languages: tuple[str, ...] = ()


def open_context(
    principal: Principal,
    services: UseCaseServices,
    *,
    idempotency_key: str | None = None,
    languages: tuple[str, ...] = (),
) -> Context:
    """A context with loaders of its own."""
    return Context(
        principal=principal,
        resources=services.resources,
        flows=services.flows,
        knowledge=services.knowledge,
        matching=services.matching,
        quality=services.quality,
        loaders=Loaders(services.knowledge.store, services.knowledge.feed),
        idempotency_key=idempotency_key,
        languages=languages,
    )
