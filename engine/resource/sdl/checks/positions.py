"""Every place in the graph where objects can stand, and how each of their fields gets its value there.

The walk decides as the planner does: a @value first, then what the mapping at hand gives, then calls of the
field's own, then a call that fills the type by key. A place is told from another only by what fills it and by
whether it is multiplied by a list, so the walk ends although types refer to each other in circles.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
)

from engine.resource.mapping import Leaf, ObjectShape, Shape
from engine.resource.mapping.shape import FieldShape, alternatives, one_of
from engine.resource.model import Connector, EntityConnector, Field, Registry, Type, Value
from engine.resource.plan.parts import Parts
from engine.resource.plan.reach import Reach
from engine.resource.plan.shapes import fields_of
from engine.resource.sdl.checks.registered import ROOTS, fields_of_type


class Bare(Enum):
    """How a field gets its value where no call or @value of its own gives it."""

    GIVEN = "by the mapping or the data that made the object"
    OPEN = "by something that could not be read"
    NOTHING = "not at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Several connectors of one field: an operation takes those that give what it asks for."""

    connectors: tuple[Connector, ...]
    parts: Parts


Supply = Connector | Several | EntityConnector | Value | Bare


def calls_of(supply: Supply) -> tuple[Connector, ...]:
    """The calls that a supply makes; a field that is computed or stands in its parent makes none."""
    match supply:
        case Connector():
            return (supply,)
        case Several():
            return supply.connectors
        case EntityConnector():
            return (supply.connector,)
        case _:
            return ()


@dataclass(slots=True, eq=False, kw_only=True)
class Position:
    """Objects of `owner` made by `providers`; `shape` None: nothing is known, so they have everything."""

    owner: Type
    path: tuple[str, ...]  # coordinates from the root
    shape: Shape | None
    raw: bool  # data of a @value: a field's own call comes before it
    providers: tuple[Connector, ...]
    inner: tuple[str, ...] = ()  # keys below the providers' value
    under: tuple[str, ...] = ()  # the path of the nearest list, () where there is one object
    supplies: dict[str, Supply] = field(default_factory=dict[str, Supply])
    children: dict[str, list["Position"]] = field(default_factory=dict[str, list["Position"]])

    def has(self, name: str) -> bool:
        return self.shape is None or name in fields_of(self.shape, self.owner.name)


