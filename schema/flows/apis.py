"""Which APIs give a field? By their ids, as `@connect(id:)` names them."""

from collections.abc import Sequence

from engine.resource.model import Registry


def apis_of(registry: Registry, coordinate: str) -> Sequence[str]:
    owner, _, name = coordinate.partition(".")
    field = registry.field(owner, name)
    return () if field is None else [connector.api for connector in field.connectors]
