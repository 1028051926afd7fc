"""What an operation asks for, so that it can be counted once and be told by field and API later."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import NamedTuple

from engine.resource.model import Connector, Registry
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.drafts import Draft
from engine.resource.plan.wanted import Position, Selected, Wanted

Places = Mapping[str, tuple[str, "Places"]]  # response key -> the coordinate of its field, and what is below


class AskedField(NamedTuple):  # many are made while an operation is compiled
    """A field that an operation asks for, or needs; `apis` give it, none where it is computed or constant."""

    coordinate: str
    unit: str
    apis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """`connectors`: each API that may be called. Of an interface's objects, each type's fields count."""

    fields: tuple[AskedField, ...]
    connectors: tuple[Connector, ...]
    places: Places

    def coordinate_at(self, path: Sequence[str | int]) -> str | None:
        """The field that stands at a path of the response, or the nearest above it."""
        found, places = None, self.places
        for key in path:
            if isinstance(key, str) and key in places:
                found, places = places[key]
        return found


def coverage_of(root: Position, selected: Selected, drafting: Drafting, registry: Registry) -> Coverage:
    asked: dict[str, AskedField] = {}
    for field in _fields(root, drafting, registry, ()):
        known = asked.get(field.coordinate)
        if known is not None and known.apis != field.apis:  # at several places, from several APIs
            field = field._replace(apis=tuple(sorted({*known.apis, *field.apis})))
        asked[field.coordinate] = field
    connectors = {
        draft.connector.site: draft.connector
        for drafts in drafting.drafts.values()
        for draft in drafts
        if draft.connector is not None
    }
    return Coverage(
        fields=tuple(asked.values()), connectors=tuple(connectors.values()), places=_places(selected)
    )


def _fields(
    position: Position, drafting: Drafting, registry: Registry, providers: Sequence[Draft]
) -> Iterator[AskedField]:
    for wants in position.objects.values():
        for wanted in wants.fields.values():
            registered = registry.field(wanted.type_name, wanted.name)
            if registered is None:
                continue
            givers = _givers(wanted, drafting, providers)
            apis = tuple([giver.connector.api for giver in givers if giver.connector is not None])
            yield AskedField(intern(wanted.coordinate), registered.unit, apis)
            if wanted.child is not None:
                yield from _fields(wanted.child, drafting, registry, givers)


def _givers(wanted: Wanted, drafting: Drafting, providers: Sequence[Draft]) -> Sequence[Draft]:
    """The calls that give a field; one that no step fills comes with the object around it."""
    draft = drafting.supplies[wanted].draft
    if draft is None:
        return drafting.givers_of(wanted) or providers
    return draft.calls


def _places(selected: Selected) -> Places:
    places: dict[str, tuple[str, Places]] = {}
    for outputs in selected.outputs.values():
        for output in outputs:
            if output.wanted is not None and output.key not in places:
                below = _places(output.selected) if output.selected is not None else {}
                places[output.key] = (intern(output.wanted.coordinate), below)
    return places
