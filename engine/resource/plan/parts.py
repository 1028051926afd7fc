"""Several mappings of one place: what each of them gives, which of them are needed, and who gives what.

Objects are put together field by field, wherever each is a single object or, in a list, has a `@key` that
all of the mappings give. Anything else, a list without a key or an abstract type, one mapping gives whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLType, get_named_type

from engine.resource.mapping import Needs, ObjectShape, Shape
from engine.resource.mapping.shape import FieldShape, one_of
from engine.resource.model import Type
from engine.resource.plan.shapes import NeedsTree, fields_of, gives

MAX_CONNECTORS = 8  # on one field: every set of them is weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A place and the shape that each mapping gives there, None for none.

    `key` is () where single objects are put together, the matching fields where listed ones are; None where
    one mapping gives the whole of it, and then there are no `fields`.
    """

    shapes: tuple[Shape | None, ...]
    key: tuple[str, ...] | None
    fields: Mapping[str, "Parts"]

    @classmethod
    def of(cls, declared: GraphQLType, shapes: Sequence[Shape | None], types: Mapping[str, Type]) -> "Parts":
        named = get_named_type(declared)
        key = _key_of(declared, shapes, types)
        if key is None or not isinstance(named, GraphQLObjectType):
            return cls(shapes=tuple(shapes), key=None, fields={})
        given = [fields_of(shape, named.name) if shape is not None else {} for shape in shapes]
        names = dict.fromkeys(name for each in given for name in each if name in named.fields)
        fields = {
            name: cls.of(named.fields[name].type, [each.get(name) for each in given], types) for name in names
        }
        return cls(shapes=tuple(shapes), key=key, fields=fields)

    @property
    def shape(self) -> Shape:
        """What all of them give together."""
        if self.key is None:
            return one_of(shape for shape in self.shapes if shape is not None)
        fields = {
            name: FieldShape(shape=parts.shape, line=1, column=1) for name, parts in self.fields.items()
        }
        return ObjectShape(fields=fields)

    def choices(self, needs: Needs | None) -> Iterator[frozenset[int]]:
        """For each thing that is needed the mappings that give it: one of each has to be there."""
        if self.key is None:
            yield self._givers(needs)
            return
        yield frozenset(index for index, shape in enumerate(self.shapes) if shape is not None)
        for name, below in self._needed(needs):
            yield from self.fields[name].choices(below)

    def divide(self, needs: Needs | None, called: Sequence[int]) -> "Division":
        """Who of those `called` gives what: the first that can; each can say that there is an object."""
        division = self._divide(needs, called)
        if self.key is None or len(called) < 2:
            return division
        return replace(division, givers=tuple(called), key=self.key, fields=self._fields(needs, called))

    def _divide(self, needs: Needs | None, called: Sequence[int]) -> "Division":
        here = tuple(index for index in called if self.shapes[index] is not None)
        if self.key is None:
            givers = self._givers(needs)
            return Division(givers=tuple(index for index in here if index in givers)[:1], needs=needs)
        fields = self._fields(needs, called)
        used = {giver for field in fields.values() for giver in field.givers}
        givers = tuple(index for index in here if index in used) or here[:1]
        if len(givers) < 2:
            return Division(givers=givers, needs=needs)
        return Division(givers=givers, needs=needs, key=self.key, fields=fields)

    def _fields(self, needs: Needs | None, called: Sequence[int]) -> dict[str, "Division"]:
        return {name: self.fields[name]._divide(below, called) for name, below in self._needed(needs)}

    def _needed(self, needs: Needs | None) -> Iterator[tuple[str, Needs | None]]:
        for name in self.fields:
            if needs is None or name in needs:
                yield name, None if needs is None else needs[name]

    def _givers(self, needs: Needs | None) -> frozenset[int]:
        given = {index: shape for index, shape in enumerate(self.shapes) if shape is not None}
        whole = one_of(given.values())
        having = [index for index, shape in given.items() if covers(shape, whole, needs)]
        return frozenset(having or given)

    @property
    def undivided(self) -> tuple[str, ...] | None:
        """The path of a place that one mapping has to give whole, and none does; None: there is none."""
        if self.key is None:
            given = [shape for shape in self.shapes if shape is not None]
            return None if any(covers(shape, one_of(given), None) for shape in given) else ()
        for name, parts in self.fields.items():
            below = parts.undivided
            if below is not None:
                return (name, *below)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """Who gives a place: one mapping the whole, or several its `fields`, the first of them leading."""

    givers: tuple[int, ...]
    needs: Needs | None
    key: tuple[str, ...] = ()
    fields: Mapping[str, "Division"] | None = None

    def needs_of(self, giver: int) -> NeedsTree | None:
        """What one mapping has to give, keys to be matched by among it."""
        if self.fields is None:
            return _tree(self.needs)
        tree: NeedsTree = {
            name: field.needs_of(giver) for name, field in self.fields.items() if giver in field.givers
        }
        for part in self.key:
            tree.setdefault(part, None)
        return tree

    def givers_of(self, path: Sequence[str]) -> tuple[int, ...]:
        """Who gives what stands at a path below."""
        if not path or self.fields is None:
            return self.givers
        field = self.fields.get(path[0])
        return field.givers_of(path[1:]) if field is not None else ()


def choose(choices: Iterator[frozenset[int]], costs: Sequence[int], fixed: Sequence[int]) -> tuple[int, ...]:
    """The fewest besides `fixed` that give everything; of equally many the cheapest, then the first."""
    wanted = {givers for givers in choices if givers}
    others = [index for index in range(len(costs)) if index not in fixed]
    sets = chain.from_iterable(combinations(others, size) for size in range(len(others) + 1))
    enough = (few for few in sets if all(not givers.isdisjoint((*fixed, *few)) for givers in wanted))
    return min(enough, key=lambda few: (len(few), sum(costs[index] for index in few), few))


def _tree(needs: Needs | None) -> NeedsTree | None:
    return None if needs is None else {name: _tree(below) for name, below in needs.items()}


def _key_of(
    declared: GraphQLType, shapes: Sequence[Shape | None], types: Mapping[str, Type]
) -> tuple[str, ...] | None:
    given = [shape for shape in shapes if shape is not None]
    named, depth = get_named_type(declared), list_depth(declared)
    if len(given) < 2 or not isinstance(named, GraphQLObjectType) or depth > 1:
        return None
    if not depth:
        return ()
    owner = types.get(named.name)
    for key in owner.keys if owner is not None else ():
        if all(gives(shape, named.name, part) for shape in given for part in key):
            return key
    return None


def list_depth(declared: GraphQLType) -> int:
    depth = 0
    while isinstance(declared, GraphQLList | GraphQLNonNull):
        depth += isinstance(declared, GraphQLList)
        declared = declared.of_type
    return depth


def covers(shape: Shape, whole: Shape, needs: Needs | None) -> bool:
    """Whether a shape gives what is needed of all that there is; None: all of it."""
    own = fields_of(shape, None)
    for name, there in fields_of(whole, None).items():
        if needs is None or name in needs:
            below = None if needs is None else needs[name]
            if name not in own or not covers(own[name], there, below):
                return False
    return True
