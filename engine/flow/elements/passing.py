"""Start events, boundary events and anything else that a token only passes: it leaves by all its flows."""

from dataclasses import dataclass

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import NEVER, Moments, Visit
from engine.flow.elements.outcomes import Outcome
from engine.flow.elements.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return advance_by_all(visit)
