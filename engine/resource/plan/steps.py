"""The steps of a compiled plan: what to do with the objects that stand at one position, and after what.

An object is a dict: string keys hold what its provider's mapping gave, integer keys (slots) hold what
steps added. A `Read` takes an object and gives a value, or the `Failure` why there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.expr import Expression
from engine.resource.answers import AnswerReader
from engine.resource.mapping import ListMapper, Mapper
from engine.resource.model import Connector
from engine.resource.plan.arguments import ArgumentReader
from engine.resource.plan.request import RequestRenderer

Object = dict[str | int, object]
Objects = Sequence[Object]
Read = Callable[[Object], object]
SCALARS = frozenset((str, int, float, bool))  # what may be the key of a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Access to one output: rules decided once per request, and slots of rules decided per object."""

    rules: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()


OPEN = Guard()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A value of the parent that a step needs: its path as the author wrote it, and how to read it."""

    path: tuple[str, ...]
    read: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstStep:
    """Give every object its own copy of a constant."""

    slot: int
    copy: Callable[[], object]
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStep:
    """Evaluate an expression for every object."""

    slot: int
    coordinate: str
    module: str
    expression: Expression
    inputs: tuple[Input, ...]
    arguments: ArgumentReader
    wraps_objects: bool  # the result stands at a position: dicts in it are copied
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardStep:
    """Decide an access rule that reads the object; the slot holds None or the Failure of the denial."""

    slot: int
    rule: int
    module: str
    inputs: tuple[Input, ...]
    arguments: ArgumentReader
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCall:
    """How one call serves many parents: keys of parents, items of the answer, and how they meet."""

    max_size: int
    names: tuple[tuple[str, ...], ...]  # the path of each key part under `$batch`
    keys: tuple[Read, ...]
    coerce: tuple[Callable[[object], object], ...]
    item_keys: Callable[[list[object], Mapping[str, object]], Sequence[tuple[object, ...] | None]]
    map_items: ListMapper
    entity: bool  # a missing key is BATCH_KEY_MISSING; else an empty list, or null
    many: bool  # all items of a key, or the first


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStep:
    """Call an API for every object: once per distinct inputs, or in batches by key."""

    slot: int
    connector: Connector
    request: RequestRenderer
    answer: AnswerReader
    mapper: Mapper  # of the whole answer; a batch's gives the raw items
    inputs: tuple[Input, ...]
    arguments: ArgumentReader
    argument_inputs: tuple[Input, ...] = ()  # entity by a Query field: arguments read from the stub
    key_inputs: tuple[Read, ...] = ()  # null in any of these: null without a call
    entity: bool = False  # the answer fills several fields: it must be an object
    batch: BatchCall | None = None
    demand: tuple[Guard, ...] = ()
    mutation: bool = False
    steered: bool = False  # its policy has more than a timeout
    reads_context: bool  # whether `$context` and `$request` are wanted: most calls use neither
    reads_request: bool
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStep:
    """Put together what several calls of one field left in their slots; `slots` by connector."""

    slot: int
    slots: Mapping[int, int]
    join: Callable[[Mapping[int, object]], object]
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStep:
    """Go on with the objects of one field: under so many lists, those that are no stubs of nothing."""

    read: Read
    child: "PositionPlan"
    list_depth: int
    stub_key: tuple[str, ...]
    list_path: tuple[str, ...] | None  # where the objects of a list are counted for the bound
    demand: tuple[Guard, ...] = ()
    after: tuple[int, ...] = ()


Step = ConstStep | ValueStep | GuardStep | CallStep | JoinStep | ChildStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPlan:
    """The steps for objects of one type, in an order in which each follows what it needs."""

    type_name: str
    steps: tuple[Step, ...]
    dependents: tuple[tuple[int, ...], ...]  # by step: the steps that wait for it
    linear: bool  # every step waits for the one before it


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPlan:
    """What to do with the objects that stand at one place, by their type.

    `only` is set where the type is known without looking. `gathers`: a batch somewhere below, so that
    all objects must be there before it starts; else each may go on alone.
    """

    index: int
    only: ObjectPlan | None
    by_type: Mapping[str, ObjectPlan]
    gathers: bool
