"""The rules about the ways a query can take: every field has a value, none needs itself, which calls grow."""

from engine.resource.model import Registry
from engine.resource.sdl.checks.cycles import check_cycles
from engine.resource.sdl.checks.growth import check_growth
from engine.resource.sdl.checks.positions import Walk
from engine.resource.sdl.checks.provision import check_provision
from engine.resource.sdl.findings import Findings


def check_paths(registry: Registry, findings: Findings) -> None:
    walk = Walk(registry, findings.unread)
    for rule in (check_provision, check_cycles, check_growth):
        rule(walk, registry, findings)
