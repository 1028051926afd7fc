"""Edits of a kind at every place of some modules: what a person mistypes, forgets or mixes up."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, ObjectTypeExtensionNode

from engine.resource.mapping import ObjectShape, Shape
from engine.resource.mapping.shape import FieldShape, alternatives
from engine.resource.model import Connector, Module, Place, Registry
from engine.resource.sdl.checks.dependencies import dependencies
from engine.resource.sdl.checks.registered import place_at, sites
from engine.resource.sdl.findings import place_inside, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One module with one change; `what` says the change and where it is."""

    module: str
    sdl: str
    what: str


def misspelt_fields(registry: Registry) -> Iterator[Edit]:
    """Every output key of every selection with a letter too many."""
    for site in sites(registry):
        for field in _keys(site.connector.selection.shape):
            place = place_at(site.connector, "selection", field.line, field.column)
            yield _misspelt(registry, place, r"\w+", "field")


def dropped_batch_keys(registry: Registry) -> Iterator[Edit]:
    """Every batch without what tells whose an answered item is."""
    for site in sites(registry):
        batch = site.connector.batch
        if batch is None:
            continue
        if site.field is not None:
            yield _edited(
                registry, site.connector.place, r'(?s)(batch: \{[^}]*?),? ?key: "\w+"', r"\1", "batch key"
            )
            continue
        for field in _keys(site.connector.selection.shape, deep=False):
            place = place_at(site.connector, "selection", field.line, field.column)
            name = _text_at(registry, place, r"\w+")
            if (name,) in batch.keys:
                yield _edited(registry, place, r"\w+(: \w+)?", "", f"batch key {name}")


def misspelt_names_of_variables(registry: Registry) -> Iterator[Edit]:
    """Every $variable with a letter too many."""
    for _, place, _ in _variables(registry):
        yield _misspelt(registry, place, r"\$\w+", "variable")


def misspelt_arguments_and_fields_of_variables(registry: Registry) -> Iterator[Edit]:
    """Every name after $args, $this, $batch and $context with a letter too many."""
    for name, place, _ in _variables(registry):
        if name in ("$args", "$this", "$batch", "$context"):
            pattern = r"\$\w+(\.| \{ ?)\w+"  # $args.id, or $args { id }
            yield _misspelt(registry, place, pattern, f"name after {name}")


def misspelt_sources(registry: Registry) -> Iterator[Edit]:
    for connector in _connectors(registry):
        if connector.source_name:
            yield _edited(registry, connector.place, r'source: "\w+', r"\g<0>q", "source")


def misspelt_directive_arguments(registry: Registry) -> Iterator[Edit]:
    for connector in _connectors(registry):
        for argument in connector.node.arguments or ():
            yield _misspelt(registry, place_of(argument), r"\w+", "argument of @connect")


def swapped_types(registry: Registry) -> Iterator[Edit]:
    """Every field of an object type with the next object type instead."""
    names = [
        name for name, owner in registry.types.items() if owner.fields and name not in ("Query", "Mutation")
    ]
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    for owner in registry.types.values():
        for field in owner.fields.values():
            if not isinstance(owner.node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
                continue
            node: FieldDefinitionNode = field.node
            text = _text_at(registry, place_of(node.type), r"[\[\]!\w]+")
            name = text.strip("[]!")
            if name in following:
                yield _edited(
                    registry, place_of(node.type), name, following[name], f"type of {field.coordinate}"
                )


def removed_keys(registry: Registry) -> Iterator[Edit]:
    for module in registry.modules.values():
        for match in re.finditer(r'@key\(fields: "\w+"\)', module.sdl):
            text = module.sdl[: match.start()] + module.sdl[match.end() :]
            yield Edit(module=module.name, sdl=text, what=f"@key removed at {match.start()}")


def closed_cycles(registry: Registry) -> Iterator[Edit]:
    """Every field that another is made of, made of that other itself."""
    for dependency in dependencies(registry):
        needed, field = dependency.needed, dependency.field
        if dependency.for_value and needed.parent == field.parent and needed.value is None:
            if needed.connectors:
                continue
            yield _edited(
                registry,
                place_of(needed.node.type),
                r"[\[\]!\w]+",
                rf'\g<0> @value(expr: "this.{field.name}")',
                f"cycle {field.coordinate}, {needed.coordinate}",
            )


def variable_hosts(registry: Registry) -> Iterator[Edit]:
    for source in registry.sources.values():
        yield _edited(registry, source.place, r"http://127.0.0.1", "http://{$args.host}", "host")


KINDS = (
    misspelt_fields,
    dropped_batch_keys,
    misspelt_names_of_variables,
    misspelt_arguments_and_fields_of_variables,
    misspelt_sources,
    misspelt_directive_arguments,
    swapped_types,
    removed_keys,
    closed_cycles,
    variable_hosts,
)


def _keys(shape: Shape, *, deep: bool = True) -> Iterator[FieldShape]:
    for each in alternatives(shape):
        for field in each.fields.values() if isinstance(each, ObjectShape) else ():
            yield field
            if deep:
                yield from _keys(field.shape)


def _connectors(registry: Registry) -> Iterator[Connector]:
    return (site.connector for site in sites(registry))


def _variables(registry: Registry) -> Iterator[tuple[str, Place, tuple[str, ...]]]:
    written = [(w.text, w.variables) for c in _connectors(registry) for w in c.written]
    written += [(w.text, w.variables) for source in registry.sources.values() for w in source.written]
    for text, variables in written:
        for use in variables:
            yield use.name, place_inside(text, use.line, use.column), use.path


def _offset(modules: Mapping[str, Module], place: Place) -> int:
    lines = modules[place.module].sdl.split("\n")
    return sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1


def _text_at(registry: Registry, place: Place, pattern: str) -> str:
    start = _offset(registry.modules, place)
    match = re.compile(pattern).match(registry.modules[place.module].sdl, start)
    assert match is not None, f"no {pattern} at {place}"
    return match.group()


def _misspelt(registry: Registry, place: Place, pattern: str, what: str) -> Edit:
    text = _text_at(registry, place, pattern)
    return _edited(registry, place, re.escape(text), text.replace("\\", r"\\") + "q", f"{what} {text}")


def _edited(registry: Registry, place: Place, pattern: str, new: str, what: str) -> Edit:
    """The module of a place with the first match from there on replaced."""
    sdl = registry.modules[place.module].sdl
    start = _offset(registry.modules, place)
    tail, count = re.subn(pattern, new, sdl[start:], count=1)
    assert count == 1, f"no {pattern} after {place}"
    return Edit(module=place.module, sdl=sdl[:start] + tail, what=f"{what} at {place.line}:{place.column}")
