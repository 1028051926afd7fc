"""What lives as long as one request: its caller, the services it may use, its loaders and headers."""

from dataclasses import dataclass

from engine.access import Principal
from resolvers.flows.services import FlowServices
from resolvers.loaders import Loaders
from resolvers.resources.services import ResourceServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The first argument of every use case; `idempotency_key` is the request header's text, `languages` are
    those its sender reads, the preferred first.
    """

    principal: Principal
    resources: ResourceServices
    flows: FlowServices
    loaders: Loaders
    idempotency_key: str | None = None
    languages: tuple[str, ...] = ()


def open_context(
    principal: Principal,
    resources: ResourceServices,
    flows: FlowServices,
    *,
    idempotency_key: str | None = None,
    languages: tuple[str, ...] = (),
) -> Context:
    """A context with loaders of its own."""
    loaders = Loaders(resources.store)
    return Context(
        principal=principal,
        resources=resources,
        flows=flows,
        loaders=loaders,
        idempotency_key=idempotency_key,
        languages=languages,
    )
