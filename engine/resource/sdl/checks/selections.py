"""A selection gives what its type has: known fields, objects for objects, leaves for leaves."""

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_specified_scalar_type,
)

from engine.resource.mapping import Leaf, ObjectShape, Shape
from engine.resource.mapping.shape import UNWRITTEN, FieldShape, alternatives
from engine.resource.model import Registry
from engine.resource.sdl.checks.registered import Site, fields_of_type, place_at, sites
from engine.resource.sdl.findings import Findings, did_you_mean


def check_selections(registry: Registry, findings: Findings) -> None:
    for site in sites(registry):
        fit = _Fit(site, registry, findings)
        fit.value(
            site.connector.selection.shape, get_named_type(site.declared), site.connector.coordinate, None
        )


class _Fit:
    """Lays the shape of one selection over its type. Lists are transparent in both."""

    def __init__(self, site: Site, registry: Registry, findings: Findings) -> None:
        self._connector = site.connector
        self._registry = registry
        self._findings = findings

    def value(self, shape: Shape, declared: GraphQLNamedType, target: str, at: FieldShape | None) -> None:
        """`target` is the coordinate that gets the value, `at` the entry that gives it (None: all of it)."""
        for each in alternatives(shape):
            if isinstance(each, Leaf) and each.kind == "null":
                continue
            if isinstance(declared, GraphQLScalarType | GraphQLEnumType):
                self._leaf(each, declared, target, at)
            elif not is_composite_type(declared):
                return  # an input type, which no field can have: the rules of SDL say so
            elif isinstance(each, ObjectShape):
                self._object(each, declared, target, at)
            else:
                self._no_object(each, declared, target, at)

    # ------------------------------------------------------------------ leaves
    def _leaf(
        self,
        shape: Shape,
        declared: GraphQLScalarType | GraphQLEnumType,
        target: str,
        at: FieldShape | None,
    ) -> None:
        if isinstance(shape, ObjectShape):
            if is_closed(declared):
                names = ", ".join(name for name in shape.fields if name != "__typename")
                self._mismatch(
                    f"{target} is {declared.name}, but the selection gives an object",
                    at,
                    f"Give one value: write the path to it, without {{ {names} }}",
                )
        elif isinstance(shape, Leaf) and shape.literal is not UNWRITTEN:
            self._literal(shape.literal, declared, target, at)
        elif isinstance(shape, Leaf) and shape.kind in _never(declared):
            self._mismatch(f"{target} is {declared.name}, but the selection gives a {shape.kind}", at)

    def _literal(
        self,
        literal: object,
        declared: GraphQLScalarType | GraphQLEnumType,
        target: str,
        at: FieldShape | None,
    ) -> None:
        if isinstance(declared, GraphQLEnumType) and literal not in declared.values:
            near = did_you_mean(str(literal), declared.values)
            message = f"{target} is {declared.name}, which has no value '{literal}'"
            self._mismatch(message, at, near or f"It has {', '.join(declared.values)}")
        elif isinstance(declared, GraphQLScalarType) and not serializes(literal, declared):
            self._mismatch(f"{target} is {declared.name}, but the selection gives {literal!r}", at)

    # ------------------------------------------------------------------ objects
    def _no_object(
        self, shape: Shape, declared: GraphQLNamedType, target: str, at: FieldShape | None
    ) -> None:
        given = f"a {shape.kind}" if isinstance(shape, Leaf) else "whatever the API has there"
        known = list(fields_of_type(declared))[:3]
        hint = " ".join(known) if known else "__typename: …"
        message = f"{target} is an object of type {declared.name}, but the selection gives {given}"
        self._mismatch(message, at, f"Say which fields it gets: {{ {hint} … }}")

    def _object(
        self, shape: ObjectShape, declared: GraphQLNamedType, target: str, at: FieldShape | None
    ) -> None:
        owners = self._types_of(shape, declared, target, at)
        for name, given in shape.fields.items():
            having = [owner for owner in owners if name in owner.fields]
            for owner in having:
                named = get_named_type(owner.fields[name].type)
                self.value(given.shape, named, f"{owner.name}.{name}", given)
            if owners and not having and name != "__typename":
                self._unknown(name, given, owners)

    def _types_of(
        self, shape: ObjectShape, declared: GraphQLNamedType, target: str, at: FieldShape | None
    ) -> list[GraphQLObjectType]:
        """The object types this object may be; none where that cannot be told (reported)."""
        possible = self._possible(declared)
        names = shape.typenames
        if names is None and isinstance(declared, GraphQLObjectType):
            return [declared]
        if names is None:
            self._report(
                "TYPENAME_MISSING",
                f"{target} may be {' or '.join(possible) or 'of any type'}: the selection has to say which",
                at,
                f'Write __typename: $("{next(iter(possible), "…")}"); for several, ->match one object each',
            )
            return []
        for name in names:
            if name not in possible:
                hint = did_you_mean(name, possible) or f"It may be {', '.join(possible) or 'no type at all'}"
                message = f"{target} is {declared.name}, never '{name}'"
                self._report("TYPENAME_UNKNOWN", message, shape.fields["__typename"], hint)
        return [possible[name] for name in names if name in possible]

    def _possible(self, declared: GraphQLNamedType) -> dict[str, GraphQLObjectType]:
        if isinstance(declared, GraphQLObjectType):
            return {declared.name: declared}
        assert isinstance(declared, GraphQLInterfaceType | GraphQLUnionType), "leaves are dealt with"
        return {each.name: each for each in self._registry.schema.get_possible_types(declared)}

    def _unknown(self, name: str, given: FieldShape, owners: list[GraphQLObjectType]) -> None:
        known = {field for owner in owners for field in owner.fields}
        which = " or ".join(f"'{owner.name}'" for owner in owners)
        self._report(
            "SELECTION_UNKNOWN_FIELD",
            f"type {which} has no field '{name}'",
            given,
            did_you_mean(name, known)
            or f"Take it out, or add it to type {which}; its fields are {', '.join(sorted(known))}",
        )

    # ------------------------------------------------------------------ reports
    def _mismatch(self, message: str, at: FieldShape | None, suggestion: str | None = None) -> None:
        self._report("SHAPE_MISMATCH", message, at, suggestion)

    def _report(self, code: str, message: str, at: FieldShape | None, suggestion: str | None) -> None:
        line, column = (at.line, at.column) if at is not None else (1, 1)
        place = place_at(self._connector, "selection", line, column)
        self._findings.add(code, message, place, path=self._connector.coordinate, suggestion=suggestion)


def is_closed(declared: GraphQLNamedType) -> bool:
    """Whether the values of a leaf type are scalars for certain: a unit's own scalars may be anything."""
    return (
        is_specified_scalar_type(declared)
        or declared.name == "DateTime"
        or isinstance(declared, GraphQLEnumType)
    )


def serializes(value: object, declared: GraphQLScalarType) -> bool:
    """Whether the response takes this value for the type, as it is or converted."""
    try:
        declared.serialize(value)
    except Exception:  # whatever the scalar raises, it is a refusal
        return False
    return True


def _never(declared: GraphQLNamedType) -> tuple[str, ...]:
    """The JSON kinds that no value of a leaf type has or can be made of."""
    if isinstance(declared, GraphQLEnumType):
        return ("number", "boolean")
    return ("string",) if declared.name == "Boolean" else ()
