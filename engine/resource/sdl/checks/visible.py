"""What stays in the clients' schema when inaccessible and hidden parts are left out of it is whole."""

from graphql import GraphQLObjectType, get_named_type

from engine.problem import Severity
from engine.resource.model import Field, OnDeny, Registry, Type
from engine.resource.sdl.checks.registered import ROOTS, fields_of_type
from engine.resource.sdl.findings import Findings


def check_visible(registry: Registry, findings: Findings) -> None:
    empty = {owner.name for owner in registry.types.values() if _shows_nothing(owner)}
    for owner in registry.types.values():
        _check_interfaces(owner, registry, findings)
        for field in owner.fields.values():
            if not field.inaccessible and not owner.inaccessible:
                _check_type(field, empty, registry, findings)


def _shows_nothing(owner: Type) -> bool:
    """Whether clients see no field of it: @inaccessible itself, or all its fields are."""
    fields = owner.fields.values()
    return owner.inaccessible or (bool(fields) and all(field.inaccessible for field in fields))


def _check_type(field: Field, empty: set[str], registry: Registry, findings: Findings) -> None:
    definition = fields_of_type(registry.schema.type_map.get(field.parent)).get(field.name)
    if definition is None:
        return
    name = get_named_type(definition.type).name
    if name in empty and name not in ROOTS:
        findings.add(
            "TYPE_INACCESSIBLE",
            f"{field.coordinate} is not in the clients' schema, because nothing of type '{name}' is",
            field.place,
            path=field.coordinate,
            suggestion=f"Write @inaccessible on it too, or leave a field of '{name}' accessible",
            severity=Severity.WARNING,
        )


def _check_interfaces(owner: Type, registry: Registry, findings: Findings) -> None:
    """A field that an interface promises cannot be left out of a type that implements it."""
    declared = registry.schema.type_map.get(owner.name)
    for interface in declared.interfaces if isinstance(declared, GraphQLObjectType) else ():
        for name in interface.fields:
            field, promised = owner.fields.get(name), registry.field(interface.name, name)
            if field is None or promised is None or promised.inaccessible:
                continue
            if field.inaccessible or any(rule.on_deny is OnDeny.HIDE for rule in field.rules):
                findings.add(
                    "INTERFACE_HIDDEN",
                    f"{field.coordinate} cannot be left out of a schema: '{interface.name}' promises it",
                    field.place,
                    path=field.coordinate,
                    suggestion=f"Write @inaccessible on {interface.name}.{name}, or onDeny: NULL here",
                )
