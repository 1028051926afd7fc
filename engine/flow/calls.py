"""The reads and queries of a round: asked for together, each node with an answer or a failure of its own."""

from asyncio import TaskGroup
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.flow.elements.contract import CompiledRead
from engine.flow.elements.outcomes import Calling
from engine.flow.instance import Effect, Instance, NodeInstance, Variables
from engine.flow.model import Call, JsonObject, Retry
from engine.flow.ports import CallFailed, OnBehalf, Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The reads of one node, their variables computed."""

    node: NodeInstance
    reads: Sequence[tuple[CompiledRead, Variables]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """As the service principal of the instance's unit, for its owner."""

    resources: Resources
    instance: Instance

    @property
    def on_behalf(self) -> OnBehalf:
        instance = self.instance
        return OnBehalf(unit=instance.unit, owner=instance.owner, case_id=instance.case_id)

    async def read(self, questions: Sequence[Question]) -> list[Mapping[str, JsonObject] | CallFailed]:
        """One operation for all. If it fails, each node asks alone, so that none fails for another's read."""
        calls = {
            f"r{at}_{name}": (read.call.call, variables)
            for at, question in enumerate(questions)
            for name, (read, variables) in _named(question).items()
        }
        try:
            answers = await self.resources.read(calls, on_behalf=self.on_behalf)
        except CallFailed as failure:
            if len(questions) == 1:
                return [failure]
            return [(await self.read([question]))[0] for question in questions]
        return [
            {read.name: answers[f"r{at}_{name}"] for name, (read, _) in _named(question).items()}
            for at, question in enumerate(questions)
        ]

    async def query(self, callings: Sequence[Calling]) -> list[JsonObject | CallFailed]:
        """All at once, answers in their order."""
        if len(callings) == 1:
            return [await self._run(callings[0])]
        async with TaskGroup() as group:
            tasks = [group.create_task(self._run(calling)) for calling in callings]
        return [task.result() for task in tasks]

    async def _run(self, calling: Calling) -> JsonObject | CallFailed:
        call: Call = calling.call.call
        try:
            return await self.resources.run(call, calling.variables, on_behalf=self.on_behalf)
        except CallFailed as failure:
            return failure


def next_attempt(effect: Effect, failure: CallFailed, retry: Retry, now: datetime) -> datetime | None:
    """When to try again after `effect.attempts` attempts, the last of which failed now; None: not again."""
    if not failure.retryable or effect.attempts > retry.max_retries:
        return None
    return now + timedelta(milliseconds=retry.backoff_ms * 2 ** (effect.attempts - 1))


def _named(question: Question) -> dict[str, tuple[CompiledRead, Variables]]:
    """By names that may stand in an operation, whatever the model calls its reads."""
    return {str(at): read for at, read in enumerate(question.reads)}
