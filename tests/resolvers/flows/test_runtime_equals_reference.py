"""What callers do with one instance, at once and with crashes between: it equals the reference.

The runtime stands on a real store. A crash leaves it in the middle of a call; another one opens the same
store, and the clock moves past the lease.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from engine.flow.errors import FlowRefusal
from engine.flow.instance import Instance, NodeId, NodeInstance, TaskId, Variables, task_id
from engine.flow.model import Json, JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Message, Retry, Rollback, Start, Taken, Terminate
from tests.engine.flow.random_flows import Drawing
from tests.engine.flow.reference import CallBroke, Reference
from tests.engine.flow.reference_conditions import Refused
from tests.faults.form import times
from tests.resolvers.flows.world import FlowWorld, make_world, open_world
from tests.servers.document_stores import sqlite_data

STEPS = 40  # of one instance
Request = tuple[str, str, Variables, str | None]  # who commits which task with what, under which key
Outcome = list[str] | str  # the tasks then open, or the code of the refusal


@pytest.mark.parametrize("seed", range(times(30, 1_000)))
async def test_the_instance_equals_the_reference_after_every_step(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    elements = Drawing(random, loops=True, calls=True).draw()
    async with open_world(sqlite_data(tmp_path / "flows.sqlite")) as world:
        await world.deploy("flow", {"elements": elements})
        calls = [str(each["key"]) for each in elements if "call" in each]
        machine = Machine(world, random, elements, calls)
        await machine.start()
        for _ in range(STEPS):
            await machine.step()
        assert len(machine.keys) == machine.answered - machine.retried  # a retry is under the same key
        assert not machine.world.faults


@dataclass
class Machine:
    """Does the same to both, and compares what came of it."""

    world: FlowWorld
    random: Random
    parts: list[dict[str, Json]]
    calls: list[str]
    instance: Instance = field(init=False)
    nodes: list[NodeInstance] = field(default_factory=list[NodeInstance])
    made: list[Request] = field(default_factory=list[Request])
    keys: set[str | None] = field(default_factory=set[str | None])
    answered: int = 0
    retried: int = 0
    called: set[str] = field(default_factory=set[str])  # keys of requests that made calls
    broken: set[str] = field(default_factory=set[str])
    undone: set[str | None] = field(default_factory=set[str | None])
    taken_back: list[tuple[str, object]] = field(default_factory=list[tuple[str, object]])
    interleaved: bool = False  # calls ended amid steps that the reference makes one after the other
    alive: int = -1  # calls until the process dies

    def __post_init__(self) -> None:
        self.broken = {call for call in self.calls if self.random.random() < 0.1}
        self.messages = {str(each["key"]): str(each["message"]) for each in self.parts if "message" in each}
        self.reference = Reference({"elements": self.parts}, self.answer)
        self.died = asyncio.Event()
        self.use(self.world)

    def answer(self, element: str, _: Variables) -> dict[str, int]:
        self.answered += 1
        if element in self.broken:
            raise CallBroke
        return {element: 3}

    def use(self, world: FlowWorld) -> None:
        self.world = world
        for call in self.calls:
            world.upstream.answers[f"mutation {{ {call} }}"] = self._upstream(call)
            world.upstream.answers[f"mutation {{ undo_{call} }}"] = self._take_back(call)

    def _upstream(self, call: str) -> Callable[[JsonObject], Awaitable[JsonObject]]:
        async def answer(_: JsonObject) -> JsonObject:
            self.keys.add(self.world.upstream.calls[-1][2])
            await self._perhaps_die()
            if call in self.broken:
                raise CallFailed(code="UPSTREAM_REFUSED", message="no", retryable=False)
            return {call: 3}

        return answer

    def _take_back(self, call: str) -> Callable[[JsonObject], Awaitable[JsonObject]]:
        async def take_back(variables: JsonObject) -> JsonObject:
            await self._perhaps_die()
            key = self.world.upstream.calls[-1][2]
            if key not in self.undone:  # else it was done, and the answer lost
                self.undone.add(key)
                self.taken_back.append((call, variables["then"]))
            return {}

        return take_back

    async def _perhaps_die(self) -> None:
        if self.alive == 0:
            self.died.set()
            await asyncio.Event().wait()
        self.alive -= 1

    async def start(self) -> None:
        self.reference.start({})
        key = self.random.choice([None, "begin"])
        start = Start(asking=Asking(subject="li", key=key), flow_key="flow")
        self.instance = (await self.world.runtime.start(start)).instance
        if key is not None:
            again = await self.world.runtime.start(start)
            assert (again.instance.id, again.replayed) == (self.instance.id, True)
        await self.compare()

    async def step(self) -> None:
        acts = [self.commit] * 6 + [self.repeat, self.together, self.contend, self.crash, self.retry]
        acts += [self.pass_time, self.message, self.message, self.roll_back, self.roll_back]
        acts += [self.terminate] if self.random.random() < 0.05 else []
        await self.random.choice(acts)()
        await self.compare()

    async def compare(self) -> None:
        found = await self.reload()
        assert sorted(map(self.name_of, found.tasks)) == self.reference.open_tasks
        assert (found.status, found.variables) == (self.reference.status, self.reference.variables)
        failed = [self.name_of(node.id) for node in self.nodes if node.status == "FAILED"]
        assert sorted(failed) == self.reference.incidents
        for task in found.tasks:
            assert self.world.running.recent.take(found.id, task) in (None, found)
        both = self.taken_back, self.reference.compensated
        done, expected = both if not self.interleaved else (sorted(key for key, _ in each) for each in both)
        assert done == expected

    # ------------------------------------------------------------------ what callers do
    async def commit(self) -> None:
        if request := self.draw():
            await self.expect(self.committing(request), self.reference_commit(request))

    async def repeat(self) -> None:
        """An earlier request: as it was, under another's name, or its key with other variables."""
        if not self.made:
            return
        by, task, variables, key = self.random.choice(self.made)
        changed: Variables = dict.fromkeys(variables, 3)
        other = self.random.choice([by, by, "wu"]), task, self.random.choice([variables, changed]), key
        await self.expect(self.committing(other), self.reference_commit(other))

    async def together(self) -> None:
        """On parallel branches, at once: all succeed, and it is as if they had come in some order."""
        requests = [self.draw(task) for task in self.reference.open_tasks]
        done = [one for one in requests if one is not None]
        for taken in await asyncio.gather(*map(self.committing, done)):
            assert isinstance(taken, list), taken
        await self.reload()
        order = {self.name_of(node.id): node.order or 0 for node in self.nodes}
        before = self.answered
        for request in sorted(done, key=lambda one: order[one[1]]):
            assert isinstance(self.reference_commit(request), list)
        self.interleaved |= len(done) > 1 and self.answered > before

    async def contend(self) -> None:
        """One task with different variables, at once: exactly one is taken."""
        if not (request := self.draw()):
            return
        by, task, variables, _ = request
        others: list[Request] = [(by, task, dict.fromkeys(variables, value), None) for value in (1, 2, 7)]
        outcomes = await asyncio.gather(*map(self.committing, others))
        [won] = [one for one, outcome in zip(others, outcomes, strict=True) if isinstance(outcome, list)]
        refused = [one for one in outcomes if isinstance(one, str)]
        assert isinstance(self.reference_commit(won), list)
        codes = {"TASK_NOT_OPEN"} | (
            {"INSTANCE_NOT_RUNNING"} if self.reference.status != "RUNNING" else set()
        )
        assert len(refused) == 2
        assert codes >= set(refused)

    async def crash(self) -> None:
        """In the middle of a call, if there is one on the way; the caller asks again under its key."""
        if not (request := self.draw(key=f"k{len(self.made)}")):
            return
        self.alive = self.random.randint(0, 2)
        self.died.clear()
        committing = asyncio.ensure_future(self.committing(request))
        dying = asyncio.ensure_future(self.died.wait())
        await asyncio.wait((committing, dying), return_when=asyncio.FIRST_COMPLETED)
        committing.cancel()
        dying.cancel()
        self.alive = -1
        expected = self.reference_commit(request)
        await self.recover()
        await self.expect(self.committing(request), self.reference_commit(request))
        assert isinstance(expected, list)

    async def recover(self) -> None:
        moment = self.world.clock.now()
        self.use(make_world(self.world.store))
        self.world.clock.moment = moment
        await self.pass_time(timedelta(minutes=1))

    async def retry(self) -> None:
        """What had failed for good is whole again, or is not."""
        if not self.reference.incidents:
            return
        failed = self.random.choice(self.reference.incidents)
        if self.random.random() < 0.7:
            self.broken.discard(failed.partition("#")[0])
        self.retried += 1
        retry = Retry(asking=Asking(subject="li"), task=self.task_of(failed))
        await self.expect(self.outcome(self.world.runtime.retry(retry)), self.reference.retry(failed))

    async def pass_time(self, by: timedelta = timedelta(minutes=40)) -> None:
        """Timers that are due by then fire, the earliest first."""
        self.world.clock.move(by)
        now = self.world.clock.now()
        due = [timer for timer in (await self.reload()).timers if timer.due_at <= now]
        await self.world.runtime.watch.look()
        await self.world.runtime.close()
        for timer in sorted(due, key=lambda timer: timer.due_at):
            if timer.element in self.reference.awaited:  # another that fired may have stopped it
                self.reference.happen(timer.element)

    async def message(self) -> None:
        messages = {key: name for key, name in self.messages.items() if key in self.reference.awaited}
        if self.reference.status != "RUNNING" or not messages:
            return
        event = self.random.choice(list(messages))
        asking = Asking(subject="li")
        message = Message(asking=asking, name=messages[event], instance=self.instance.id)
        assert len(await self.world.runtime.send(message)) == 1
        self.reference.happen(event)

    async def roll_back(self) -> None:
        done = self.reference.completed_tasks
        if not self.reference.open_tasks:
            return
        task = self.random.choice(self.reference.open_tasks)
        to = self.random.choice(done) if done and self.random.random() < 0.6 else None
        key = self.random.choice([None, f"r{self.random.randrange(5)}"])
        named = None if to is None else self.task_of(to)
        asking = Asking(subject="li", key=key)
        rollback = Rollback(asking=asking, task=self.task_of(task), to_task=named)
        real = self.outcome(self.world.runtime.roll_back(rollback))
        await self.expect(
            real, self.told(lambda: self.reference.rollback(task, to=to, key=key), f"back {key}")
        )

    async def terminate(self) -> None:
        ending = Terminate(asking=Asking(subject="li"), instance=self.instance.id)
        if self.reference.status == "RUNNING":
            self.reference.terminate()
            await self.world.runtime.terminate(ending)

    # ------------------------------------------------------------------ both sides of it
    def draw(self, task: str | None = None, *, key: str | None = None) -> Request | None:
        open_tasks = self.reference.open_tasks
        if not open_tasks:
            return None
        task = task or self.random.choice(open_tasks)
        key = key or self.random.choice([None, f"k{len(self.made)}"])
        variables: Variables = {task.partition("#")[0]: self.random.randint(1, 7)}
        self.made.append(("li", task, variables, key))
        return self.made[-1]

    async def committing(self, request: Request) -> Outcome:
        by, task, variables, key = request
        return await self.outcome(self.world.commit(self.task_of(task), variables, by=by, key=key))

    def reference_commit(self, request: Request) -> Outcome:
        by, task, variables, key = request
        return self.told(lambda: self.reference.commit(task, variables, by=by, key=key), f"{by} {key}")

    def told(self, act: Callable[[], list[str]], key: str) -> Outcome:
        """A repeat gives the tasks then open; those open now if the first one made calls."""
        before = self.answered, len(self.reference.compensated)
        outcome = _outcome(act)
        if (self.answered, len(self.reference.compensated)) != before:
            self.called.add(key)
        elif isinstance(outcome, list) and key in self.called and not key.endswith("None"):
            return self.reference.open_tasks
        return outcome

    async def expect(self, real: Awaitable[Outcome], expected: Outcome) -> None:
        found = await real
        assert found == expected, (found, expected)

    async def outcome(self, doing: Awaitable[Taken]) -> Outcome:
        try:
            taken = await doing
        except FlowRefusal as refused:
            return refused.code
        await self.reload()
        return sorted(self.name_of(task.node) for _, task in taken.tasks)

    async def reload(self) -> Instance:
        found = await self.world.instances.find(self.instance.id)
        assert found is not None
        every = [*await self.world.instances.history(found), *found.nodes.values()]
        self.nodes = list({node.id: node for node in every}.values())
        return found

    def name_of(self, node: NodeId) -> str:
        """As the reference names nodes: the element, and which of its visits it is."""
        element = next(each.element for each in self.nodes if each.id == node)
        visits = [each.id for each in self.nodes if each.element == element]
        return f"{element}#{visits.index(node) + 1}"

    def task_of(self, name: str) -> TaskId:
        node = next(each.id for each in self.nodes if self.name_of(each.id) == name)
        return task_id(self.instance.id, node)


def _outcome(act: Callable[[], list[str]]) -> Outcome:
    try:
        return act()
    except Refused as refused:
        return refused.code
