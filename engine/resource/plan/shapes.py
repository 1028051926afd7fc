"""What a provider's mapping gives at one place: which fields are there, and which are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.resource.mapping import Needs, ObjectShape, OneOf, Shape
from engine.resource.plan.wanted import TYPENAME

NeedsTree = dict[str, "NeedsTree | None"]  # grows while a plan is drafted; None: everything below


def fields_of(shape: Shape, type_name: str | None) -> Mapping[str, Shape]:
    """The fields that a shape gives to objects of `type_name` (None: of any type).

    Of alternatives, only those count whose `__typename` is that type or is not known beforehand.
    """
    if isinstance(shape, OneOf):
        merged: dict[str, Shape] = {}
        for alternative in shape.shapes:
            for name, given in fields_of(alternative, type_name).items():
                merged[name] = OneOf(shapes=(merged[name], given)) if name in merged else given
        return merged
    if not isinstance(shape, ObjectShape):
        return {}
    known = shape.typenames
    if type_name is not None and known is not None and type_name not in known:
        return {}
    return {name: given.shape for name, given in shape.fields.items()}


def gives(shape: Shape, type_name: str | None, name: str) -> bool:
    """Whether `name` is among `fields_of`, which is asked of every field of every operation."""
    if isinstance(shape, OneOf):
        return any(gives(alternative, type_name, name) for alternative in shape.shapes)
    if not isinstance(shape, ObjectShape) or name not in shape.fields:
        return False
    known = shape.typenames
    return type_name is None or known is None or type_name in known


@dataclass(slots=True, eq=False)
class View:
    """A provider seen from one position: `shape` None gives every name (raw data of a @value)."""

    shape: Shape | None
    needs: NeedsTree = field(default_factory=lambda: NeedsTree())

    def has(self, name: str, type_name: str) -> bool:
        return self.shape is None or gives(self.shape, type_name, name)

    def need_leaf(self, name: str) -> None:
        if name not in self.needs:
            self.needs[name] = None

    def need_object(self, name: str, type_name: str) -> "View":
        """The view of the objects under `name`, which will then be part of what is asked for."""
        below = self.needs.setdefault(name, {})
        if below is None:
            below = {}  # everything below is asked for already
        shape = None if self.shape is None else fields_of(self.shape, type_name).get(name)
        return View(shape, below)

    def need_everything(self) -> None:
        """Ask for all plain fields: an expression takes the object as a whole."""
        if self.shape is None:
            return
        for name in fields_of(self.shape, None):
            self.needs[name] = None

    def freeze(self) -> Needs:
        return self.needs

    def need_typename(self) -> None:
        self.need_leaf(TYPENAME)
