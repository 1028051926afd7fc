"""What an operation wants: a tree of positions, merged over aliases, fragments and hidden dependencies.

A position is a place in the result where objects stand. Fields of one object type are kept once per
(field, arguments), so two aliases of the same field share their data; what differs by response key
(`Output`) is only how the data is written down.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from graphql import GraphQLList, GraphQLNamedType, GraphQLNonNull, GraphQLOutputType, GraphQLType

from engine.resource.plan.arguments import ArgumentReader

TYPENAME = "__typename"


@dataclass(slots=True, eq=False, kw_only=True)
class Wanted:
    """A field of one object type with one set of arguments, wanted by clients or by other fields."""

    type_name: str
    name: str
    arguments: ArgumentReader
    declared: GraphQLOutputType
    child: "Position | None"
    serial: int = 0  # root fields of a mutation: which one, in order

    @property
    def coordinate(self) -> str:
        return f"{self.type_name}.{self.name}"

    @property
    def list_depth(self) -> int:
        """How many lists stand around the objects or leaves of this field."""
        depth, declared = 0, cast("GraphQLType", self.declared)
        while isinstance(declared, GraphQLList | GraphQLNonNull):
            depth += isinstance(declared, GraphQLList)
            declared = declared.of_type
        return depth


@dataclass(slots=True, eq=False, kw_only=True)
class ObjectWants:
    """The fields wanted of one object type at one position."""

    type_name: str
    fields: dict[tuple[str, str], Wanted] = field(default_factory=dict[tuple[str, str], Wanted])


@dataclass(slots=True, eq=False, kw_only=True)
class Position:
    """A place where objects stand; `path` names it by field names from the root, for people.

    `stub_key`: the objects are stubs made by a mapping; one whose key is null is no object at all.
    """

    declared: GraphQLNamedType
    path: tuple[str, ...]
    stub_key: tuple[str, ...] = ()
    objects: dict[str, ObjectWants] = field(default_factory=dict[str, ObjectWants])
    abstract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One response key: a wanted field, or `__typename` (wanted is None), and what its objects show."""

    key: str
    wanted: Wanted | None
    selected: "Selected | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The outputs of every object type that may stand at a position, in response order."""

    position: Position
    outputs: Mapping[str, tuple[Output, ...]]

    def walk(self) -> Iterator[Output]:
        for outputs in self.outputs.values():
            for output in outputs:
                yield output
                if output.selected is not None:
                    yield from output.selected.walk()
