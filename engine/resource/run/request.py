"""One request as the engine sees it: who asks, with what, and what it has fetched so far."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from engine.access import Principal
from engine.resource.answers import Parsed
from engine.resource.outcome import Failure
from engine.resource.plan.arguments import Variables
from engine.resource.run.observer import SILENCE, Observer
from engine.resource.run.sharing import Flight
from engine.resource.run.turns import Turns

MAX_CALLS = 100  # upstream calls of one operation, as made
MAX_AT_ONCE = 8  # calls of one API at once, per operation

Headers = Mapping[str, Sequence[str]]  # lower-case name -> values


Key = tuple[object, ...]  # the values of a batch's key fields


class KeySet(dict[Key, Key]):
    """Keys wanted of a batch at one place: coerced key -> the key as the parent had it."""

    __hash__ = object.__hash__  # type: ignore[assignment] # loaders tell key sets apart by identity


class Rows(NamedTuple):
    """What one call of a batch gave, and the variables that its mapping may read.

    By key the first raw item, or the list of them where a field takes many.
    """

    by_key: Mapping[Key, object]
    variables: Mapping[str, object]


# The keys wanted, by the call that was made for them: what it gave, or why there is nothing.
Found = Sequence[tuple[Rows | Failure, Sequence[Key]]]


class Loader(Protocol):
    """Gathers key sets asked for in the same tick and loads them together."""

    def load(self, key: KeySet) -> Awaitable[Found]: ...


LoaderFactory = Callable[[Callable[[list[KeySet]], Awaitable[list[Found]]]], Loader]


@dataclass(slots=True, kw_only=True, eq=False)
class Request:
    """What one operation runs with. Everything mutable belongs to this request alone."""

    principal: Principal
    variables: Variables
    headers: Headers = field(default_factory=dict)
    case_id: str | None = None
    loader: LoaderFactory
    observer: Observer = SILENCE
    verdicts: Mapping[int, Failure | None] = field(default_factory=dict)
    deadline_s: float | None = None  # what the caller grants from the start
    deadline_at: float | None = None  # the loop time at which that is over
    max_calls: int = MAX_CALLS
    max_at_once: int = MAX_AT_ONCE
    calls_made: int = 0
    retries_made: int = 0  # how many of the calls were made again
    mutation: bool = False
    idempotency_key: str | None = None  # of the whole operation: `call_key` tells its mutating calls apart
    keys_given: int = 0
    results: "dict[Hashable, Flight[object, Parsed | Failure]]" = field(default_factory=dict)  # by call
    loaders: dict[Hashable, Loader] = field(default_factory=dict)
    slots: dict[str, Turns] = field(default_factory=dict)
    sizes: dict[tuple[str, ...], int] = field(default_factory=dict)
    _context: Mapping[str, object] | None = None

    @property
    def context(self) -> Mapping[str, object]:
        """`$context` of this request, made when something reads it."""
        if self._context is None:
            self._context = context_of(self.principal, self.case_id)
        return self._context

    def call_key(self) -> str | None:
        """For the next call of a mutation's root: the same for the same operation sent again."""
        if self.idempotency_key is None:
            return None
        self.keys_given += 1
        return self.idempotency_key if self.keys_given == 1 else f"{self.idempotency_key}.{self.keys_given}"

    def slot(self, api: str) -> Turns:
        """The limit of calls at once of one API in this operation."""
        turns = self.slots.get(api)
        if turns is None:
            turns = self.slots[api] = Turns(self.max_at_once)
        return turns


def context_of(principal: Principal, case_id: str | None) -> dict[str, object]:
    """`$context` and CEL's `context`."""
    return {
        "subject": principal.subject,
        "roles": sorted(principal.roles),
        "units": sorted(principal.units),
        "channel": principal.channel,
        "claims": dict(principal.claims),
        "caseId": case_id,
    }
