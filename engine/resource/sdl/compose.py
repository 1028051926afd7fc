"""Compose published modules into a registry: merge, read the directives, check, freeze."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from graphql import FieldDefinitionNode, Node, StringValueNode

from engine.problem import Problem
from engine.resource.model import Field, Module, Registry, Source, Type
from engine.resource.sdl.checks import CHECKS
from engine.resource.sdl.checks.addresses import check_addresses
from engine.resource.sdl.connectors import read_source
from engine.resource.sdl.entities import entity_connectors
from engine.resource.sdl.fields import FieldReader
from engine.resource.sdl.findings import Findings, place_of
from engine.resource.sdl.merging import Merged, Part, Platform, merge
from engine.resource.sdl.owners import directives_of_schema
from engine.resource.sdl.vocabulary import first_use, uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What checking all modules together gave: a registry, unless a problem is an error."""

    registry: Registry | None
    problems: tuple[Problem, ...]


def compose(
    modules: Sequence[Module], platform: Platform | None = None, *, newest: str | None = None
) -> Composition:
    """Compose modules (in the order of their names) into a registry; all problems at once.

    Of two modules that clash the later is told. `newest` is then the last; its registry is for problems only.
    """
    platform = platform or Platform()
    modules = sorted(modules, key=lambda module: (module.name == newest, module.name))
    findings = Findings()
    merged = merge(modules, platform, findings)
    registry = _read(modules, merged, platform, findings)
    for check in CHECKS:
        check(registry, findings)
    if platform.guard is not None:
        check_addresses(registry, findings, platform.guard)
    return Composition(registry=None if findings.has_errors else registry, problems=findings.problems)


def _read(modules: Sequence[Module], merged: Merged, platform: Platform, findings: Findings) -> Registry:
    sources = {module.name: _read_sources(module, merged, findings) for module in modules}
    by_name = {module.name: module for module in modules}
    reader = FieldReader(merged.schema.type_map, by_name, sources, findings)
    units = {module.name: _unit_of(module, merged) for module in modules}
    types = {name: _read_type(name, parts, reader, units) for name, parts in merged.parts.items()}
    return Registry(
        revision=_revision(modules),
        schema=merged.schema,
        platform=platform.document,
        definitions=merged.definitions,
        modules=by_name,
        units=units,
        types=types,
        sources={s.key: s for found in sources.values() for s in found.values() if s is not None},
        entities=entity_connectors(types),
        rules=tuple(reader.rules),
    )


def _revision(modules: Sequence[Module]) -> str:
    """A digest of what is published. Clients read it, so secrets have no part in it: one could guess them."""
    digest = sha256()
    for module in modules:
        for part in (module.name, module.sdl):
            digest.update(part.encode())
            digest.update(b"\0")
    return digest.hexdigest()[:16]


def _unit_of(module: Module, merged: Merged) -> str:
    owner = first_use(tuple(merged.schema_directives[module.name]), "owner")
    return cast("str", owner.get("unit")) if owner else module.name


def _read_sources(module: Module, merged: Merged, findings: Findings) -> dict[str, Source | None]:
    sources: dict[str, Source | None] = dict.fromkeys(_names_of_sources(module))  # of refused ones too
    read: set[str] = set()
    for use in uses(tuple(merged.schema_directives[module.name]), "source"):
        name = cast("str", use.get("name"))
        if name in read:
            findings.add("DUPLICATE_SOURCE", f"source '{name}' is declared twice", place_of(use.node))
            continue
        read.add(name)
        sources[name] = read_source(use, module.name, findings)
    return sources


def _names_of_sources(module: Module) -> Iterator[str]:
    declared = (node for node in directives_of_schema(module.document) if node.name.value == "source")
    for node in declared:
        for argument in node.arguments or ():
            if argument.name.value == "name" and isinstance(argument.value, StringValueNode):
                yield argument.value.value


def _read_type(name: str, parts: Sequence[Part], reader: FieldReader, units: Mapping[str, str]) -> Type:
    definition = next((part for part in parts if "extension" not in part.node.kind), parts[0])
    fields = _read_fields(name, parts, reader, units)
    own = tuple(node for part in parts for node in part.node.directives or ())
    owner = first_use(own, "owner")
    return Type(
        name=name,
        module=definition.module,
        unit=cast("str", owner.get("unit")) if owner else units[definition.module],
        node=definition.node,
        fields=fields,
        keys=tuple(tuple(cast("str", use.get("fields")).split()) for use in uses(own, "key")),
        connectors=tuple(
            connector
            for part in parts
            for connector in reader.read_connectors(
                part.node.directives or (), type_name=name, module=part.module
            )
        ),
        rules=reader.read_rules(own, coordinate=name, variables=reader.type_variables(name)),
        inaccessible=first_use(own, "inaccessible") is not None,
        place=place_of(definition.node.name),
    )


def _read_fields(
    name: str, parts: Sequence[Part], reader: FieldReader, units: Mapping[str, str]
) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for part in parts:
        members: tuple[Node, ...] = getattr(part.node, "fields", None) or ()  # of input types: other nodes
        for node in members:
            if isinstance(node, FieldDefinitionNode) and node.name.value not in fields:
                fields[node.name.value] = reader.read_field(
                    node, parent=name, module=part.module, unit=units[part.module]
                )
    return fields
