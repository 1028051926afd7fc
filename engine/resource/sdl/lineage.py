"""What a field of the graph needs to have a value, and what needs it: fields and APIs, near ones first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graphql import GraphQLInterfaceType, GraphQLObjectType

from engine.resource.model import Connector, Field, Registry, Type
from engine.resource.plan.bound import Bound, Term
from engine.resource.sdl.checks.cycles import fields_needed
from engine.resource.sdl.checks.positions import Bare, Position, Supply, Walk, calls_of
from engine.resource.sdl.checks.registered import ROOTS


class ResourceKind(StrEnum):
    API = "API"  # it has a call of its own
    FIELD = "FIELD"  # it comes with the object around it, or is filled with others
    VALUE = "VALUE"  # it is computed, or constant


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDescription:
    """`depends_on` and `required_by` are coordinates and ids of APIs, all the way; `bound`: of own calls."""

    coordinate: str
    type: str
    description: str | None
    kind: ResourceKind
    unit: str
    api: str | None
    depends_on: Sequence[str]
    required_by: Sequence[str]
    bound: str


def describe_field(registry: Registry, coordinate: str) -> FieldDescription | None:
    """What the graph knows of a registered field or type; CPU-bound: a pass over the graph."""
    type_name, _, name = coordinate.partition(".")
    owner = registry.types.get(type_name)
    if owner is None or (name and name not in owner.fields):
        return None
    lineage = _Lineage(registry)
    own = lineage.calls_of(coordinate)
    registered = owner.fields[name] if name else None
    return FieldDescription(
        coordinate=coordinate,
        type=_type_of(registry, type_name, name),
        description=_description_of(registry, type_name, name),
        kind=_kind_of(registered, owner),
        unit=registered.unit if registered is not None else owner.unit,
        api=own[0].api if own else None,
        depends_on=_reached(coordinate, lineage.needs),
        required_by=_reached(coordinate, lineage.feeds),
        bound=str(Bound.of(lineage.terms(coordinate))),
    )


class _Lineage:
    """The graph's edges. A type's own name stands for its objects: whoever gives them."""

    def __init__(self, registry: Registry) -> None:
        self.needs: dict[str, dict[str, None]] = {}
        self.feeds: dict[str, dict[str, None]] = {}
        self._calls: dict[str, dict[str, Connector]] = {}  # by coordinate, then by site: its own
        for position in Walk(registry, ()).positions:
            self._add_objects(position)
            for name, supply in position.supplies.items():
                self._add_field(position, name, supply)
        for owner in registry.types.values():
            self._calls.setdefault(owner.name, {}).update({one.site: one for one in owner.connectors})

    def calls_of(self, coordinate: str) -> Sequence[Connector]:
        return tuple(self._calls.get(coordinate, {}).values())

    def terms(self, coordinate: str) -> Iterator[Term]:
        """The calls for one field of the objects of its type, with those of what it reads of them."""
        owner = coordinate.partition(".")[0]
        read = [
            one for one in _reached(coordinate, self.needs) if one.partition(".")[0] == owner and "." in one
        ]
        calls = {one.site: one for each in (coordinate, *read) for one in self.calls_of(each)}
        for call in calls.values():
            chunk = call.batch.max_size if call.batch is not None else 1
            yield Term(api=call.api, list_path=None if owner in ROOTS else (owner,), chunk=chunk)

    def _add_objects(self, position: Position) -> None:
        for provider in position.providers:
            self._link(position.owner.name, provider.api)
        if position.path:
            self._link(position.path[-1], position.owner.name)

    def _add_field(self, position: Position, name: str, supply: Supply) -> None:
        coordinate = position.owner.fields[name].coordinate
        calls = calls_of(supply)
        read = [where.owner.fields[needed].coordinate for where, needed in fields_needed((position, name))]
        for call in calls:
            self._calls.setdefault(coordinate, {})[call.site] = call
            self._link(coordinate, call.api)
            for needed in read:
                self._link(call.api, needed)
        for needed in read:
            self._link(coordinate, needed)
        if supply is Bare.GIVEN:
            for provider in position.providers:
                self._link(coordinate, provider.api)

    def _link(self, node: str, needed: str) -> None:
        if node != needed:
            self.needs.setdefault(node, {})[needed] = None
            self.feeds.setdefault(needed, {})[node] = None


def _reached(start: str, edges: Mapping[str, Mapping[str, None]]) -> Sequence[str]:
    """Everything behind a node, the nearest first."""
    found: dict[str, None] = {}
    waiting = [start]
    for node in waiting:
        for following in edges.get(node, {}):
            if following not in found and following != start:
                found[following] = None
                waiting.append(following)
    return tuple(found)


def _kind_of(registered: Field | None, owner: Type) -> ResourceKind:
    if registered is None:
        return ResourceKind.API if owner.connectors else ResourceKind.FIELD
    if registered.value is not None:
        return ResourceKind.VALUE
    return ResourceKind.API if registered.connectors else ResourceKind.FIELD


def _type_of(registry: Registry, type_name: str, name: str) -> str:
    declared = registry.schema.type_map[type_name]
    if name and isinstance(declared, GraphQLObjectType | GraphQLInterfaceType):
        return str(declared.fields[name].type)
    return type_name


def _description_of(registry: Registry, type_name: str, name: str) -> str | None:
    declared = registry.schema.type_map[type_name]
    if name and isinstance(declared, GraphQLObjectType | GraphQLInterfaceType):
        return declared.fields[name].description
    return declared.description
