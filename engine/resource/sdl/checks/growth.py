"""Tell which calls grow with a list because they have no batch form, and by how much."""

from engine.problem import Severity
from engine.resource.model import Connector, Registry
from engine.resource.sdl.checks.positions import Position, Walk, calls_of
from engine.resource.sdl.checks.provision import MAX_PATHS
from engine.resource.sdl.findings import Findings


def check_growth(walk: Walk, _: Registry, findings: Findings) -> None:
    growing: dict[str, tuple[Connector, list[str]]] = {}
    for position in walk.positions:
        if not position.under:
            continue
        for supply in position.supplies.values():
            for connector in calls_of(supply):
                if connector.batch is None:
                    growing.setdefault(connector.site, (connector, []))[1].append(_bound(position))
    for connector, listed in growing.values():
        bounds = list(dict.fromkeys(listed))
        more = f" and {len(bounds) - MAX_PATHS} more" if len(bounds) > MAX_PATHS else ""
        findings.add(
            "N_PLUS_ONE",
            f"{connector.api}: {', '.join(bounds[:MAX_PATHS])}{more}",
            connector.place,
            path=connector.coordinate,
            suggestion="If the API can be asked for many at once, give it a 'batch'; equal calls are one",
            severity=Severity.INFO,
        )


def _bound(position: Position) -> str:
    way = " → ".join(position.path)
    return f"1 call per {position.owner.name} under {way}"
