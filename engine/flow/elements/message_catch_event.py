"""The message event: waits for a message of a name and of equal correlation values."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit, reads_in
from engine.flow.elements.outcomes import Outcome, Suspended
from engine.flow.elements.signals import Received, Signal
from engine.flow.expressions import FlowExpression
from engine.flow.instance import MessageWait
from engine.flow.model import MessageCatchEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    message: str
    correlation: dict[str, FlowExpression]
    output: dict[str, FlowExpression]
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Received):
            return advance_by_all(visit, changed=visit.values(self.output, message=signal.variables))
        return Suspended(
            message=MessageWait(
                node=visit.node.id,
                element=visit.element.key,
                name=self.message,
                correlation=visit.values(self.correlation),
            )
        )


def _compile(element: MessageCatchEvent, compiling: Compiling) -> ElementExecutor:
    correlation = compiling.expressions(element.correlation)
    output = compiling.expressions(element.output)
    return _Executor(
        message=element.message,
        correlation=correlation,
        output=output,
        moments=Moments(
            entered=reads_in(correlation.values()),
            resumed=compiling.branches_on_reads or reads_in(output.values()),
        ),
    )


MESSAGE_CATCH_EVENT = ElementType(name="messageCatchEvent", model=MessageCatchEvent, compile=_compile)
