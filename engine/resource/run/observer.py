"""What the engine tells whoever counts: calls, operations, and bounds that did not hold."""

from typing import NamedTuple, Protocol

from engine.resource.model import Connector
from engine.resource.plan.compile import Plan


class Fault(NamedTuple):
    """A field of an answer that has an error: where, why, and the API at fault, if it is one."""

    coordinate: str
    code: str
    api: str | None


class Observer(Protocol):
    """Told what happened for callers of one kind; returns at once and never raises."""

    def call_sent(self, connector: Connector, seconds: float, size_bytes: int) -> None:
        """A call went upstream and is over, however it ended; each repetition is told."""
        ...

    def call_over(self, connector: Connector, code: str | None) -> None:
        """An API was asked; `code` says why there is no answer, None that there is one."""
        ...

    def call_shared(self, connector: Connector, code: str | None) -> None:
        """As `call_over`, where an identical call was under way and was joined."""
        ...

    def call_cached(self, connector: Connector) -> None:
        """As `call_over`, where the answer was in the cache."""
        ...

    def operation_over(self, plan: Plan, faults: tuple[Fault, ...], *, shared: bool) -> None:
        """An operation was answered; `shared`: by the work that an identical one had under way."""
        ...

    def bound_broken(self, calls: int, bound: int) -> None:
        """An operation made more calls than its plan allows: a bug of ours."""
        ...


class Observers(Protocol):
    """Gives each kind of caller its observer."""

    def of(self, client: str, channel: str | None) -> Observer: ...


class Silence:
    """The observer that listens to nothing, for everybody."""

    def of(self, client: str, channel: str | None) -> Observer:
        del client, channel
        return self

    def call_sent(self, connector: Connector, seconds: float, size_bytes: int) -> None:
        pass

    def call_over(self, connector: Connector, code: str | None) -> None:
        pass

    def call_shared(self, connector: Connector, code: str | None) -> None:
        pass

    def call_cached(self, connector: Connector) -> None:
        pass

    def operation_over(self, plan: Plan, faults: tuple[Fault, ...], *, shared: bool) -> None:
        pass

    def bound_broken(self, calls: int, bound: int) -> None:
        pass


SILENCE = Silence()
