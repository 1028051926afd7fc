"""The inclusive gateway: a token down every flow whose condition holds, else down the default.

With several incoming flows it is entered when it has a token and none elsewhere can still come by an empty
flow (`engine/flow/joins.py`).
"""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Join, Moments, Visit
from engine.flow.elements.outcomes import Outcome
from engine.flow.elements.signals import Signal
from engine.flow.model import InclusiveGateway


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return advance_by_all(visit)


def _compile(element: InclusiveGateway, compiling: Compiling) -> ElementExecutor:
    return _Executor(moments=Moments(entered=compiling.branches_on_reads))


INCLUSIVE_GATEWAY = ElementType(
    name="inclusiveGateway", model=InclusiveGateway, compile=_compile, join=Join.INCLUSIVE
)
