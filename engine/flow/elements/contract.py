"""What an element type is made of, and what a compiled element sees of a step: the seam for plug-ins.

A row of the table (`ElementType`) compiles a model's element to an `ElementExecutor`. Its `advance` decides
from the values of one visit what comes next and changes nothing: the executor of the flow does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from engine.flow.errors import ConditionFailed
from engine.flow.expressions import FlowExpression, compile_for, evaluate_all
from engine.flow.instance import InstanceId, NodeInstance, Variables
from engine.flow.model import Call, Duration, Element, ElementKey
from engine.flow.ports import Calendars

if TYPE_CHECKING:  # signals and outcomes are made of the types below
    from engine.flow.elements.outcomes import Outcome
    from engine.flow.elements.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A compiled sequence flow."""

    key: ElementKey
    source: ElementKey
    target: ElementKey
    condition: FlowExpression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCall:
    call: Call
    mutation: bool
    variables: Mapping[str, FlowExpression]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRead:
    name: str
    call: CompiledCall
    value: FlowExpression


class Join(Enum):
    """How an element with several incoming flows waits for them; every other is entered by each token."""

    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When an element's expressions look at its `reads`: as it is entered, as it goes on."""

    entered: bool = False
    resumed: bool = False


NEVER = Moments()


@dataclass(slots=True, kw_only=True)
class Visit:
    """What an element sees while it is advanced. All of it is only to be read; not frozen, since one is made
    for every node passed and a frozen one costs twice as much.
    """

    instance: InstanceId
    element: "CompiledElement"
    node: NodeInstance
    variables: Variables
    reads: Variables
    now: datetime
    calendars: Calendars

    def bindings(self, **more: object) -> dict[str, object]:
        return {"vars": self.variables, "reads": self.reads, **more}

    def after(self, duration: Duration) -> datetime:
        """The moment when a duration that begins now has passed."""
        try:
            return self.calendars.add(self.now, duration)
        except ValueError as error:  # deploying refuses it: the calendar was taken away since
            raise ConditionFailed(element=self.element.key, expression=duration, reason=str(error)) from None

    def values(self, expressions: Mapping[str, FlowExpression], **more: object) -> Variables:
        return evaluate_all(expressions, self.bindings(**more)) if expressions else {}


class ElementExecutor(Protocol):
    @property
    def moments(self) -> Moments: ...

    def advance(self, visit: Visit, signal: "Signal") -> "Outcome":
        """Decides. Raises `FlowRefusal` for what cannot go on: refused, or an incident."""
        ...


Reach: TypeAlias = Mapping[ElementKey, frozenset[ElementKey]]  # by an incoming flow


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledElement:
    """`incoming` are the flows a token can really come by. `reach`: for each of an inclusive join, the
    elements of its scope from which a token can still come by it without passing the join; `plain_reach`
    leaves out what only a boundary event would lead to.
    """

    model: Element
    executor: ElementExecutor
    incoming: tuple[ElementKey, ...]
    outgoing: tuple[Arrow, ...]
    default: Arrow | None = None
    reads: tuple[CompiledRead, ...] = ()
    boundaries: tuple[ElementKey, ...] = ()
    compensate: CompiledCall | None = None
    join: Join | None = None
    reach: Reach = field(default_factory=dict[ElementKey, frozenset[ElementKey]])
    plain_reach: Reach = field(default_factory=dict[ElementKey, frozenset[ElementKey]])

    @property
    def key(self) -> ElementKey:
        return self.model.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiling:
    """What compiling one element may use: its flows, and the start of the scope it opens, if it is one."""

    key: ElementKey
    outgoing: tuple[Arrow, ...]
    start: ElementKey | None
    call_of: Callable[[ElementKey, Call], CompiledCall]

    def expression(self, source: str, *, also: str | None = None) -> FlowExpression:
        return compile_for(self.key, source, also=also)

    def expressions(
        self, sources: Mapping[str, str], *, also: str | None = None
    ) -> dict[str, FlowExpression]:
        return {name: self.expression(source, also=also) for name, source in sources.items()}

    def call(self, call: Call) -> CompiledCall:
        return self.call_of(self.key, call)

    @property
    def branches_on_reads(self) -> bool:
        return reads_in(arrow.condition for arrow in self.outgoing)


ModelT = TypeVar("ModelT", bound=Element)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementType(Generic[ModelT]):
    """A row of the table of types. `name` is its `type` in a model."""

    name: str
    model: type[ModelT]
    compile: Callable[[ModelT, Compiling], ElementExecutor]
    join: Join | None = None


def reads_in(expressions: Iterable[FlowExpression | None]) -> bool:
    """Whether one of them looks at `reads`; a read nobody looks at is not asked for."""
    return any(expression is not None and "reads" in expression.names for expression in expressions)
