"""Which fields mean something else under another registry, and which fields a change is about."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from graphql import (
    FieldDefinitionNode,
    InputValueDefinitionNode,
    TypeDefinitionNode,
    print_ast,
)

from engine.resource.model import AccessRule, Registry
from engine.resource.sdl.entities import named_type

FIELDS = ("object_type_definition", "interface_type_definition")  # kinds whose members are coordinates
KEPT_DIRECTIVES = ("deprecated", "oneOf")
_Definition = TypeDefinitionNode | FieldDefinitionNode


def touched_fields(old: Registry, new: Registry) -> frozenset[str]:
    """Coordinates of the old registry's fields whose type, arguments, deprecation, visibility or access
    differ in the new one, or that are gone. CPU-bound: a pass over both.
    """
    changed = _changed_types(old, new)
    taking = _with_holders(old, changed)
    touched: set[str] = set()
    for name, node in old.definitions.items():
        theirs = {field.name.value: field for field in _fields(new.definitions.get(name))}
        for field in _fields(node):
            after = theirs.get(field.name.value)
            same = (
                after is not None
                and _reads_the_same(field, after)
                and _guards(old, name, field.name.value) == _guards(new, name, field.name.value)
            )
            if not same or name in changed or not taking.isdisjoint(_named(field)):
                touched.add(f"{name}.{field.name.value}")
    return frozenset(touched)


def fields_about(registry: Registry, coordinate: str) -> frozenset[str]:
    """The fields that have to do with a coordinate: the field itself, or those that give or take a type."""
    name, _, member = coordinate.partition("(")[0].partition(".")
    node = registry.definitions.get(name)
    if member and node is not None and node.kind in FIELDS:
        return frozenset({f"{name}.{member}"})
    taking = _with_holders(registry, {name})
    return frozenset(
        f"{owner}.{field.name.value}"
        for owner, one in registry.definitions.items()
        for field in _fields(one)
        if not taking.isdisjoint(_named(field))
    )


def access_differs(old: Registry, new: Registry, coordinate: str) -> bool:
    """Whether a field that is there in both is given to others than before."""
    owner, _, name = coordinate.partition(".")
    return any(_guards(old, owner, field) != _guards(new, owner, field) for field in (name, None))


def _changed_types(old: Registry, new: Registry) -> set[str]:
    return {
        name
        for name, node in old.definitions.items()
        if name not in new.definitions
        or not _reads_the_same(node, new.definitions[name])
        or _guards(old, name) != _guards(new, name)
    }


def _with_holders(registry: Registry, types: Collection[str]) -> set[str]:
    """These types, and the input types that hold one of them, at any depth."""
    found = set(types)
    inputs = {
        name: set(_named_inputs(node))
        for name, node in registry.definitions.items()
        if node.kind == "input_object_type_definition"
    }
    while more := {name for name, held in inputs.items() if name not in found and not held.isdisjoint(found)}:
        found |= more
    return found


def _fields(node: TypeDefinitionNode | None) -> Iterator[FieldDefinitionNode]:
    if node is not None and node.kind in FIELDS:
        yield from getattr(node, "fields", None) or ()


def _named(field: FieldDefinitionNode) -> set[str]:
    """The types it gives and takes."""
    return {named_type(field.type), *(named_type(argument.type) for argument in field.arguments or ())}


def _named_inputs(node: TypeDefinitionNode) -> Iterator[str]:
    fields: tuple[InputValueDefinitionNode, ...] = getattr(node, "fields", None) or ()
    for field in fields:
        yield named_type(field.type)


def _reads_the_same(before: _Definition, after: _Definition) -> bool:
    """Nodes of modules that were not published anew are the same objects: printing costs 50 µs each."""
    return before is after or _signature(before) == _signature(after)


def _signature(node: _Definition) -> str:
    """What clients rely on, without descriptions and mappings; of a type with fields, all but these."""
    without: Mapping[str, object] = {"description": None, "directives": _kept(node)}
    if node.kind in FIELDS:
        without = {**without, "fields": ()}
    elif members := getattr(node, "fields", None) or getattr(node, "values", None):
        name = "values" if getattr(node, "values", None) else "fields"
        plain = tuple(replace(one, description=None, directives=_kept(one)) for one in members)
        without = {**without, name: plain}
    return print_ast(replace(node, **without))  # pyright: ignore[reportArgumentType] # parts of this node


def _kept(node: object) -> tuple[object, ...]:
    directives = getattr(node, "directives", None) or ()
    return tuple(one for one in directives if one.name.value in KEPT_DIRECTIVES)


def _guards(registry: Registry, name: str, field: str | None = None) -> object:
    """Whether clients see it, and who: comparable between registries."""
    owner = registry.types.get(name)
    guarded = owner if owner is None or field is None else owner.fields.get(field)
    return None if guarded is None else (guarded.inaccessible, tuple(map(_comparable, guarded.rules)))


def _comparable(rule: AccessRule) -> object:
    condition = None if rule.when is None else rule.when.source
    return rule.authenticated, rule.scopes, rule.channels, rule.roles, condition, rule.on_deny
