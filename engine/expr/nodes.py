"""The syntax tree of an expression; `at` is the offset in the source of what a person would point at."""

from dataclasses import dataclass

LiteralValue = int | float | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    value: LiteralValue
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    name: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    operand: "Node"
    name: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    operand: "Node"
    index: "Node"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function; for the method form `x.f(a)` the target is the first argument."""

    function: str
    arguments: tuple["Node", ...]
    method: bool
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    items: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    entries: tuple[tuple["Node", "Node"], ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary:
    operator: str
    operand: "Node"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """A run of `&&` or of `||`: any number of operands, since order does not matter to them."""

    operator: str
    operands: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    condition: "Node"
    then: "Node"
    otherwise: "Node"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Has:
    operand: Select
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comprehension:
    """`range.macro(variable, body)`; for `map` with a condition, `condition` is the second argument."""

    macro: str
    range: "Node"
    variable: str
    condition: "Node | None"
    body: "Node"
    at: int


Node = (
    Literal
    | Name
    | Select
    | Index
    | Call
    | ListOf
    | MapOf
    | Unary
    | Binary
    | Logic
    | Conditional
    | Has
    | Comprehension
)


def children_of(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in source order."""
    match node:
        case Literal() | Name():
            return ()
        case Select(operand=operand) | Unary(operand=operand) | Has(operand=operand):
            return (operand,)
        case Index(operand=operand, index=index):
            return (operand, index)
        case Call(arguments=parts) | ListOf(items=parts) | Logic(operands=parts):
            return parts
        case MapOf(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Comprehension(range=range_, condition=condition, body=body):
            return (range_, body) if condition is None else (range_, condition, body)
