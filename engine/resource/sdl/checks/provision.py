"""Every field that a query can reach gets its value from somewhere, on every way to it."""

from collections.abc import Sequence

from engine.resource.model import EntityConnector, Field, Place, Registry
from engine.resource.plan.shapes import fields_of
from engine.resource.sdl.checks.positions import Bare, Position, Walk
from engine.resource.sdl.checks.registered import ROOTS, place_at
from engine.resource.sdl.findings import Findings

MAX_PATHS = 3  # of one field, named in full


def check_provision(walk: Walk, registry: Registry, findings: Findings) -> None:
    lacking: dict[tuple[str, str], list[Position]] = {}
    for position in walk.positions:
        for name, supply in position.supplies.items():
            if supply is Bare.NOTHING:
                field = position.owner.fields[name]
                at = _place_in_fault(field, position, registry)
                lacking.setdefault((field.coordinate, at.module), []).append(position)
    for (coordinate, _), positions in lacking.items():
        field = positions[0].owner.fields[coordinate.partition(".")[2]]
        findings.add(
            "FIELD_WITHOUT_VALUE",
            _message(field, positions),
            _place_in_fault(field, positions[0], registry),
            path=coordinate,
            suggestion=_suggestion(field, positions[0], walk, registry),
        )


def _place_in_fault(field: Field, position: Position, registry: Registry) -> Place:
    """The field; but what another module makes without it lacks it there."""
    if position.providers:
        maker = position.providers[0]
        return field.place if maker.module == field.module else place_at(maker, "selection")
    if position.inner:
        constant = registry.field(*position.inner[0].split("."))
        if constant is not None and constant.value is not None and constant.module != field.module:
            return constant.value.place
    return field.place


def _message(field: Field, positions: Sequence[Position]) -> str:
    if field.parent in ROOTS:
        return f"nothing gives {field.coordinate} a value"
    paths = list(dict.fromkeys(path_of(position, field.coordinate) for position in positions))
    more = f" and {len(paths) - MAX_PATHS} more" if len(paths) > MAX_PATHS else ""
    return f"nothing gives a value on the way {', '.join(paths[:MAX_PATHS])}{more}"


def path_of(position: Position, coordinate: str) -> str:
    return " → ".join((*position.path, coordinate))


def _suggestion(field: Field, position: Position, walk: Walk, registry: Registry) -> str:
    own = f"give {field.coordinate} a @connect or @value"
    if field.parent in ROOTS:
        return own[0].upper() + own[1:]
    maker = _maker(position)
    entity = _entity_with(field, registry)
    if entity is not None:
        reach = walk.reach(position)
        missing = [key for key in entity.keys if not reach.obtainable(key, entity)]
        keys = " and ".join(f"'{key}'" for key in missing)
        return f"Add {keys} to {maker}, so that {entity.connector.api} can fill the {field.parent}; or {own}"
    others = registry.entities.get(field.parent, ())
    if others:
        return f"Add '{field.name}' to the selection of {others[0].connector.coordinate}, or {own}"
    return f"Add '{field.name}' to {maker}, or {own}"


def _entity_with(field: Field, registry: Registry) -> EntityConnector | None:
    """A call that would fill this field, if the object had the key for it."""
    entities = registry.entities.get(field.parent, ())
    return next(
        (e for e in entities if field.name in fields_of(e.connector.selection.shape, field.parent)), None
    )


def _maker(position: Position) -> str:
    if not position.providers:
        return f"the constant of {position.inner[0]}" if position.inner else "what gives it"
    where = f", at {'.'.join(position.inner)}" if position.inner else ""
    return f"the selection of {position.providers[0].coordinate}{where}"
