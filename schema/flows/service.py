"""As whom a flow's operations run, and which fields are not given to that caller."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.access import ANY, Principal
from engine.problem import Problem, Severity
from engine.resource.model import AccessRule
from engine.resource.plan.compile import compile_plan, draft_operation
from engine.resource.plan.conditions import Conditions
from engine.resource.run.execution import verdict_of
from engine.resource.run.request import context_of
from schema.operation import Operation

SERVICE = "service"  # the role with which flows call
KNOWN = ("subject", "roles", "units", "channel")  # of `context`, the same at every run of a unit's flows


def service_principal(unit: str, *, owner: str | None = None) -> Principal:
    """A flow calls as its unit's service, for the owner of the instance."""
    return Principal(
        subject=f"service:{unit}",
        roles=frozenset({SERVICE}),
        units=frozenset({unit}),
        claims={} if owner is None else {"onBehalfOf": owner},
    )


def denied_to(units: Collection[str], operation: Operation) -> list[Problem]:
    """Warnings: what the access rules refuse to a flow of every one of these units, whatever its data.

    A rule that reads an object, an argument or the owner is decided at each run.
    """
    asked = [unit for unit in units if unit != ANY]
    if not asked:
        return []
    denied = [{rule.coordinate: rule for rule in _denying(operation, unit)} for unit in asked]
    everywhere = {
        coordinate: rule
        for coordinate, rule in denied[0].items()
        if all(coordinate in others for others in denied)
    }
    return [_problem(rule, asked) for _, rule in sorted(everywhere.items())]


def _denying(operation: Operation, unit: str) -> Iterator[AccessRule]:
    principal = service_principal(unit)
    context = context_of(principal, None)
    for rule in _rules(operation).values():
        decided = rule if _is_known(rule) else replace(rule, when=None)
        if verdict_of(decided, operation.registry, principal, context) is not None:
            yield rule


def _rules(operation: Operation) -> Mapping[int, AccessRule]:
    """All that decide a field of the operation, those of the fields it is made from too."""
    found: dict[int, AccessRule] = {}
    for given in {bool(operation.conditions), False}:
        drafted = draft_operation(
            operation.registry,
            operation.schema,
            operation.node,
            fragments=operation.fragments,
            conditions=Conditions(values=dict.fromkeys(operation.conditions, given)),
        )
        rules = compile_plan(operation.registry, drafted).uses.rules
        found |= {index: operation.registry.rules[index] for index in rules}
    return found


def _is_known(rule: AccessRule) -> bool:
    """Whether its condition reads only what is the same at every run."""
    paths = rule.when.paths if rule.when is not None else frozenset[tuple[str, ...]]()
    return all(
        path[0] == "config" or (path[0] == "context" and path[1:2] and path[1] in KNOWN) for path in paths
    )


def _problem(rule: AccessRule, units: Collection[str]) -> Problem:
    wants = [
        *([f"one of the roles {', '.join(sorted(rule.roles))}"] if rule.roles else []),
        *(["scopes"] if rule.scopes else []),
        *([f"one of the channels {', '.join(sorted(rule.channels))}"] if rule.channels else []),
        *([rule.when.source] if rule.when is not None else []),
    ]
    return Problem(
        code="FIELD_NOT_ACCESSIBLE",
        severity=Severity.WARNING,
        message=f"{rule.coordinate} is not given to flows of {' or '.join(sorted(units))}:"
        f" it needs {' and '.join(wants)}",
        suggestion=f"flows call with the role {SERVICE!r} of their unit, without channel and scopes",
    )
