"""What is told of clients' operations: what they ask for, how often they ran, whether they still would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

OTHERS = "(others)"  # more clients than are told apart


def is_named(client: str) -> bool:
    """Whether a program tells its name: what stands in brackets is ours."""
    return bool(client) and not client.startswith("(")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationForm:
    """An operation without anything its clients put in: its constants are blank, its variables only named.

    `fields` are the coordinates of modules' fields it asks for; `inputs` name the types of its variables.
    """

    hash: str
    text: str
    name: str | None
    kind: str
    fields: frozenset[str]
    inputs: frozenset[str]

    @property
    def short_hash(self) -> str:
        """As people read it."""
        return self.hash[:12]

    @property
    def label(self) -> str:
        """How people tell it from others: `Screen (3fa9c1d2e0b4)`."""
        return f"{self.name or self.kind} ({self.short_hash})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How often each client, `name/version` or what `is_named` says no to, ran an operation."""

    form: OperationForm
    calls: Mapping[str, int]


class OperationTally(Protocol):
    async def take(self) -> Sequence[Counted]:
        """What was run on this worker since it was last asked; each request is told once."""
        ...


class Judge(Protocol):
    """Operations on one registry, whether it serves or only may."""

    def refusals(self, text: str) -> Sequence[str]:
        """Why this operation would be refused, each reason a sentence; none: it would run."""
        ...

    def form(self, text: str) -> OperationForm:
        """Of one that would run."""
        ...
