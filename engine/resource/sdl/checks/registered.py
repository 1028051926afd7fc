"""What the rules look up in a registry: connectors with their types, and what stands where in them."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLOutputType

from engine.resource.model import Connector, Field, Place, Registry, Type, Written
from engine.resource.sdl.definitions import ROOTS
from engine.resource.sdl.findings import Findings, place_inside, place_of
from engine.resource.sdl.vocabulary import DirectiveUse

__all__ = ["ROOTS", "Reporter", "Site", "definition_of", "fields_of_type", "place_at", "sites", "written_as"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A connector where it stands: on a field, or on a type (`field` None), which it then fills."""

    connector: Connector
    owner: Type
    field: Field | None
    declared: GraphQLOutputType

    @property
    def on_root(self) -> bool:
        return self.owner.name in ROOTS


def sites(registry: Registry) -> Iterator[Site]:
    """Every connector of object types, in the order of the types."""
    for owner in registry.types.values():
        schema_type = registry.schema.type_map.get(owner.name)
        if not isinstance(schema_type, GraphQLObjectType):
            continue
        for connector in owner.connectors:
            yield Site(connector=connector, owner=owner, field=None, declared=schema_type)
        for field in owner.fields.values():
            for connector in field.connectors:
                declared = schema_type.fields[field.name].type
                yield Site(connector=connector, owner=owner, field=field, declared=declared)


def definition_of(registry: Registry, coordinate: str) -> GraphQLField | None:
    type_name, _, name = coordinate.partition(".")
    return fields_of_type(registry.schema.type_map.get(type_name)).get(name)


def fields_of_type(declared: GraphQLNamedType | None) -> dict[str, GraphQLField]:
    return declared.fields if isinstance(declared, GraphQLObjectType | GraphQLInterfaceType) else {}


def written_as(connector: Connector, argument: str) -> Written | None:
    return next((written for written in connector.written if written.argument == argument), None)


def place_at(connector: Connector, argument: str, line: int = 1, column: int = 1) -> Place:
    """A place inside an argument of the connector; the connector's own where it is not written."""
    written = written_as(connector, argument)
    if written is not None:
        return place_inside(written.text, line, column)
    node = DirectiveUse(connector.node).node_at(argument)
    return connector.place if node is None else place_of(node)


class Reporter:
    """Reports problems of one connector, each at the argument it is about."""

    def __init__(self, connector: Connector, findings: Findings) -> None:
        self._connector = connector
        self._findings = findings

    def at(self, argument: str, code: str, message: str, suggestion: str | None = None) -> None:
        """Report at an argument by its path in the directive; at the directive where it is not written."""
        place = place_at(self._connector, argument)
        self._findings.add(code, message, place, path=self._connector.coordinate, suggestion=suggestion)
