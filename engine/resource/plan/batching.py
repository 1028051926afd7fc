"""Compile a batch: how keys are read, coerced to their type, and found again in the answer's items."""

from collections.abc import Callable, Mapping

from graphql import GraphQLInt, GraphQLObjectType, GraphQLSchema, get_named_type

from engine.resource.mapping import Issues, Mapper, Needs
from engine.resource.model import Batch, Connector
from engine.resource.plan.steps import BatchCall, Read

Coerce = Callable[[object], object]


def compile_batch(
    connector: Connector, keys: tuple[Read, ...], needs: Needs | None, *, schema: GraphQLSchema, many: bool
) -> tuple[BatchCall, Mapper]:
    """The batch, and the mapper of one item of its answers."""
    batch = connector.batch
    assert batch is not None, "the caller looked"
    items, item = connector.selection.split_items()
    type_name, _, field_name = connector.coordinate.partition(".")
    coerce = tuple(coercion(schema, type_name, path) for path in batch.parents)
    entity = not field_name
    item_keys = (
        _mapped_keys(item.compile(_needs_of(batch)), batch, coerce) if entity else _raw_keys(batch, coerce)
    )
    call = BatchCall(
        max_size=batch.max_size,
        names=batch.parents,
        keys=keys,
        coerce=coerce,
        items=items,
        item_keys=item_keys,
        entity=entity,
        many=many,
    )
    return call, item.compile(needs)


def _needs_of(batch: Batch) -> dict[str, None]:
    return {path[0]: None for path in batch.keys}


def _mapped_keys(
    mapper: Mapper, batch: Batch, coerce: tuple[Coerce, ...]
) -> Callable[[object, Mapping[str, object]], tuple[object, ...] | None]:
    """On a type the key is read in the item as mapped: the selection gives it its field name."""

    def read(item: object, variables: Mapping[str, object]) -> tuple[object, ...] | None:
        return _key_of(mapper(item, variables, Issues()), batch, coerce)

    return read


def _raw_keys(
    batch: Batch, coerce: tuple[Coerce, ...]
) -> Callable[[object, Mapping[str, object]], tuple[object, ...] | None]:
    """On a field the key is a path in the item as answered."""
    return lambda item, _: _key_of(item, batch, coerce)


def _key_of(item: object, batch: Batch, coerce: tuple[Coerce, ...]) -> tuple[object, ...] | None:
    parts: list[object] = []
    for path, fit in zip(batch.keys, coerce, strict=True):
        value = item
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] # JSON
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
