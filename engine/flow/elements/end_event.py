"""The end event: takes one token away, or with `terminate` everything in its scope."""

from dataclasses import dataclass

from engine.flow.elements.contract import NEVER, Compiling, ElementExecutor, ElementType, Moments, Visit
from engine.flow.elements.outcomes import Advanced, Outcome, Terminated
from engine.flow.elements.signals import Signal
from engine.flow.model import EndEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    outcome: Advanced | Terminated
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return self.outcome


def _compile(element: EndEvent, compiling: Compiling) -> ElementExecutor:
    return _Executor(outcome=Terminated() if element.terminate else Advanced())


END_EVENT = ElementType(name="endEvent", model=EndEvent, compile=_compile)
