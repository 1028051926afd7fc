"""What a flow is: its elements, the sequence flows between them, its forms, and the variables it starts with.

A model is data: texts of expressions stay texts, references stay keys. `reading.py` makes it of JSON,
`compiled.py` makes of it what runs. The element types follow BPMN 2.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NewType, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]
ElementKey = NewType("ElementKey", str)  # of elements and of sequence flows: unique in the whole model
Expression: TypeAlias = str  # CEL over `vars`, and over what the place where it stands adds
Duration: TypeAlias = str  # ISO 8601, `PT30M`; with a calendar `PT4H@service`: counted in working hours
Assignments: TypeAlias = Mapping[str, Expression]  # name of a variable → its value
Mapped: TypeAlias = Literal["none", "full"] | Assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A query or mutation on the gateway's own graph; `variables` are expressions over `vars` and `reads`."""

    query: str
    variables: Mapping[str, Expression] = field(default_factory=dict[str, Expression])


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A query whose `value`, an expression over `result`, conditions see as `reads.<name>`."""

    call: Call
    value: Expression = "result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """After a failed attempt: how often again, and the first pause; each further pause is twice the last."""

    max_retries: int = 3
    backoff_ms: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFlow:
    """`condition` over `vars` and `reads`; `origin` keeps what another format said, for its export."""

    key: ElementKey
    source: ElementKey
    target: ElementKey
    name: str | None = None
    condition: Expression | None = None
    origin: JsonObject = field(default_factory=dict[str, "Json"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What every element has. `parent` is the inline sub-process it lies in; `properties` are shown with its
    tasks and change nothing; `origin` keeps what another format said, for its export.
    """

    key: ElementKey
    name: str | None = None
    incoming: tuple[ElementKey, ...] = ()
    outgoing: tuple[ElementKey, ...] = ()
    parent: ElementKey | None = None
    reads: Mapping[str, Read] = field(default_factory=dict[str, Read])
    properties: JsonObject = field(default_factory=dict[str, "Json"])
    origin: JsonObject = field(default_factory=dict[str, "Json"])


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEvent(Element):
    """Where tokens begin: one in the model, one in each inline sub-process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEvent(Element):
    """Takes one token away. `terminate`: takes all of its scope away."""

    terminate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask(Element):
    """A person's work; with several outgoing flows it chooses one as an exclusive gateway does."""

    form: str | None = None
    candidate_roles: tuple[str, ...] = ()
    assignee: Expression | None = None
    due_in: Duration | None = None
    default: ElementKey | None = None
    compensate: Call | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTask(Element):
    """A call, or assignments alone. `output`: expressions over `vars`, `reads` and the call's `result`."""

    call: Call | None = None
    output: Assignments = field(default_factory=dict[str, Expression])
    retry: Retry = field(default_factory=Retry)
    compensate: Call | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusiveGateway(Element):
    """One outgoing flow: the first whose condition holds, in the order of `outgoing`, else the default."""

    default: ElementKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelGateway(Element):
    """Waits for a token on every incoming flow, then sends one down every outgoing flow.

    `pairs_with`: the other half of its block, where the model claims one; checked, without effect on a run.
    """

    pairs_with: ElementKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusiveGateway(Element):
    """Every outgoing flow whose condition holds, else the default; joins as BPMN 2.0 §13.4.3 says."""

    default: ElementKey | None = None
    pairs_with: ElementKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One run for each item of a list of at most 1,000. `until`, over `vars` and `results`, ends it early."""

    over: Expression
    item: str  # the name under which `input` and the callee see the item
    sequential: bool = False
    collect: str | None = None  # the variable that gets the outputs, in the order of the items
    until: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallActivity(Element):
    """Runs another flow as an instance of its own. `output`: expressions over `vars` and `result`, the
    callee's variables. `latest`: the callee's newest deployment at run time, else the one pinned.
    """

    flow: str
    input: Mapped = "full"
    output: Mapped = "full"
    latest: bool = False
    loop: Loop | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCatchEvent(Element):
    """Waits for a duration, or until the moment an expression gives (an RFC 3339 text). One of the two."""

    duration: Duration | None = None
    until: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCatchEvent(Element):
    """Waits for a message whose correlation values equal `correlation`'s. `output` over `vars`, `message`."""

    message: str
    correlation: Assignments = field(default_factory=dict[str, Expression])
    output: Assignments = field(default_factory=dict[str, Expression])


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryEvent(Element):
    """What may happen while `attached_to` waits: a duration passes, a call fails with `error` (a code, or `*`
    for any), or a message comes. Exactly one of the three. `interrupting` cancels what it is attached to.
    """

    attached_to: ElementKey
    interrupting: bool = True
    duration: Duration | None = None
    error: str | None = None
    message: str | None = None
    correlation: Assignments = field(default_factory=dict[str, Expression])
    output: Assignments = field(default_factory=dict[str, Expression])


@dataclass(frozen=True, slots=True, kw_only=True)
class SubProcess(Element):
    """A scope of elements that name it as their `parent`; it shares the instance's variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormModel:
    """`schema`: JSON Schema 2020-12 of what is committed. `ui`: by channel, how it is asked for."""

    key: str
    schema: JsonObject
    ui: Mapping[str, JsonObject] = field(default_factory=dict[str, "JsonObject"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowModel:
    """Elements and sequence flows in the source's order. `variables`: JSON Schema of the start variables.

    `imported`: it came in another format, whose models need not be well formed to run.
    """

    elements: Mapping[ElementKey, Element]
    flows: Mapping[ElementKey, SequenceFlow]
    forms: Mapping[str, FormModel] = field(default_factory=dict[str, FormModel])
    variables: JsonObject | None = None
    diagram: Json = None
    imported: bool = False
    origin: JsonObject = field(default_factory=dict[str, "Json"])
