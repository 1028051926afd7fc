"""The boundary event: guards its host while that waits, and is a node of its own once it has happened.

`watch` gives the timer or message wait that stands beside the host; an error needs none.
"""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit, reads_in
from engine.flow.elements.outcomes import Outcome
from engine.flow.elements.signals import Received, Signal
from engine.flow.expressions import FlowExpression
from engine.flow.instance import MessageWait, Timer
from engine.flow.model import BoundaryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryExecutor:
    event: BoundaryEvent
    correlation: dict[str, FlowExpression]
    output: dict[str, FlowExpression]
    moments: Moments

    def watch(self, host: Visit) -> Timer | MessageWait | None:
        """What is to be waited for while `host` waits. Raises `ConditionFailed`."""
        if self.event.duration is not None:
            due_at = host.after(self.event.duration)
            return Timer(node=host.node.id, element=self.event.key, due_at=due_at)
        if self.event.message is not None:
            return MessageWait(
                node=host.node.id,
                element=self.event.key,
                name=self.event.message,
                correlation=host.values(self.correlation),
            )
        return None

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Received):
            return advance_by_all(visit, changed=visit.values(self.output, message=signal.variables))
        return advance_by_all(visit)


def _compile(element: BoundaryEvent, compiling: Compiling) -> ElementExecutor:
    output = compiling.expressions(element.output)
    return BoundaryExecutor(
        event=element,
        correlation=compiling.expressions(element.correlation),
        output=output,
        moments=Moments(
            entered=compiling.branches_on_reads,
            resumed=compiling.branches_on_reads or reads_in(output.values()),
        ),
    )


BOUNDARY_EVENT = ElementType(name="boundaryEvent", model=BoundaryEvent, compile=_compile)
