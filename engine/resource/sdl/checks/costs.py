"""Weights and list sizes: numbers that make sense, of fields and arguments that are there."""

from collections.abc import Iterator
from typing import cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from engine.resource.model import Field, Registry
from engine.resource.sdl.findings import Findings, did_you_mean, place_of
from engine.resource.sdl.vocabulary import DirectiveUse, first_use

MAX_WEIGHT = 100_000  # more is refused whatever the limit of operations


def check_costs(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        if (use := first_use(registry.definitions[owner.name].directives, "cost")) is not None:
            _check_range(use, "weight", owner.name, findings)
        for field in owner.fields.values():
            _check_field(field, registry, findings)


def _check_field(field: Field, registry: Registry, findings: Findings) -> None:
    if (use := first_use(field.node.directives, "cost")) is not None:
        _check_range(use, "weight", field.coordinate, findings)
    use = first_use(field.node.directives, "listSize")
    owner = registry.schema.get_type(field.parent)
    if use is None or not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
        return
    _check_range(use, "assumedSize", field.coordinate, findings)
    for message, suggestion in _faults(use, owner.fields[field.coordinate.partition(".")[2]]):
        findings.add(
            "LIST_SIZE_INVALID", message, place_of(use.node), path=field.coordinate, suggestion=suggestion
        )


def _check_range(use: DirectiveUse, name: str, path: str, findings: Findings) -> None:
    value = use.get(name)
    if isinstance(value, int) and not 0 <= value <= MAX_WEIGHT:
        code = "COST_INVALID" if use.name == "cost" else "LIST_SIZE_INVALID"
        findings.add(code, f"{name} is a number from 0 to {MAX_WEIGHT}", place_of(use.node), path=path)


def _faults(use: DirectiveUse, field: GraphQLField) -> Iterator[tuple[str, str | None]]:
    if not any(use.has(name) for name in ("assumedSize", "slicingArguments")):
        yield "@listSize says neither assumedSize nor slicingArguments", "write assumedSize: 50"
    for name in _texts(use, "slicingArguments"):
        argument = field.args.get(name)
        if argument is None:
            yield f"slicingArguments: there is no argument '{name}'", did_you_mean(name, field.args)
        elif str(argument.type).rstrip("!") != "Int":
            yield f"slicingArguments: '{name}' is {argument.type}, not Int", None
    sized = _texts(use, "sizedFields")
    if not sized and not is_list_type(get_nullable_type(field.type)):
        yield "the field is no list", "name the lists below it in sizedFields"
    below = get_named_type(field.type)
    known = below.fields if isinstance(below, GraphQLObjectType | GraphQLInterfaceType) else {}
    for name in sized:
        if name not in known:
            yield f"sizedFields: {below.name} has no field '{name}'", did_you_mean(name, known)
        elif not is_list_type(get_nullable_type(known[name].type)):
            yield f"sizedFields: {below.name}.{name} is no list", None


def _texts(use: DirectiveUse, name: str) -> list[str]:
    return cast("list[str]", use.get(name) or [])  # declared as [String!]
