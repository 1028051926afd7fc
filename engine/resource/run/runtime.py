"""What all operations of one worker share: transport, work in flight, fences, what policies count."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.resource.answers import MAX_NESTING, Parsed
from engine.resource.cache import Cache
from engine.resource.calls import Transport
from engine.resource.model import Connector
from engine.resource.outcome import Failure
from engine.resource.run.memory_cache import MemoryCache
from engine.resource.run.sharing import Fences, Flights
from engine.resource.traffic.traffic import Traffic
from engine.resource.works import Works


@dataclass(slots=True, kw_only=True, eq=False)
class Runtime:
    """Process life, one per worker; safe for all operations on its event loop."""

    transport: Transport
    credential_sources: frozenset[str] | None = None  # who may see the caller's credentials; None: anybody
    timeout_s: float = 10.0  # of a call whose source and API state none
    answer_nesting: int = MAX_NESTING  # deeper answers are refused
    cache: Cache = field(default_factory=MemoryCache)
    fences: Fences = field(default_factory=Fences)
    flights: Flights[object, Parsed | Failure] = field(default_factory=Flights[object, "Parsed | Failure"])
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def works(self) -> Works:
        """Where what is done for an operation runs, beside the calls in flight."""
        return self.flights.works

    def fence(self, source: str) -> None:
        """A write through this source begins or ends: what was read before is joined and reused no more."""
        self.fences.raise_for(source)
        self.cache.fence(source)

    def may_see_credentials(self, connector: Connector) -> bool:
        """Sources are named as `source`, whoever declares it, or as `module/source`."""
        allowed = self.credential_sources
        return allowed is None or connector.source in allowed or connector.source_name in allowed

    def timeout_of(self, connector: Connector) -> float:
        """How long a call of this API may take, in seconds."""
        stated = connector.policy.timeout_ms
        return self.timeout_s if stated is None else stated / 1000


Config = Mapping[str, Mapping[str, object]]  # module -> its secrets
