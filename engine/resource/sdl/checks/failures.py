"""What a failed call gives has to fit its field: no null where there must be a value."""

from graphql import GraphQLNonNull

from engine.problem import Severity
from engine.resource.model import OnError, Registry
from engine.resource.sdl.checks.constants import misfit
from engine.resource.sdl.checks.registered import Site, place_at, sites
from engine.resource.sdl.findings import Findings
from engine.resource.sdl.vocabulary import DirectiveUse


def check_failures(registry: Registry, findings: Findings) -> None:
    for site in sites(registry):
        if site.connector.on_error is OnError.DEFAULT:
            _check_default(site, registry, findings)
        elif site.field is not None and isinstance(site.declared, GraphQLNonNull):
            _check_null(site, findings)


def _check_null(site: Site, findings: Findings) -> None:
    connector = site.connector
    if connector.on_error not in (OnError.NULL, OnError.STALE):
        return
    if connector.on_error is OnError.NULL and DirectiveUse(connector.node).has("onError"):
        findings.add(
            "NULL_ON_NON_NULL",
            f"{connector.coordinate} is {site.declared}, so a failed call cannot give null",
            place_at(connector, "onError"),
            path=connector.coordinate,
            suggestion="Leave out the '!' of its type, or write onError: DEFAULT with a default",
        )
        return
    around = "the whole answer" if site.on_root else f"the {site.owner.name} around it"
    findings.add(
        "FAILURE_SPREADS",
        f"{connector.coordinate} is {site.declared}: if its call fails, {around} is null",
        connector.place,
        path=connector.coordinate,
        suggestion="Leave out the '!' of its type where the rest makes sense without it",
        severity=Severity.INFO,
    )


def _check_default(site: Site, registry: Registry, findings: Findings) -> None:
    connector = site.connector
    why = misfit(connector.default, site.declared, registry.schema)
    if why is not None:
        place = place_at(connector, "default")
        findings.add("VALUE_TYPE", f"'default' does not fit: {why}", place, path=connector.coordinate)
