"""Keeping answers: only of reads, for a time that makes sense, and for those they were given to."""

from collections.abc import Iterator

from graphql import ConstDirectiveNode, GraphQLObjectType

from engine.problem import Severity
from engine.resource.model import Connector, Field, OnError, Registry, Type
from engine.resource.sdl.caching import CACHED_METHODS, tells_callers_apart
from engine.resource.sdl.checks.registered import ROOTS, Site, place_at, sites
from engine.resource.sdl.entities import named_type
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse, first_use, uses

MAX_S = 31_536_000  # a year, as HTTP knows it


def check_caching(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        if not isinstance(registry.schema.type_map.get(owner.name), GraphQLObjectType):
            continue
        if owner.name not in ROOTS:
            for rule in uses(registry.definitions[owner.name].directives, "cacheControl"):
                _check_type(owner, rule, registry, findings)
        for field in owner.fields.values():
            rule = first_use(field.node.directives, "cacheControl")
            if rule is not None:
                _check_field(field, rule, findings)
    for site in sites(registry):
        _check_last_good(site, findings)


def _check_type(owner: Type, rule: DirectiveUse, registry: Registry, findings: Findings) -> None:
    _check_times(rule, owner.name, findings)
    module = place_of(rule.node).module
    given = [connector for connector in _calls_giving(owner, registry) if connector.module == module]
    for connector in given:
        _check_private(connector, rule, findings)
    if not given and not findings.unread:
        _report_unused(rule.node, owner.name, f"no call of its module gives a {owner.name}", findings)


def _check_field(field: Field, rule: DirectiveUse, findings: Findings) -> None:
    _check_times(rule, field.coordinate, findings)
    if field.parent == "Mutation":
        findings.add(
            "CACHE_OF_WRITE",
            "a mutation's answer is never kept",
            place_of(rule.node),
            path=field.coordinate,
            suggestion="Remove @cacheControl",
        )
    elif not field.connectors and field.coordinate not in findings.unread:
        _report_unused(rule.node, field.coordinate, f"{field.coordinate} has no call of its own", findings)
    for connector in field.connectors:
        _check_private(connector, rule, findings)
        if field.parent != "Mutation" and connector.method not in CACHED_METHODS:
            _report_write(connector, findings)


def _check_last_good(site: Site, findings: Findings) -> None:
    connector = site.connector
    if connector.on_error is OnError.STALE and (
        site.owner.name == "Mutation" or connector.method not in CACHED_METHODS
    ):
        findings.add(
            "CACHE_OF_WRITE",
            "there is no last good value of a write",
            place_at(connector, "onError"),
            path=connector.coordinate,
            suggestion="Write onError: NULL, or DEFAULT with a default",
        )


def _check_times(rule: DirectiveUse, path: str, findings: Findings) -> None:
    for name in ("maxAge", "staleIfError"):
        seconds = rule.get(name)
        if isinstance(seconds, int) and not 0 <= seconds <= MAX_S:
            place = place_of(rule.node_at(name) or rule.node)
            message = f"'{name}' is seconds, from 0 to {MAX_S} (a year)"
            findings.add("CACHE_FORM", message, place, path=path)


def _check_private(connector: Connector, rule: DirectiveUse, findings: Findings) -> None:
    if rule.get("scope") == "PUBLIC" and tells_callers_apart(connector):
        findings.add(
            "CACHE_IS_PRIVATE",
            f"the request of {connector.api} depends on who asks, so each caller has entries of their own",
            place_of(rule.node_at("scope") or rule.node),
            path=connector.coordinate,
            suggestion="Write scope: PRIVATE, or take the caller out of the request",
            severity=Severity.WARNING,
        )


def _report_write(connector: Connector, findings: Findings) -> None:
    findings.add(
        "CACHE_OF_WRITE",
        f"the answer to {connector.method} is never kept",
        connector.place,
        path=connector.coordinate,
        suggestion=f"Only {' and '.join(CACHED_METHODS)} can read; remove @cacheControl",
    )


def _report_unused(node: ConstDirectiveNode, path: str, why: str, findings: Findings) -> None:
    findings.add(
        "CACHE_UNUSED",
        f"@cacheControl keeps answers of calls, and {why}: it changes nothing",
        place_of(node),
        path=path,
        suggestion="Write it on the field or type whose @connect makes the call",
        severity=Severity.WARNING,
    )


def _calls_giving(owner: Type, registry: Registry) -> Iterator[Connector]:
    """The calls that a rule on this type holds for."""
    yield from owner.connectors
    for field in (field for other in registry.types.values() for field in other.fields.values()):
        own = first_use(field.node.directives, "cacheControl")
        if field.connectors and own is None and named_type(field.node.type) == owner.name:
            yield from (connector for connector in field.connectors if connector.cache is not None)
