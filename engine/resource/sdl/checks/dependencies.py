"""What each field reads of the objects around it, wherever it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLNamedType, get_named_type

from engine.resource.model import Field, Registry
from engine.resource.sdl.checks.cycles import paths_of
from engine.resource.sdl.checks.registered import fields_of_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """`needed` is read by `field`: for its value, or in the condition that guards it."""

    field: Field
    needed: Field
    for_value: bool


def dependencies(registry: Registry) -> Iterator[Dependency]:
    """Every field that another field reads, nested ones included; entity keys apart."""
    for owner in registry.types.values():
        for field in owner.fields.values():
            read = {path for connector in field.connectors for path in connector.this_paths}
            if field.value is not None:
                read |= paths_of(field.value.expression)
            for path in sorted(read):
                for needed in fields_along(owner.name, path, registry):
                    yield Dependency(field=field, needed=needed, for_value=True)
            asked = {path for rule in field.rules for path in paths_of(rule.when)}
            for path in sorted(asked - read):
                for needed in fields_along(owner.name, path, registry):
                    yield Dependency(field=field, needed=needed, for_value=False)


def fields_along(type_name: str, path: tuple[str, ...], registry: Registry) -> Iterator[Field]:
    """The registered fields that a path goes through; it ends where a name is unknown or data begins."""
    declared: GraphQLNamedType | None = registry.schema.type_map.get(type_name)
    for name in path:
        definition = fields_of_type(declared).get(name)
        if declared is None or definition is None:
            return
        registered = registry.field(declared.name, name)
        if registered is not None:
            yield registered
        declared = get_named_type(definition.type)
