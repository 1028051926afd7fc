"""What all operations of one worker share: transport, work in flight, fences, concurrency gates."""

import asyncio
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.resource.answers import MAX_NESTING, Parsed
from engine.resource.calls import Transport
from engine.resource.model import Connector
from engine.resource.outcome import Failure
from engine.resource.run.sharing import Fences, Flights


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One upstream call as it ended. `code` is None for success."""

    connector: Connector
    code: str | None
    seconds: float
    shared: bool
    mapping_issues: int = 0


class Observer(Protocol):
    """Told what happened; must return at once and never raise."""

    def call_ended(self, event: CallEvent) -> None: ...

    def bound_broken(self, calls: int, bound: int) -> None:
        """An operation made more calls than its plan allows: a bug of ours."""
        ...


class Silence:
    """The observer that listens to nothing."""

    def call_ended(self, event: CallEvent) -> None:
        del event

    def bound_broken(self, calls: int, bound: int) -> None:
        del calls, bound


@dataclass(slots=True, kw_only=True, eq=False)
class Runtime:
    """Process life, one per worker; safe for all operations on its event loop."""

    transport: Transport
    credential_sources: frozenset[str] | None = None  # who may see the caller's credentials; None: anybody
    timeout_s: float = 10.0  # of a call whose source and API state none
    answer_nesting: int = MAX_NESTING  # deeper answers are refused
    observer: Observer = field(default_factory=Silence)
    fences: Fences = field(default_factory=Fences)
    flights: Flights[None, Parsed | Failure] = field(default_factory=Flights[None, "Parsed | Failure"])
    gates: dict[Hashable, asyncio.Semaphore] = field(default_factory=dict[Hashable, asyncio.Semaphore])

    def may_see_credentials(self, connector: Connector) -> bool:
        """Sources are named as `source`, whoever declares it, or as `module/source`."""
        allowed = self.credential_sources
        return allowed is None or connector.source in allowed or connector.source_name in allowed

    def gate(self, connector: Connector) -> asyncio.Semaphore | None:
        """The worker-wide limit of calls at once, where the unit set one."""
        limit = connector.policy.max_concurrency
        if limit is None:
            return None
        key = (connector.gate, limit)
        semaphore = self.gates.get(key)
        if semaphore is None:
            semaphore = self.gates[key] = asyncio.Semaphore(limit)
        return semaphore


Config = Mapping[str, Mapping[str, object]]  # module -> its secrets
