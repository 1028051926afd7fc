"""Why an element is advanced: a token entered it, or what it waited for has come."""

from dataclasses import dataclass
from typing import TypeAlias

from engine.flow.instance import Variables
from engine.flow.model import Json


@dataclass(frozen=True, slots=True)
class Entered:
    """A token came in, or a failed attempt is made anew."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A person finished the task; `variables` fit its form."""

    variables: Variables


@dataclass(frozen=True, slots=True)
class Fired:
    """The timer is due."""


@dataclass(frozen=True, slots=True)
class Received:
    """The message came."""

    variables: Variables


@dataclass(frozen=True, slots=True)
class Called:
    """The call was made; `result` is the response's data."""

    result: Json


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """A called flow ended with these variables; `index` is its place in a loop."""

    index: int
    variables: Variables


@dataclass(frozen=True, slots=True)
class ScopeEmptied:
    """The last token in the sub-process ended."""


Signal: TypeAlias = Entered | Committed | Fired | Received | Called | ChildEnded | ScopeEmptied
