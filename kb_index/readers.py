"""For whom an edition is, as one value that documents share: eyes are held to it once for all of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson

from kb_index.edition import Edition, Sight


@dataclass(frozen=True, slots=True)
class Readers:
    """Empty means for all, as in an edition."""

    unit: str
    channels: Collection[str]
    audiences: Collection[str]
    dimensions: Mapping[str, Collection[str]]

    def include(self, sight: Sight) -> bool:
        """What `Filters.of_sight` says of their documents, but for the window."""
        return (
            (sight.units is None or self.unit in sight.units)
            and _meet(self.channels, sight.channels)
            and _meet(self.audiences, sight.audiences)
            and all(_meet(values, _named(sight, name)) for name, values in self.dimensions.items())
        )


def text_of(edition: Edition) -> str:
    """The same for editions that are for the same."""
    dimensions = {name: sorted(values) for name, values in edition.dimensions.items() if values}
    told = [edition.unit, sorted(edition.channels), sorted(edition.audiences), dimensions]
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def read(text: str) -> Readers:
    return Readers(*orjson.loads(text))


def _meet(values: Collection[str], eyes: frozenset[str] | None) -> bool:
    return not values or eyes is None or not eyes.isdisjoint(values)


def _named(sight: Sight, name: str) -> frozenset[str] | None:
    return sight.dimensions.get(name) or (None if sight.every_dimension else frozenset())
