"""The syntax tree of a mapping; every node knows the offset it was written at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

CURRENT = "$"  # the value the closest { … } works on, at first the answer itself
SUBJECT = "@"  # the value a method works on, in its arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string, number, boolean or null as written."""

    value: bool | int | float | str | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLiteral:
    """`[a, b]`"""

    items: "tuple[Node, ...]"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in braces: `key` is its output key; without one the value's own keys are merged in.

    `explicit` tells `... x` (null makes the whole object null) from `a.b { x }` (null adds nothing).
    """

    key: str | None
    value: "Node"
    explicit: bool
    optional: bool
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """`{ … }`: an object made from its entries."""

    entries: tuple[Entry, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """`a ?? b` (null or missing goes on to the next) or, with `only_missing`, `a ?! b`."""

    operands: "tuple[Node, ...]"
    only_missing: bool
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A variable: `$`, `@`, `$args`, or one bound by `->as`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`.name`; `optional` when followed by `?`: its absence is no issue."""

    name: str
    optional: bool
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """`?`: null counts as missing, and nothing after it runs."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`->method(args)`; a `match` has its pairs flattened to candidate, value, candidate, value …"""

    method: str
    args: "tuple[Node, ...]"
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """`->as($name)` or `->as($name, value)`: seen by the rest of its path only."""

    name: str
    value: "Node | None"
    at: int


Step: TypeAlias = Key | Guard | Call | Bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A head, steps from it, and perhaps a selection of what they lead to."""

    head: "Node"
    steps: tuple[Step, ...]
    fields: Fields | None
    at: int


Node: TypeAlias = Literal | ListLiteral | Fields | Fallback | Read | Path


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below one, in the order they were written."""
    match node:
        case Literal() | Read():
            return
        case ListLiteral(items=nodes) | Fallback(operands=nodes):
            yield from nodes
        case Fields(entries=entries):
            for entry in entries:
                yield entry.value
        case Path():
            yield node.head
            for step in node.steps:
                if isinstance(step, Call):
                    yield from step.args
                elif isinstance(step, Bind) and step.value is not None:
                    yield step.value
            if node.fields is not None:
                yield node.fields


def is_optional(node: Node) -> bool:
    """Whether a `?` says that the value may be absent."""
    return isinstance(node, Path) and any(
        isinstance(step, Guard) or (isinstance(step, Key) and step.optional) for step in node.steps
    )
