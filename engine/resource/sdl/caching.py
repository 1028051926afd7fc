"""Read @cacheControl and `onError: STALE`: for which calls answers are kept, for how long, and for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import cast

from graphql import FieldDefinitionNode, TypeDefinitionNode, TypeExtensionNode, print_ast

from engine.resource.cache import CachePolicy
from engine.resource.calls import is_credential
from engine.resource.model import Connector, Module, OnError, Source
from engine.resource.sdl.entities import named_type
from engine.resource.sdl.vocabulary import DirectiveUse, first_use

CACHED_METHODS = ("GET", "POST")  # the others change something, whatever they stand on
LAST_GOOD_S = 86_400  # for which `onError: STALE` keeps an answer where no staleIfError says so
WHO = ("subject", "claims")  # of $context, what tells one caller from another


class CacheRules:
    """Which @cacheControl holds where: a field's own, else the one on the type it gives, of its module."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._types: dict[tuple[str, str], DirectiveUse] = {}
        for module in modules:
            for node in module.readable.definitions:
                if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
                    use = first_use(node.directives, "cacheControl")
                    if use is not None:
                        self._types[module.name, node.name.value] = use

    def of_field(self, node: FieldDefinitionNode, *, parent: str, module: str) -> DirectiveUse | None:
        own = first_use(node.directives, "cacheControl")
        if own is not None or parent == "Mutation":
            return own
        return self.of_type(named_type(node.type), module=module)

    def of_type(self, name: str, *, module: str) -> DirectiveUse | None:
        return self._types.get((module, name))


def with_cache(
    connector: Connector, rule: DirectiveUse | None, sources: Mapping[str, Source | None]
) -> Connector:
    """The connector with its policy, if its answers are kept at all."""
    last_good = connector.on_error is OnError.STALE
    if connector.method not in CACHED_METHODS or (rule is None and not last_good):
        return connector
    max_age_s = cast("int", rule.get("maxAge")) if rule is not None else 0
    stale_s = cast("int | None", rule.get("staleIfError")) if rule is not None else None
    if stale_s is None:
        stale_s = LAST_GOOD_S if last_good else 0
    policy = CachePolicy(
        max_age_s=max_age_s,
        stale_s=stale_s,
        private=(rule is not None and rule.get("scope") == "PRIVATE") or tells_callers_apart(connector),
        version=_version_of(connector, sources.get(connector.source_name)),
    )
    return replace(connector, cache=policy)


def tells_callers_apart(connector: Connector) -> bool:
    """Whether the request depends on who asks, beyond what their group may be: then nobody shares."""
    if any(header.forward is not None and is_credential(header.forward) for header in connector.headers):
        return True
    for use in connector.request_variables:
        if use.name == "$context" and (not use.path or use.path[0] in WHO):
            return True
        if use.name == "$request" and (len(use.path) < 2 or is_credential(use.path[1].lower())):
            return True
    return False


def _version_of(connector: Connector, source: Source | None) -> str:
    """A digest of the API as it is written, its source included."""
    nodes = [connector.node] if source is None else [connector.node, source.node]
    written = "\n".join([connector.module, connector.site, *map(print_ast, nodes)])
    return sha256(written.encode()).hexdigest()[:16]