class Walk:
    """All positions, each once, nearest to the root first."""

    def __init__(self, registry: Registry, unread: Collection[str]) -> None:
        self._registry = registry
        self._unread = _with_entities(unread, registry)
        self._known: dict[tuple[object, ...], Position] = {}
        self._waiting: deque[Position] = deque()
        for root in ROOTS:
            if root in registry.types:
                self._enter(registry.types[root], Place(path=(), shape=ObjectShape(fields={})))
        while self._waiting:
            self._supply(self._waiting.popleft())

    @property
    def positions(self) -> Collection[Position]:
        return self._known.values()

    def _enter(self, owner: Type, place: "Place") -> Position:
        key = (owner.name, *place.key)
        position = self._known.get(key)
        if position is None:
            position = Position(
                owner=owner,
                path=place.path,
                shape=place.shape,
                raw=place.raw,
                providers=place.providers,
                inner=place.inner,
                under=place.under,
            )
            self._known[key] = position
            self._waiting.append(position)
        return position

    # ------------------------------------------------------------------ supplies
    def _supply(self, position: Position) -> None:
        for registered in position.owner.fields.values():
            supply = self._supply_of(registered, position)
            position.supplies[registered.name] = supply
            place = self._place_below(position, registered, supply)
            if place is not None:
                position.children[registered.name] = list(self._children(registered, place))

    def _supply_of(self, registered: Field, position: Position) -> Supply:
        if registered.value is not None:
            return registered.value
        if position.has(registered.name) and not (position.raw and registered.connectors):
            return Bare.GIVEN
        if registered.connectors:
            return self._connected(registered, position)
        if registered.coordinate in self._unread:
            return Bare.OPEN
        return self._entity_for(registered, position)

    def _entity_for(self, registered: Field, position: Position) -> Supply:
        owner = position.owner
        for entity in self._registry.entities.get(owner.name, ()):
            given = fields_of(entity.connector.selection.shape, owner.name)
            if registered.name in given and self.reach(position).fills(entity):
                return entity
        return Bare.OPEN if owner.name in self._unread else Bare.NOTHING

    def _connected(self, registered: Field, position: Position) -> Supply:
        if len(registered.connectors) == 1:
            return registered.connectors[0]
        able = tuple(connector for connector, _ in self.reach(position).able(registered.connectors))
        declared = fields_of_type(self._registry.schema.get_type(registered.parent))[registered.name].type
        shapes = [connector.selection.shape for connector in able]
        return Several(connectors=able, parts=Parts.of(declared, shapes, self._registry.types))

    def reach(self, position: Position) -> Reach:
        return Reach(registry=self._registry, type_name=position.owner.name, has=position.has)

    # ------------------------------------------------------------------ below
    def _place_below(self, position: Position, registered: Field, supply: Supply) -> "Place | None":
        """Where the objects of a field stand; None where it has none or nothing is known of them."""
        if isinstance(supply, Bare) and supply is not Bare.GIVEN:
            return None
        owner, name = position.owner.name, registered.name
        path = (*position.path, registered.coordinate)
        declared = self._registry.schema.get_type(owner)
        assert isinstance(declared, GraphQLObjectType), "positions are of object types"
        under = path if _is_list(declared.fields[name].type) else position.under
        if isinstance(supply, Value):
            shape = None if supply.expression is not None else shape_of(supply.const)
            return Place(path=path, shape=shape, raw=True, inner=(registered.coordinate,), under=under)
        if isinstance(supply, Connector):
            return Place(path=path, shape=supply.selection.shape, providers=(supply,), under=under)
        if isinstance(supply, Several):
            return Place(path=path, shape=supply.parts.shape, providers=supply.connectors, under=under)
        if isinstance(supply, EntityConnector):
            shape = fields_of(supply.connector.selection.shape, owner)[name]
            return Place(path=path, shape=shape, providers=(supply.connector,), inner=(name,), under=under)
        if position.shape is None:
            return Place(path=path, shape=None, raw=True, inner=position.inner, under=under)
        shape = fields_of(position.shape, owner)[name]
        inner = (*position.inner, name)
        return Place(
            path=path, shape=shape, raw=position.raw, providers=position.providers, inner=inner, under=under
        )

    def _children(self, registered: Field, place: "Place") -> Iterator[Position]:
        schema = self._registry.schema
        parent = schema.get_type(registered.parent)
        assert isinstance(parent, GraphQLObjectType), "positions are of object types"
        declared = get_named_type(parent.fields[registered.name].type)
        if isinstance(declared, GraphQLObjectType):
            owner = self._registry.types.get(declared.name)
            if owner is not None and (place.shape is None or _may_be_object(place.shape)):
                yield self._enter(owner, place)
        elif isinstance(declared, GraphQLInterfaceType | GraphQLUnionType):
            for concrete in schema.get_possible_types(declared):
                owner = self._registry.types.get(concrete.name)
                if owner is not None and (place.shape is None or _names(place.shape, concrete.name)):
                    yield self._enter(owner, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a position will be, before its type is known."""

    path: tuple[str, ...]
    shape: Shape | None
    raw: bool = False
    providers: tuple[Connector, ...] = ()
    inner: tuple[str, ...] = ()
    under: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        made_by = tuple(id(provider) for provider in self.providers)  # the registry keeps them alive
        return made_by, self.inner, bool(self.under)


def shape_of(const: object) -> Shape:
    """The shape of a constant, lists transparent as in mappings."""
    if isinstance(const, dict):
        members: Mapping[str, object] = const  # pyright: ignore[reportUnknownVariableType] # JSON
        return ObjectShape(
            fields={
                name: FieldShape(shape=shape_of(each), line=1, column=1) for name, each in members.items()
            }
        )
    if isinstance(const, list):
        return one_of(shape_of(each) for each in const)  # pyright: ignore[reportUnknownVariableType] # JSON
    if isinstance(const, bool):
        return Leaf(kind="boolean", literal=const)
    if isinstance(const, int | float):
        return Leaf(kind="number", literal=const)
    return Leaf(kind="null", literal=None) if const is None else Leaf(kind="string", literal=str(const))


def _with_entities(unread: Collection[str], registry: Registry) -> set[str]:
    """What could not be read, with the types that an unread Query field might have filled by key."""
    known = set(unread)
    query = registry.types.get("Query")
    declared = registry.schema.query_type
    if query is not None and declared is not None:
        open_fields = (name for name in query.fields if f"Query.{name}" in unread and name in declared.fields)
        known.update(get_named_type(declared.fields[name].type).name for name in open_fields)
    return known


def _is_list(declared: GraphQLType) -> bool:
    if isinstance(declared, GraphQLNonNull):
        declared = declared.of_type
    return isinstance(declared, GraphQLList)


def _may_be_object(shape: Shape) -> bool:
    return any(isinstance(each, ObjectShape) for each in alternatives(shape))


def _names(shape: Shape, type_name: str) -> bool:
    objects = [each for each in alternatives(shape) if isinstance(each, ObjectShape)]
    return any(type_name in (each.typenames or ()) for each in objects)
