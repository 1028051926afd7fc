"""Rules that cannot hold, that are got around, or that another unit's field would get around."""

from collections.abc import Sequence

from graphql import GraphQLNonNull

from engine.problem import Severity
from engine.resource.model import AccessRule, Field, OnDeny, Registry
from engine.resource.sdl.checks.dependencies import Dependency, dependencies
from engine.resource.sdl.checks.registered import definition_of
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import DirectiveUse, uses


def check_access(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        for part in uses(registry.definitions[owner.name].directives, "access"):
            _check_hide(part, owner.name, findings)
        for field in owner.fields.values():
            for use in uses(field.node.directives, "access"):
                _check_hide(use, field.coordinate, findings)
                _check_null(use, field, registry, findings)
    widened: dict[str, list[Field]] = {}
    for dependency in dependencies(registry):
        if _is_foreign(dependency, registry):
            _report_foreign(dependency, registry, findings)
        elif dependency.for_value and _widens(dependency):
            widened.setdefault(dependency.field.coordinate, []).append(dependency.needed)
    for coordinate, needed in widened.items():
        _report_widened(coordinate, needed, registry, findings)


def _check_hide(use: DirectiveUse, coordinate: str, findings: Findings) -> None:
    if use.get("onDeny") == OnDeny.HIDE and use.has("when"):
        findings.add(
            "HIDE_NOT_STATIC",
            "a field is hidden before anything is known of the object: HIDE takes channels and roles only",
            place_of(use.node_at("when") or use.node),
            path=coordinate,
            suggestion="Leave 'when' out, or write onDeny: NULL or ERROR",
        )


def _check_null(use: DirectiveUse, field: Field, registry: Registry, findings: Findings) -> None:
    definition = definition_of(registry, field.coordinate)
    declared = definition.type if definition is not None else None
    if use.get("onDeny") == OnDeny.NULL and isinstance(declared, GraphQLNonNull):
        findings.add(
            "NULL_ON_NON_NULL",
            f"{field.coordinate} is {declared}, so a refused caller cannot get null",
            place_of(use.node_at("onDeny") or use.node),
            path=field.coordinate,
            suggestion="Leave out the '!' of its type, or write onDeny: ERROR or HIDE",
        )


# ------------------------------------------------------------------ rules that are got around
def _widens(dependency: Dependency) -> bool:
    """Whether a field's own rules let in somebody whom those of the needed field would not."""
    field, needed = dependency.field, dependency.needed
    return bool(field.rules) and not _conditions(needed.rules) <= _conditions(field.rules)


def _conditions(rules: Sequence[AccessRule]) -> set[tuple[object, ...]]:
    """Rules by what they ask of the caller, whoever states them."""
    return {
        (r.authenticated, r.scopes, r.channels, r.roles, r.when.source if r.when else None) for r in rules
    }


def _report_widened(coordinate: str, needed: Sequence[Field], registry: Registry, findings: Findings) -> None:
    owner, _, name = coordinate.partition(".")
    field = registry.types[owner].fields[name]
    listed = " and ".join(dict.fromkeys(each.coordinate for each in needed))
    findings.add(
        "ACCESS_WIDENED",
        f"{coordinate} has rules of its own, so those of {listed}, which it is made of, do not hold for it",
        field.place,
        path=coordinate,
        suggestion="Repeat their rules on it if its value tells what they guard",
        severity=Severity.WARNING,
    )


# ------------------------------------------------------------------ other units' guarded fields
def _is_foreign(dependency: Dependency, registry: Registry) -> bool:
    """Whether a unit's field reads what another unit guards or keeps from clients."""
    field, needed = dependency.field, dependency.needed
    owner = registry.types[needed.parent]
    if registry.units.get(field.module) == registry.units.get(needed.module):
        return False
    return bool(needed.rules or needed.inaccessible or owner.rules or owner.inaccessible)


def _report_foreign(dependency: Dependency, registry: Registry, findings: Findings) -> None:
    field, needed = dependency.field, dependency.needed
    trusted = registry.modules[field.module].trusted
    unit = registry.units[needed.module]
    hidden = needed.inaccessible or registry.types[needed.parent].inaccessible
    guarded = "@inaccessible" if hidden else "guarded"
    findings.add(
        "FOREIGN_GUARDED",
        f"{field.coordinate} reads {needed.coordinate}, which is {guarded} and belongs to the unit '{unit}'",
        field.place,
        path=field.coordinate,
        suggestion=f"Ask '{unit}' for a field that may be read, or have an admin publish this module",
        severity=Severity.WARNING if trusted else Severity.ERROR,
    )
