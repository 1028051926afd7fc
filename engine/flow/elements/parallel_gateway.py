"""The parallel gateway: a token down every flow; conditions on them mean nothing.

With several incoming flows it is entered once each of them has a token (`engine/flow/joins.py`).
"""

from dataclasses import dataclass

from engine.flow.elements.contract import NEVER, Compiling, ElementExecutor, ElementType, Join, Moments, Visit
from engine.flow.elements.outcomes import Advanced, Outcome
from engine.flow.elements.signals import Signal
from engine.flow.model import ParallelGateway


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return Advanced(flows=visit.element.outgoing)


def _compile(element: ParallelGateway, compiling: Compiling) -> ElementExecutor:
    return _Executor()


PARALLEL_GATEWAY = ElementType(
    name="parallelGateway", model=ParallelGateway, compile=_compile, join=Join.PARALLEL
)
