"""What cannot stand on root types, on interfaces, or together on one field."""

from graphql import InterfaceTypeDefinitionNode, InterfaceTypeExtensionNode

from engine.resource.model import Field, Registry, Type
from engine.resource.sdl.checks.registered import ROOTS
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.vocabulary import first_use

GIVES_OR_GUARDS = ("connect", "value", "access", "authenticated", "requiresScopes", "cacheControl")


def check_positions_of_directives(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        if owner.name in ROOTS:
            _check_root(owner, registry, findings)
        if isinstance(owner.node, InterfaceTypeDefinitionNode | InterfaceTypeExtensionNode):
            _check_interface(owner, findings)
            continue
        for field in owner.fields.values():
            _check_field(field, findings)


def _check_root(owner: Type, registry: Registry, findings: Findings) -> None:
    """A root type belongs to all modules: what one says of it would hold for the fields of the others."""
    for node in registry.definitions[owner.name].directives or ():
        if node.loc is not None:
            findings.add(
                "ROOT_DIRECTIVE",
                f"@{node.name.value} cannot stand on {owner.name}, which all modules share",
                place_of(node),
                path=owner.name,
                suggestion="Write it on each of your fields",
            )
    for field in owner.fields.values() if owner.name == "Subscription" else ():
        findings.add(
            "NOT_SUPPORTED",
            "subscriptions to resources are not supported yet",
            field.place,
            path=field.coordinate,
            suggestion="remove it; nothing is ignored silently",
        )


def _check_interface(owner: Type, findings: Findings) -> None:
    """A field of an interface has no value of its own, and rules hold on the types that implement it."""
    for field in owner.fields.values():
        for node in field.node.directives or ():
            if node.name.value in GIVES_OR_GUARDS:
                findings.add(
                    "INTERFACE_DIRECTIVE",
                    f"@{node.name.value} on a field of the interface {owner.name} would hold for no type",
                    place_of(node),
                    path=field.coordinate,
                    suggestion=f"Write it on '{field.name}' of each type that implements {owner.name}",
                )


def _check_field(field: Field, findings: Findings) -> None:
    value = first_use(field.node.directives, "value")
    if value is not None and first_use(field.node.directives, "connect") is not None:
        findings.add(
            "VALUE_FORM",
            f"'{field.coordinate}' has both @value and @connect: it gets its value from one",
            place_of(value.node),
            path=field.coordinate,
            suggestion="Remove one; a value made of an answer needs a field of its own for the @connect",
        )
