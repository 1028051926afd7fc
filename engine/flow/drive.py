"""The loop of a step: rounds of elements that are ready, until nothing moves.

A round asks for the reads of all its elements in one operation, advances each, and runs the queries they
want together. What they lead to is the next round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.flow.calls import Caller, Question
from engine.flow.elements.outcomes import Calling
from engine.flow.elements.signals import Called, Committed, Entered
from engine.flow.endings import end_instance
from engine.flow.errors import FlowRefusal
from engine.flow.expressions import evaluate_all
from engine.flow.instance import NodeId, NodeInstance, NodeStatus, Variables
from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.flow.progress import Progress, Turn

_MOVING = frozenset({NodeStatus.ACTIVE, NodeStatus.WAITING})


@dataclass(slots=True, kw_only=True)
class Driver:
    """Asks, and lets `progress` do the rest."""

    progress: Progress
    caller: Caller
    reads: dict[NodeId, Variables]  # of this step alone

    async def drive(self) -> None:
        """Until every branch waits or has ended; then the instance may have ended."""
        progress = self.progress
        while progress.turns or progress.settle():
            turns, progress.turns = progress.turns, []
            await self._read_for(turns)
            callings = [calling for turn in turns if (calling := self._advance(turn)) is not None]
            if callings:
                await self._query(callings)
        end_instance(progress.instance, progress.flow, progress.now)

    def _advance(self, turn: Turn) -> tuple[NodeInstance, Calling] | None:
        """Gives a query that is to be run in this round."""
        node = turn.node
        if node.status not in _MOVING:  # an earlier turn stopped it, or its reads failed
            return None
        visit = self.progress.visit(node, self.reads.get(node.id))
        try:
            outcome = visit.element.executor.advance(visit, turn.signal)
            if isinstance(outcome, Calling) and not outcome.call.mutation:
                return node, outcome
            self.progress.apply(node, outcome, guard=isinstance(turn.signal, Entered))
        except FlowRefusal as refusal:
            self.progress.refuse(node, turn.signal, refusal)
        return None

    async def _query(self, callings: Sequence[tuple[NodeInstance, Calling]]) -> None:
        answers = await self.caller.query([calling for _, calling in callings])
        for (node, calling), answer in zip(callings, answers, strict=True):
            if node.status not in _MOVING:  # stopped by what another branch did in this round
                continue
            if isinstance(answer, CallFailed):
                self.progress.fail_query(node, calling, answer)
            else:
                self.progress.turns.append(Turn(node, Called(dict(answer))))

    async def _read_for(self, turns: Sequence[Turn]) -> None:
        elements = self.progress.flow.elements
        reading = [turn for turn in turns if elements[turn.node.element].reads]
        if not reading:
            return
        asking = [(turn, question) for turn in reading if (question := self._question(turn)) is not None]
        if not asking:
            return
        answers = await self.caller.read([question for _, question in asking])
        for (turn, question), answer in zip(asking, answers, strict=True):
            if isinstance(answer, CallFailed):
                self._fail_read(turn, answer)
            else:
                self._keep_reads(turn, question, answer)

    def _question(self, turn: Turn) -> Question | None:
        """The reads of an element whose expressions will look at them now; once in a step."""
        node = turn.node
        element = self.progress.flow.elements[node.element]
        moments = element.executor.moments
        wanted = moments.entered if isinstance(turn.signal, Entered) else moments.resumed
        if not wanted or not element.reads or node.status not in _MOVING or node.id in self.reads:
            return None
        bindings = {"vars": self._variables(turn)}
        try:
            reads = [(read, evaluate_all(read.call.variables, bindings)) for read in element.reads]
        except FlowRefusal as refusal:
            self.progress.refuse(node, turn.signal, refusal)
            return None
        return Question(node=node, reads=reads)

    def _variables(self, turn: Turn) -> Variables:
        """As the conditions after a task see them: with what is being committed."""
        variables = self.progress.instance.variables
        return {**variables, **turn.signal.variables} if isinstance(turn.signal, Committed) else variables

    def _keep_reads(self, turn: Turn, question: Question, answer: Mapping[str, JsonObject]) -> None:
        try:
            values: Variables = {
                read.name: read.value.value({"result": answer[read.name]}) for read, _ in question.reads
            }
        except FlowRefusal as refusal:
            self.progress.refuse(turn.node, turn.signal, refusal)
            return
        self.reads[turn.node.id] = values
        turn.node.reads = values

    def _fail_read(self, turn: Turn, failure: CallFailed) -> None:
        """Nothing was changed by a read: whoever waits may simply ask again."""
        if self.progress.attended:
            raise failure
        self.progress.fail_read(turn.node, turn.signal, failure)
