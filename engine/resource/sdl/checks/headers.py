"""Headers that may be set: valid names, none that belong to the connection."""

import re

from engine.resource.model import Registry
from engine.resource.plan.request import HOP_BY_HOP
from engine.resource.sdl.checks.registered import sites
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
CREDENTIALS = "proxy-"  # forwarding them is the operator's to allow, setting them is nobody's


def check_headers(registry: Registry, findings: Findings) -> None:
    for source in registry.sources.values():
        _check(DirectiveUse(source.node), source.name, findings)
    for site in sites(registry):
        if any(written.argument.startswith("http") for written in site.connector.written):
            _check(DirectiveUse(site.connector.node), site.connector.coordinate, findings)


def _check(use: DirectiveUse, path: str, findings: Findings) -> None:
    listed = use.get("http.headers")
    seen: set[str] = set()
    for index, header in enumerate(listed if isinstance(listed, list) else []):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # coerced: [HTTPHeader!]
        name: str = header["name"]
        at = f"http.headers.{index}"
        place = place_of(use.node_at(f"{at}.name") or use.node_at(at) or use.node)
        problem = _problem_of(name, forwarded="from" in header)
        if problem is not None:
            findings.add("HEADER_FORBIDDEN", f"header '{name}' {problem}", place, path=path)
        if "from" in header and not TOKEN.fullmatch(header["from"]):
            message = f"no client sends a header '{header['from']}': that is no header name"
            findings.add("HEADER_FORBIDDEN", message, place, path=path)
        if name.lower() in seen:
            findings.add("DUPLICATE_HEADER", f"header '{name}' is set twice", place, path=path)
        seen.add(name.lower())


def _problem_of(name: str, *, forwarded: bool) -> str | None:
    if not TOKEN.fullmatch(name):
        return "is no header name: letters, digits and dashes"
    if name.lower() in HOP_BY_HOP or (name.lower().startswith(CREDENTIALS) and not forwarded):
        return "belongs to the connection, which the gateway makes"
    return None
