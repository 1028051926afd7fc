"""The service task: a query or mutation on the graph, or assignments alone."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import (
    CompiledCall,
    Compiling,
    ElementExecutor,
    ElementType,
    Moments,
    Visit,
    reads_in,
)
from engine.flow.elements.outcomes import Calling, Outcome
from engine.flow.elements.signals import Called, Signal
from engine.flow.expressions import FlowExpression
from engine.flow.model import ServiceTask


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    call: CompiledCall | None
    output: dict[str, FlowExpression]
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Called):
            return advance_by_all(visit, changed=visit.values(self.output, result=signal.result))
        if self.call is None:
            return advance_by_all(visit, changed=visit.values(self.output))
        return Calling(call=self.call, variables=visit.values(self.call.variables))


def _compile(element: ServiceTask, compiling: Compiling) -> ElementExecutor:
    call = compiling.call(element.call) if element.call else None
    output = compiling.expressions(element.output)
    leaves = compiling.branches_on_reads or reads_in(output.values())
    enters = reads_in(call.variables.values()) if call else leaves
    return _Executor(call=call, output=output, moments=Moments(entered=enters, resumed=leaves))


SERVICE_TASK = ElementType(name="serviceTask", model=ServiceTask, compile=_compile)
