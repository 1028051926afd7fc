"""Registered URLs whose host is written out may be called at all."""

from typing import Protocol

from engine.problem import Severity
from engine.resource.model import Registry
from engine.resource.sdl.checks.registered import place_at, sites
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse
from engine.resource.template import UrlTemplate


class Refusal(Protocol):
    """Why a URL may not be called."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def severity(self) -> Severity: ...


class LiteralGuard(Protocol):
    """Judges the spelling of a URL, and its host where that is an address; resolves no name."""

    def check_literal(self, url: str, *, source: str | None = None) -> Refusal | None: ...


def check_addresses(registry: Registry, findings: Findings, guard: LiteralGuard) -> None:
    for source in registry.sources.values():
        refusal = _judge(source.base_url, source.key, guard)
        if refusal is not None:
            place = place_of(DirectiveUse(source.node).node_at("http.baseURL") or source.node)
            findings.add(refusal.code, refusal.message, place, path=source.name, severity=refusal.severity)
    for site in sites(registry):
        connector = site.connector
        refusal = None if connector.source_name else _judge(connector.url, connector.source, guard)
        if refusal is not None:
            place = place_at(connector, f"http.{connector.method}")
            findings.add(
                refusal.code, refusal.message, place, path=connector.coordinate, severity=refusal.severity
            )


def _judge(url: UrlTemplate, source: str, guard: LiteralGuard) -> Refusal | None:
    if url.host_is_variable:
        return None  # judged when it is called
    return guard.check_literal("".join(part for part in url.origin if isinstance(part, str)), source=source)
