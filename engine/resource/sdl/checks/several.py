"""Several @connect on one field: what they give can be put together, and each of them is of use."""

from graphql import GraphQLObjectType, get_named_type

from engine.problem import Severity
from engine.resource.model import Connector, Field, Registry
from engine.resource.plan.parts import MAX_CONNECTORS, Parts, covers
from engine.resource.sdl.checks.registered import fields_of_type, place_at
from engine.resource.sdl.findings import Findings


def check_several(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        declared = fields_of_type(registry.schema.get_type(owner.name))
        for field in owner.fields.values():
            if len(field.connectors) > 1 and field.name in declared:
                _check_field(field, registry, findings)


def _check_field(field: Field, registry: Registry, findings: Findings) -> None:
    if field.parent == "Mutation":
        findings.add(
            "CONNECT_SEVERAL",
            f"{field.coordinate} has several @connect: what it writes would hang on what a client selects",
            field.connectors[1].place,
            path=field.coordinate,
            suggestion="Keep one; give each other API a field of its own",
        )
        return
    if len(field.connectors) > MAX_CONNECTORS:
        findings.add(
            "CONNECT_SEVERAL",
            f"{field.coordinate} has {len(field.connectors)} @connect, and {MAX_CONNECTORS} are allowed",
            field.connectors[MAX_CONNECTORS].place,
            path=field.coordinate,
            suggestion="Split the type into objects of fewer APIs each",
        )
        return
    _check_parts(field, registry, findings)
    _check_names(field, findings)
    for number, connector in enumerate(field.connectors):
        _check_use(connector, field.connectors[:number], findings)


def _check_parts(field: Field, registry: Registry, findings: Findings) -> None:
    declared = fields_of_type(registry.schema.get_type(field.parent))[field.name].type
    shapes = [connector.selection.shape for connector in field.connectors]
    whole = Parts.of(declared, shapes, registry.types).undivided
    if whole is None:
        return
    at = ".".join((field.coordinate, *whole))
    named = get_named_type(declared)
    for name in whole:
        named = get_named_type(fields_of_type(named)[name].type)
    suggestion = f"Let one of them give all of it: a {named.name} may be of several types"
    if isinstance(named, GraphQLObjectType):
        keys = registry.types[named.name].keys if named.name in registry.types else ()
        key = " ".join(keys[0]) if keys else "id"
        declare = "" if keys else f'Declare type {named.name} @key(fields: "{key}"). '
        suggestion = f"{declare}Give '{key}' in each of the selections, so that items meet by it"
    findings.add(
        "CONNECT_PARTS",
        f"each @connect gives another part of {at}, and parts of it cannot be put together",
        place_at(field.connectors[1], "selection"),
        path=field.coordinate,
        suggestion=suggestion,
    )


def _check_names(field: Field, findings: Findings) -> None:
    known: set[str] = set()
    for connector in field.connectors:
        if connector.api in known:
            findings.add(
                "DUPLICATE_API",
                f"two @connect of {field.coordinate} have the id '{connector.api}'",
                place_at(connector, "id"),
                path=field.coordinate,
                suggestion="Name each: plans and errors tell them apart by it",
            )
        known.add(connector.api)


def _check_use(connector: Connector, earlier: tuple[Connector, ...], findings: Findings) -> None:
    """One that an earlier one can always stand for is never called; it is no second try either."""
    shape, asks = connector.selection.shape, _asks(connector)
    for other in earlier:
        if _asks(other) <= asks and covers(other.selection.shape, shape, None):
            findings.add(
                "CONNECT_UNUSED",
                f"{connector.api} is never called: {other.api} gives all that it gives",
                connector.place,
                path=connector.coordinate,
                suggestion="Take it out. Where an API fails no other is asked in its place",
                severity=Severity.WARNING,
            )
            return


def _asks(connector: Connector) -> set[str]:
    return {path[0] for path in connector.this_paths}
