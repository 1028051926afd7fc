"""The exclusive gateway: each token takes the first flow whose condition holds, else the default."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_first
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit
from engine.flow.elements.outcomes import Outcome
from engine.flow.elements.signals import Signal
from engine.flow.model import ExclusiveGateway


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return advance_by_first(visit)


def _compile(element: ExclusiveGateway, compiling: Compiling) -> ElementExecutor:
    return _Executor(moments=Moments(entered=compiling.branches_on_reads))


EXCLUSIVE_GATEWAY = ElementType(name="exclusiveGateway", model=ExclusiveGateway, compile=_compile)
