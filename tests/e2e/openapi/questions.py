"""Operations that ask for all of an imported field, and whether the answer is what the API sent."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
)

from engine.resource.model import Registry

DEEP = 12
VALUES = {"String": '"word"', "ID": '"7"', "Int": "7", "Float": "7", "Boolean": "true", "JSON": '"free"'}


def question(registry: Registry, root: str, name: str) -> str:
    """An operation on one root field: every argument given, all asked for that needs no other call."""
    asked = root_field(registry, root, name)
    given = ", ".join(f"{each}: {_value(argument.type)}" for each, argument in asked.args.items())
    selection = _selection(asked, registry, ())
    keyword = "mutation" if root == "Mutation" else "query"
    return f"{keyword} {{ {name}{f'({given})' if given else ''} {selection} }}"


def root_field(registry: Registry, root: str, name: str) -> GraphQLField:
    declared = registry.schema.type_map[root]
    assert isinstance(declared, GraphQLObjectType), root
    return declared.fields[name]


def _value(declared: GraphQLType, depth: int = 0) -> str:
    if isinstance(declared, GraphQLNonNull):
        declared = declared.of_type
    if isinstance(declared, GraphQLList):
        return f"[{_value(declared.of_type, depth)}]"
    if isinstance(declared, GraphQLEnumType):
        return next(iter(declared.values))
    if isinstance(declared, GraphQLInputObjectType):
        members = (
            f"{name}: {_value(member.type, depth + 1)}"
            for name, member in declared.fields.items()
            if depth < 3 or isinstance(member.type, GraphQLNonNull)
        )
        return f"{{ {', '.join(members)} }}"
    return VALUES[str(declared)]


def _selection(asked: GraphQLField, registry: Registry, path: tuple[str, ...]) -> str:
    declared = get_named_type(asked.type)
    if isinstance(declared, GraphQLUnionType):
        members = (f"... on {each.name} {_of_object(each, registry, path)}" for each in declared.types)
        return f"{{ __typename {' '.join(members)} }}"
    return _of_object(declared, registry, path) if isinstance(declared, GraphQLObjectType) else ""


def _of_object(declared: GraphQLObjectType, registry: Registry, path: tuple[str, ...]) -> str:
    registered = registry.types[declared.name]
    if declared.name in path and registered.keys:
        return f"{{ {registered.keys[0][0]} }}"  # a stub: more of it is another call
    own = [name for name in declared.fields if not registered.fields[name].connectors]
    fields = (f"{name} {_selection(declared.fields[name], registry, (*path, declared.name))}" for name in own)
    return f"{{ {' '.join(fields)} }}"


def differences(sent: Any, got: Any, declared: GraphQLType, schema: GraphQLSchema, at: str) -> Iterator[str]:
    """Where an answer is not what the API sent, or its type has no field for a property of it."""
    if isinstance(declared, GraphQLNonNull):
        declared = declared.of_type
    if isinstance(declared, GraphQLList) and isinstance(sent, list):
        if not isinstance(got, list) or len(got) != len(sent):
            yield f"{at}: {got!r} for {sent!r}"
            return
        for index, (one, other) in enumerate(zip(sent, got, strict=True)):
            yield from differences(one, other, declared.of_type, schema, f"{at}[{index}]")
    elif isinstance(sent, dict) and isinstance(got, dict) and str(declared) != "JSON":
        concrete = schema.type_map[got["__typename"]] if "__typename" in got else declared
        assert isinstance(concrete, GraphQLObjectType), concrete
        yield from _in_object(sent, got, concrete, schema, at)
    elif _plain(sent, declared) != _plain(got, declared):
        yield f"{at}: {got!r} for {sent!r}"


def _in_object(
    sent: dict[str, Any], got: dict[str, Any], declared: GraphQLObjectType, schema: GraphQLSchema, at: str
) -> Iterator[str]:
    names = {_letters(name): name for name in declared.fields}
    for wire, value in sent.items():
        name = names.get(_letters(wire))
        if name is None:
            yield f"{at}: no field for {wire!r}"
        elif name in got:
            yield from differences(value, got[name], declared.fields[name].type, schema, f"{at}.{name}")


def _letters(name: str) -> str:
    signs = {"+": "plus", "-": "minus", "@": "at"}
    lead = signs.get(name[:1], "") if name[1:2].isdigit() else ""
    return lead + "".join(char for char in name.lower() if char.isalnum())


def _plain(value: Any, declared: GraphQLType) -> object:
    if isinstance(get_named_type(declared), GraphQLEnumType):
        return _letters(str(value))
    return str(value) if str(declared) == "ID" else value
