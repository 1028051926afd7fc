"""A constant fits the type of its field."""

from collections.abc import Mapping
from typing import cast

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    is_specified_scalar_type,
)

from engine.resource.model import Registry
from engine.resource.sdl.checks.registered import definition_of, fields_of_type
from engine.resource.sdl.checks.selections import serializes
from engine.resource.sdl.findings import Findings, did_you_mean, place_of
from engine.resource.sdl.vocabulary import first_use

KINDS: Mapping[str, tuple[type, ...]] = {
    "Int": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
    "ID": (str, int),
}


def check_constants(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        for field in owner.fields.values():
            definition = definition_of(registry, field.coordinate)
            if field.value is None or field.value.expression is not None or definition is None:
                continue
            why = misfit(field.value.const, definition.type, registry.schema)
            use = first_use(field.node.directives, "value")
            if why is not None and use is not None:
                place = place_of(use.node_at("const") or use.node)
                findings.add("VALUE_TYPE", f"'const' does not fit: {why}", place, path=field.coordinate)


def misfit(value: object, declared: GraphQLType, schema: GraphQLSchema) -> str | None:
    """Why a JSON value is none of this type, as a sentence; None if it is one.

    Keys that an object lacks are another rule's business: those fields may get their value elsewhere.
    """
    if isinstance(declared, GraphQLNonNull):
        if value is None:
            return f"null where a {declared.of_type} must be"
        return misfit(value, declared.of_type, schema)
    if value is None:
        return None
    if isinstance(declared, GraphQLList):
        if not isinstance(value, list):
            return f"{value!r} is not a list of {declared.of_type}"
        members = cast("list[object]", value)  # JSON
        return next((why for each in members if (why := misfit(each, declared.of_type, schema))), None)
    if isinstance(declared, GraphQLScalarType):
        fits = _is_scalar(value, declared)
    elif isinstance(declared, GraphQLEnumType):
        fits = value in declared.values if isinstance(value, str) else False
    else:
        return _misfit_object(value, declared, schema)
    return None if fits else f"{value!r} is not a {declared}"


def _is_scalar(value: object, declared: GraphQLScalarType) -> bool:
    if not is_specified_scalar_type(declared):
        return declared.name != "DateTime" or isinstance(value, str)
    kinds = KINDS[declared.name]
    return (
        isinstance(value, bool) == (bool in kinds)
        and isinstance(value, kinds)
        and serializes(value, declared)
    )


def _misfit_object(value: object, declared: GraphQLType, schema: GraphQLSchema) -> str | None:
    if not isinstance(value, dict):
        return f"{value!r} is not an object of type {declared}"
    members = cast("dict[str, object]", value)  # JSON
    if isinstance(declared, GraphQLInterfaceType | GraphQLUnionType):
        possible = {each.name: each for each in schema.get_possible_types(declared)}
        name = members.get("__typename")
        if not isinstance(name, str) or name not in possible:
            return f"an object of type {declared} has a __typename: {', '.join(possible)}"
        declared = possible[name]
    assert isinstance(declared, GraphQLObjectType), "leaves and abstract types are dealt with"
    known = fields_of_type(declared)
    for name, member in members.items():
        if name == "__typename":
            continue
        if name not in known:
            return " ".join(
                filter(None, (f"type '{declared}' has no field '{name}'.", did_you_mean(name, known)))
            )
        if why := misfit(member, known[name].type, schema):
            return f"{name}: {why}"
    return None
