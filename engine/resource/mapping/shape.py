"""What a mapping gives, known without any answer. Lists are transparent: a shape may be a list of such."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal as OneOfThese
from typing import TypeAlias

Kind: TypeAlias = OneOfThese["string", "number", "boolean", "null"]
MAX_ALTERNATIVES = 64  # of one object: spreads with several arms multiply


class TooManyAlternatives(Exception):
    """An object could take more than `MAX_ALTERNATIVES` forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """The value of a leaf is not written in the mapping."""


UNWRITTEN = Unwritten()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A scalar whose JSON kind is known; `literal` when its very value is written in the mapping."""

    kind: Kind
    literal: bool | int | float | str | Unwritten | None = UNWRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyShape:
    """Handed on as it comes: nothing is known about it, and nothing of it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """A key of the output; the place is that of its entry in the text; `optional` when marked with `?`."""

    shape: "Shape"
    line: int
    column: int
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectShape:
    """An object with these keys and no others, in written order."""

    fields: Mapping[str, FieldShape]

    @property
    def typenames(self) -> tuple[str, ...] | None:
        """The literal values `__typename` may take here; None if absent or not literal."""
        field = self.fields.get("__typename")
        if field is None:
            return None
        names: list[str] = []
        for shape in alternatives(field.shape):
            if isinstance(shape, Leaf) and isinstance(shape.literal, str):
                names.append(shape.literal)
            elif shape != Leaf(kind="null", literal=None):
                return None
        return tuple(names) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """One of several shapes, none of them a OneOf: an abstract type, a default, a conditional."""

    shapes: "tuple[Shape, ...]"


Shape: TypeAlias = Leaf | AnyShape | ObjectShape | OneOf

ANY = AnyShape()
NULL = Leaf(kind="null", literal=None)
STRING = Leaf(kind="string")
NUMBER = Leaf(kind="number")
BOOLEAN = Leaf(kind="boolean")


def alternatives(shape: Shape) -> tuple[Shape, ...]:
    """The shapes a value may take, in written order; just the one where there is no choice."""
    return shape.shapes if isinstance(shape, OneOf) else (shape,)


def one_of(shapes: Iterable[Shape]) -> Shape:
    """The choice among shapes, flat and without repeated scalars; ANY if nothing is known."""
    flat: dict[object, Shape] = {}
    for shape in shapes:
        for each in alternatives(shape):
            flat.setdefault(id(each) if isinstance(each, ObjectShape) else each, each)
    if not flat:
        return ANY
    first, *others = flat.values()
    return OneOf(shapes=(first, *others)) if others else first


def field_of(shape: Shape, name: str) -> Shape:
    """The shape of a property; ANY where it cannot be known."""
    found: list[Shape] = []
    for each in alternatives(shape):
        field = each.fields.get(name) if isinstance(each, ObjectShape) else None
        if field is not None:
            found.append(field.shape)
        elif isinstance(each, AnyShape):
            return ANY
    return one_of(found)


def extend(base: Shape, fields: Mapping[str, FieldShape]) -> Shape:
    """An object shape, in each of its forms, with these keys set."""
    return one_of(
        ObjectShape(fields={**each.fields, **fields}) if isinstance(each, ObjectShape) else each
        for each in alternatives(base)
    )


def merge(base: Shape, spread: Shape) -> Shape:
    """An object shape with another merged in that may be missing: each form of one with each of the other."""
    if len(alternatives(base)) * len(alternatives(spread)) > MAX_ALTERNATIVES:
        raise TooManyAlternatives
    return one_of(_merged(base, spread))


def _merged(base: Shape, spread: Shape) -> Iterator[Shape]:
    for left in alternatives(base):
        for right in alternatives(spread):
            if isinstance(left, ObjectShape) and isinstance(right, ObjectShape):
                both = {
                    name: replace(field, shape=one_of((left.fields[name].shape, field.shape)))
                    for name, field in right.fields.items()
                    if name in left.fields
                }
                yield ObjectShape(fields={**left.fields, **right.fields, **both})
            else:
                yield NULL
