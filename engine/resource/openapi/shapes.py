"""What a description says of data, in the terms of GraphQL: scalars, lists, and named types in a table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """`whole`: a JSON integer that GraphQL's Int is too small for, or that clients hold as an ID."""

    name: str
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    item: "Shape"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An entry of the table of types. A key that is not in the table is a list of itself: free-form JSON."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """An object of which only the key is taken: a call fills it by that where more is asked for."""

    key: str


Shape: TypeAlias = Scalar | Listed | Named | Stub

JSON = Scalar(name="JSON")
STRING = Scalar(name="String")


@dataclass(slots=True, kw_only=True)
class Member:
    """A field of an object type or an input type; `wire` is what the API calls it."""

    name: str
    wire: str
    shape: Shape
    required: bool
    description: str = ""
    deprecated: bool = False


@dataclass(slots=True, kw_only=True)
class ObjectType:
    name: str
    description: str = ""
    members: list[Member] = field(default_factory=list[Member])


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """`values`: GraphQL's name beside the API's value."""

    name: str
    values: tuple[tuple[str, str], ...]
    description: str = ""

    @property
    def renamed(self) -> bool:
        return any(name != value for name, value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType:
    """`options`: the value of the property that tells, beside the key of the object type it means."""

    name: str
    property: str
    options: tuple[tuple[str, str], ...]
    description: str = ""


TypeTable: TypeAlias = dict[str, ObjectType | EnumType | UnionType]


class Direction(StrEnum):
    OUTPUT = "OUTPUT"
    INPUT = "INPUT"


def innermost(shape: Shape) -> Scalar | Named | Stub:
    while isinstance(shape, Listed):
        shape = shape.item
    return shape


def with_innermost(shape: Shape, new: Scalar | Named | Stub) -> Shape:
    return Listed(item=with_innermost(shape.item, new)) if isinstance(shape, Listed) else new


def objects_of(shape: Shape, table: TypeTable) -> Iterator[str]:
    """The keys of the object types whose fields a value of this shape may hold."""
    inner = innermost(shape)
    if isinstance(inner, Named):
        declared = table.get(inner.key)
        if isinstance(declared, ObjectType):
            yield inner.key
        elif isinstance(declared, UnionType):
            yield from dict.fromkeys(key for _, key in declared.options)
