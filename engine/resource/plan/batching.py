"""Compile a batch: how keys are read, coerced to their type, and found again in the answer's items."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from graphql import GraphQLInt, GraphQLObjectType, GraphQLSchema, get_named_type

from engine.resource.mapping import ListMapper, Mapper, Needs
from engine.resource.model import Batch, Connector
from engine.resource.plan.steps import SCALARS, BatchCall, Object, Read

Coerce = Callable[[object], object]
Key = tuple[object, ...]


def compile_batch(
    connector: Connector, keys: tuple[Read, ...], needs: Needs | None, *, schema: GraphQLSchema, many: bool
) -> tuple[BatchCall, Mapper]:
    """The batch, and the mapper from its answers to their raw items."""
    batch = connector.batch
    assert batch is not None, "the caller looked"
    items, item = connector.selection.split_items()
    type_name, _, field_name = connector.coordinate.partition(".")
    coerce = tuple(coercion(schema, type_name, path) for path in batch.parents)
    entity = not field_name
    call = BatchCall(
        max_size=batch.max_size,
        names=batch.parents,
        keys=keys,
        coerce=coerce,
        item_keys=_item_keys(item.compile_each(_needs_of(batch)) if entity else None, batch, coerce),
        map_items=item.compile_each(needs),
        entity=entity,
        many=many,
    )
    return call, items


def _needs_of(batch: Batch) -> dict[str, None]:
    return {path[0]: None for path in batch.keys}


def _item_keys(
    mapped: ListMapper | None, batch: Batch, coerce: tuple[Coerce, ...]
) -> Callable[[list[object], Mapping[str, object]], Sequence[Key | None]]:
    """On a type the key is read in the item as mapped: the selection gives it its field name.

    On a field the key is a path in the item as answered.
    """
    single = batch.keys[0][0] if len(batch.keys) == 1 and len(batch.keys[0]) == 1 else None

    def read(items: list[object], variables: Mapping[str, object]) -> Sequence[Key | None]:
        rows = items if mapped is None else mapped(items, variables)
        keys = None if single is None else _plain_keys(single, coerce[0], rows)
        return [_key_of(row, batch, coerce) for row in rows] if keys is None else keys

    return read


def _plain_keys(name: str, fit: Coerce, rows: list[Any]) -> Sequence[Key] | None:
    """The keys where each row is an object that has a scalar there, else None."""
    try:
        column: list[object] = [row[name] for row in rows]
    except (KeyError, TypeError):
        return None
    return list(zip(map(fit, column))) if SCALARS.issuperset(map(type, column)) else None


def _key_of(item: object, batch: Batch, coerce: tuple[Coerce, ...]) -> Key | None:
    parts: list[object] = []
    for path, fit in zip(batch.keys, coerce, strict=True):
        value = item
        for name in path:
            value = cast("Object", value).get(name) if type(value) is dict else None
        if value is None or isinstance(value, dict | list):
            return None
        parts.append(fit(value))
    return tuple(parts)


def coercion(schema: GraphQLSchema, type_name: str, path: tuple[str, ...]) -> Coerce:
    """Keys meet in the key field's type: an ID 1 is "1", an Int "1" is 1."""
    declared = schema.get_type(type_name)
    for name in path:
        if not isinstance(declared, GraphQLObjectType) or name not in declared.fields:
            return _as_is
        declared = get_named_type(declared.fields[name].type)
    return _as_int if declared is GraphQLInt else _as_text


def _as_is(value: object) -> object:
    return value


def _as_text(value: object) -> object:
    if type(value) is str:
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_int(value: object) -> object:
    if type(value) is int:
        return value
    try:
        return int(str(value))
    except ValueError:
        return str(value)
