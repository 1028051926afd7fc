"""The types an expression is checked against: what enters as a variable, what an operator gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

Path = tuple[str, ...]  # what an expression reads: a variable, then names of fields


class Kind(Enum):
    """What a value is, as far as operators and functions care."""

    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    BOOL = "bool"
    NULL = "null"
    LIST = "list"
    MAP = "object"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Scalar:
    kind: Kind


@dataclass(frozen=True, slots=True)
class ListType:
    item: "ExprType"

    @property
    def kind(self) -> Kind:
        return Kind.LIST


@dataclass(frozen=True, slots=True)
class ObjectType:
    """An object whose fields are known; `fields` is called late, since types may refer to each other.

    A `name` of "" is the anonymous type of a map written in an expression.
    """

    name: str
    fields: "Callable[[], Mapping[str, ExprType]]" = field(compare=False, repr=False)

    @property
    def kind(self) -> Kind:
        return Kind.MAP


ExprType = Scalar | ListType | ObjectType

INT = Scalar(Kind.INT)
DOUBLE = Scalar(Kind.DOUBLE)
STRING = Scalar(Kind.STRING)
BOOL = Scalar(Kind.BOOL)
NULL = Scalar(Kind.NULL)
ANY = Scalar(Kind.ANY)

NUMBERS = frozenset({Kind.INT, Kind.DOUBLE})


def describe(type_: ExprType) -> str:
    """The type as a person would write it: `int`, `list of string`, `Order`."""
    match type_:
        case ListType(item=item):
            return f"list of {describe(item)}" if item != ANY else "list"
        case ObjectType(name=name):
            return name or "object"
        case Scalar(kind=kind):
            return kind.value


def may_be(actual: ExprType, *kinds: Kind) -> bool:
    return actual.kind is Kind.ANY or actual.kind in kinds


def is_mixed_arithmetic(left: ExprType, right: ExprType) -> bool:
    return frozenset({left.kind, right.kind}) == NUMBERS


def join_types(left: ExprType, right: ExprType) -> ExprType:
    """The type of a value that is one or the other."""
    if left == right or right.kind is Kind.NULL:
        return left
    return right if left.kind is Kind.NULL else ANY


def fits(actual: ExprType, expected: ExprType) -> bool:
    """Whether a value of one type may stand where the other is declared. Nulls are not decided here."""
    if actual.kind in (Kind.ANY, Kind.NULL) or expected.kind is Kind.ANY:
        return True
    if isinstance(actual, ListType) and isinstance(expected, ListType):
        return fits(actual.item, expected.item)
    if isinstance(actual, ObjectType) and isinstance(expected, ObjectType):
        return actual == expected or _has_shape_of(actual, expected)
    return actual.kind is expected.kind or (actual.kind is Kind.INT and expected.kind is Kind.DOUBLE)


def _has_shape_of(actual: ObjectType, expected: ObjectType) -> bool:
    """A written map gives part of the expected object; a declared type has all of it (an interface)."""
    given, wanted = actual.fields(), expected.fields()
    if actual.name:
        return wanted.keys() <= given.keys()
    return all(name in wanted and fits(given[name], wanted[name]) for name in given)
