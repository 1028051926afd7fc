"""@key names leaf fields of its type; what fills a type by key reads its key and nothing else."""

from collections.abc import Iterable, Sequence

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    is_leaf_type,
    is_required_argument,
)

from engine.resource.model import Connector, Field, Place, Registry, Type
from engine.resource.sdl.checks.registered import ROOTS, fields_of_type, place_at
from engine.resource.sdl.findings import Findings, did_you_mean, place_inside, place_of
from engine.resource.sdl.vocabulary import uses


def check_keys(registry: Registry, findings: Findings) -> None:
    for owner in registry.types.values():
        if owner.name in ROOTS:
            continue
        _check_key_fields(owner, registry, findings)
        for connector in owner.connectors:
            _check_type_connector(connector, owner, findings)
    for root in ROOTS:
        for field in registry.types[root].fields.values() if root in registry.types else ():
            _check_entity(field, registry, findings)
    for owner in registry.types.values():
        for field in owner.fields.values() if owner.name not in ROOTS else ():
            for connector in field.connectors:
                if connector.entity:
                    _refuse_entity(connector, "only a field of Query can be 'entity: true'", None, findings)


def _check_key_fields(owner: Type, registry: Registry, findings: Findings) -> None:
    for use in uses(registry.definitions[owner.name].directives, "key"):
        text = use.text_at("fields")
        names = text.value.split() if text is not None else []
        if text is None or not names or "{" in names:
            findings.add(
                "KEY_FORM",
                f"@key of '{owner.name}' lists the names of its fields",
                place_of(text or use.node),
                path=owner.name,
                suggestion='Write @key(fields: "id"), or "a b" for a key of two fields',
            )
            continue
        for name in names:
            place = place_inside(text, 1, text.value.find(name) + 1)
            _check_key_field(name, owner, place, registry, findings)


def _check_key_field(name: str, owner: Type, place: Place, registry: Registry, findings: Findings) -> None:
    known = fields_of_type(registry.schema.type_map.get(owner.name))
    if name not in known:
        message = f"type '{owner.name}' has no field '{name}'"
        hint = did_you_mean(name, known)
        findings.add("UNKNOWN_FIELD", message, place, path=owner.name, suggestion=hint)
    elif not _is_key_type(known[name].type):
        message = f"'{owner.name}.{name}' cannot be a key: a key is one value, not a list or an object"
        findings.add("KEY_FORM", message, place, path=owner.name)
    elif any(is_required_argument(argument) for argument in known[name].args.values()):
        message = f"'{owner.name}.{name}' cannot be a key: it needs arguments"
        findings.add("KEY_FORM", message, place, path=owner.name)


def _is_key_type(declared: GraphQLType) -> bool:
    if isinstance(declared, GraphQLNonNull):
        declared = declared.of_type
    return is_leaf_type(declared)


def _check_type_connector(connector: Connector, owner: Type, findings: Findings) -> None:
    """A call on a type is for stubs: it asks by the fields of one key."""
    if connector.entity:
        message = "'entity: true' belongs on a Query field; on a type it goes without saying"
        _refuse_entity(connector, message, "Leave it out", findings)
    read = {path[0] for path in connector.this_paths}
    if read and any(read <= set(key) for key in owner.keys):
        return
    if connector.batch is not None and not read:
        return  # BATCH_WITHOUT_VARIABLE says it better
    example = " ".join(sorted(read)) or "id"
    if not owner.keys:
        message = f"type '{owner.name}' has no @key, so nothing can be filled by this call"
        suggestion = f'Write type {owner.name} @key(fields: "{example}")'
    elif read:
        message = f"the call asks for a '{owner.name}' by {_listed(read)}, which is no @key of it"
        suggestion = f"Ask by a key ({_keys(owner.keys)}), or declare another @key"
    else:
        message = f"the call does not say which '{owner.name}' it asks for"
        suggestion = (
            f"Use {{$this.{owner.keys[0][0]}}} in the URL, or a batch with {{$batch.{owner.keys[0][0]}}}"
        )
    findings.add("ENTITY_WITHOUT_KEY", message, connector.place, path=owner.name, suggestion=suggestion)


def _check_entity(field: Field, registry: Registry, findings: Findings) -> None:
    for connector in field.connectors:
        if not connector.entity:
            continue
        if field.parent != "Query":
            _refuse_entity(connector, "only a field of Query can be 'entity: true'", None, findings)
            continue
        definition = fields_of_type(registry.schema.type_map["Query"])[field.name]
        declared = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
        owner = None if isinstance(declared, GraphQLList) else registry.types.get(declared.name)
        if owner is None or not isinstance(declared, GraphQLObjectType):
            message = f"'entity: true' is for a field that gives one object, and {field.coordinate} does not"
            _refuse_entity(connector, message, None, findings)
        elif not any(set(key) == set(definition.args) for key in owner.keys):
            given = _listed(definition.args)
            message = f"the arguments of {field.coordinate} are {given}, and {owner.name} has no such @key"
            suggestion = (
                f"Name the arguments like a key of it ({_keys(owner.keys)})"
                if owner.keys
                else f'Write type {owner.name} @key(fields: "{" ".join(definition.args) or "id"}")'
            )
            _refuse_entity(connector, message, suggestion, findings)


def _refuse_entity(connector: Connector, message: str, suggestion: str | None, findings: Findings) -> None:
    place = place_at(connector, "entity")
    findings.add("ENTITY_FORM", message, place, path=connector.coordinate, suggestion=suggestion)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(f"'{name}'" for name in sorted(names)) or "none"


def _keys(keys: Sequence[Sequence[str]]) -> str:
    return ", ".join(f'"{" ".join(key)}"' for key in keys)
