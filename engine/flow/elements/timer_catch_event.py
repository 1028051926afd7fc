"""The timer event: waits for a duration, or until a moment that an expression gives."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit, reads_in
from engine.flow.elements.outcomes import Outcome, Suspended
from engine.flow.elements.signals import Fired, Signal
from engine.flow.errors import ConditionFailed
from engine.flow.expressions import FlowExpression
from engine.flow.instance import Timer
from engine.flow.model import TimerCatchEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    event: TimerCatchEvent
    until: FlowExpression | None
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, Fired):
            return advance_by_all(visit)
        return Suspended(
            timer=Timer(node=visit.node.id, element=visit.element.key, due_at=self._due_at(visit))
        )

    def _due_at(self, visit: Visit) -> datetime:
        if self.until is None:
            return visit.after(self.event.duration or "PT0S")
        value = self.until.value(visit.bindings())
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ConditionFailed(
                element=visit.element.key,
                expression=self.event.until or "",
                reason="a moment is a text like 2030-01-31T09:00:00Z",
            )
        return moment.astimezone(UTC)


def _compile(element: TimerCatchEvent, compiling: Compiling) -> ElementExecutor:
    until = compiling.expression(element.until) if element.until else None
    moments = Moments(entered=reads_in([until]), resumed=compiling.branches_on_reads)
    return _Executor(event=element, until=until, moments=moments)


TIMER_CATCH_EVENT = ElementType(name="timerCatchEvent", model=TimerCatchEvent, compile=_compile)
