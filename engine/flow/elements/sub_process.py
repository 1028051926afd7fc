"""The inline sub-process: a scope of tokens over the same variables, left when the last of them has ended."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit
from engine.flow.elements.outcomes import Opened, Outcome
from engine.flow.elements.signals import ScopeEmptied, Signal
from engine.flow.model import ElementKey, SubProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    start: ElementKey
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return advance_by_all(visit) if isinstance(signal, ScopeEmptied) else Opened(start=self.start)


def _compile(element: SubProcess, compiling: Compiling) -> ElementExecutor:
    if compiling.start is None:
        raise ValueError(f"{element.key}: a sub-process begins with a start event")
    return _Executor(start=compiling.start, moments=Moments(resumed=compiling.branches_on_reads))


SUB_PROCESS = ElementType(name="subProcess", model=SubProcess, compile=_compile)
