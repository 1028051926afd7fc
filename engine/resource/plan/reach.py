"""What can be known of an object before a call is made for it: from its maker, values, and other calls."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.resource.model import Connector, EntityConnector, Field, Registry
from engine.resource.plan.shapes import gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An object of a type; `has`: whether what made it gives a field."""

    registry: Registry
    type_name: str
    has: Callable[[str], bool]

    def obtainable(self, key: str, entity: EntityConnector) -> bool:
        """Whether a key is there before the entity is: plain data, a value, or a call of its own."""
        field = self._field(key)
        if self.has(key):
            return True
        return field is not None and (
            field.value is not None or any(c is not entity.connector for c in field.connectors)
        )

    def fills(self, entity: EntityConnector) -> bool:
        return all(self.obtainable(key, entity) for key in entity.keys)

    def cost(self, connector: Connector) -> int | None:
        """How many fields have to be fetched before a call of a field; None: one of them cannot be."""
        fetched = 0
        for name in {path[0] for path in connector.this_paths}:
            field = self._field(name)
            if self.has(name) or (field is not None and field.value is not None):
                continue
            if not self._fetchable(name, connector):
                return None
            fetched += 1
        return fetched

    def able(self, connectors: tuple[Connector, ...]) -> tuple[tuple[Connector, int], ...]:
        """Those of a field's connectors that can be called, with their costs; all of them if none can."""
        costs = [(connector, self.cost(connector)) for connector in connectors]
        able = tuple((connector, cost) for connector, cost in costs if cost is not None)
        return able or tuple((connector, 0) for connector in connectors)

    def _fetchable(self, name: str, asking: Connector) -> bool:
        field = self._field(name)
        if field is not None and any(connector is not asking for connector in field.connectors):
            return True
        return any(
            gives(entity.connector.selection.shape, self.type_name, name) and self.fills(entity)
            for entity in self.registry.entities.get(self.type_name, ())
        )

    def _field(self, name: str) -> Field | None:
        return self.registry.field(self.type_name, name)
