"""A policy's numbers make sense, and nothing is repeated that may not be sent twice."""

from engine.resource.model import Place, Registry
from engine.resource.sdl.checks.registered import place_at, sites
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.policies import IDEMPOTENT
from engine.resource.sdl.vocabulary import DirectiveUse

AT_LEAST = {
    "timeoutMs": 1,
    "maxConcurrency": 1,
    "retry.maxRetries": 0,
    "retry.backoffMs": 0,
    "circuitBreaker.minRequests": 1,
    "circuitBreaker.windowMs": 1,
    "circuitBreaker.openMs": 1,
    "rateLimit.capacity": 1,
    "rateLimit.intervalMs": 1,
}
RATE = "circuitBreaker.failureRate"


def check_policies(registry: Registry, findings: Findings) -> None:
    for source in registry.sources.values():
        _check_numbers(DirectiveUse(source.node), source.name, findings)
    for site in sites(registry):
        connector = site.connector
        use = DirectiveUse(connector.node)
        _check_numbers(use, connector.coordinate, findings)
        if connector.method not in IDEMPOTENT and _repeats(use):
            findings.add(
                "RETRY_NOT_IDEMPOTENT",
                f"{connector.method} may do its work twice when it is sent again: it is never repeated",
                place_at(connector, "policy.retry"),
                path=connector.coordinate,
                suggestion=f"Leave 'retry' out, or use one of {', '.join(IDEMPOTENT)}",
            )


def _repeats(use: DirectiveUse) -> bool:
    retries = use.get("policy.retry.maxRetries")
    return isinstance(retries, int) and retries > 0


def _check_numbers(use: DirectiveUse, path: str, findings: Findings) -> None:
    for name, least in AT_LEAST.items():
        value = _written(use, name)
        if value is not None and value < least:
            message = f"'{name.rpartition('.')[2]}' is at least {least}, not {value}"
            findings.add("POLICY_VALUE", message, _place(use, name), path=path)
    rate = _written(use, RATE)
    if rate is not None and not 0 <= rate <= 1:
        findings.add(
            "POLICY_VALUE",
            f"'failureRate' is a share between 0 and 1, not {rate:g}",
            _place(use, RATE),
            path=path,
            suggestion=f"Did you mean {rate / 100:g}?" if 1 < rate <= 100 else None,
        )


def _written(use: DirectiveUse, name: str) -> float | None:
    value = use.get(f"policy.{name}") if use.has(f"policy.{name}") else None
    return value if isinstance(value, int | float) else None


def _place(use: DirectiveUse, name: str) -> Place:
    return place_of(use.node_at(f"policy.{name}") or use.node)
