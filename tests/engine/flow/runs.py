"""Runs of one instance in tests: stored as its document and read again between every step, time by hand."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

from graphql import build_schema, graphql_sync

from engine.flow.calendars import add_duration
from engine.flow.compensation import Undone, plan_compensations
from engine.flow.compiled import CompiledFlow, compile_flow
from engine.flow.documents import of_document, to_document
from engine.flow.elements.outcomes import ChildWanted
from engine.flow.executor import FlowExecutor, Step
from engine.flow.instance import DeploymentId, Effect, Instance, InstanceId, NodeId, NodeInstance, NodeStatus
from engine.flow.model import Call, FlowModel, Json, JsonObject
from engine.flow.ports import CallFailed, CallType, OnBehalf
from engine.flow.reading import read_model
from engine.flow.rollback import Undoing, plan_rollback, previous_task

BEGIN = datetime(2030, 1, 31, 9, tzinfo=UTC)
SDL = """
type Query { vip(id: ID): Boolean  limit(id: ID): Int  amount: Int  broken: Int }
type Mutation { refund(amount: Int): String  undo(amount: Int): String }
"""


@dataclass(slots=True, kw_only=True)
class Graph:
    """A real schema over answers that a test sets; it notes the operations it is asked."""

    answers: dict[str, Json] = field(default_factory=dict[str, "Json"])
    reads: list[list[str]] = field(default_factory=list[list[str]])
    runs: list[str] = field(default_factory=list[str])
    down: bool = False

    def describe(self, call: Call, *, units: Collection[str] = ()) -> CallType:
        raise NotImplementedError(call)

    async def run(
        self, call: Call, variables: JsonObject, *, on_behalf: OnBehalf, idempotency_key: str | None = None
    ) -> JsonObject:
        self.runs.append(call.query)
        return self.answer(call, variables)

    async def read(
        self, calls: Mapping[str, tuple[Call, JsonObject]], *, on_behalf: OnBehalf
    ) -> Mapping[str, JsonObject]:
        self.reads.append([call.query for call, _ in calls.values()])
        return {name: self.answer(call, variables) for name, (call, variables) in calls.items()}

    def answer(self, call: Call, variables: JsonObject) -> JsonObject:
        if self.down:
            raise CallFailed(code="UPSTREAM_DOWN", message="it is down", retryable=True)
        schema = build_schema(SDL)
        result = graphql_sync(schema, call.query, root_value=self.answers, variable_values=dict(variables))
        if result.errors or "broken" in call.query:
            raise CallFailed(code="UPSTREAM_BROKEN", message="it answers wrongly", retryable=False)
        return result.data or {}


class Clocks:
    def add(self, start: datetime, duration: str) -> datetime:
        return add_duration(start, duration, {})


@dataclass(slots=True, kw_only=True)
class Run:
    """What a caller does with one instance; every step begins with the instance as it was stored."""

    flow: CompiledFlow
    instance: Instance
    graph: Graph = field(default_factory=Graph)
    now: datetime = BEGIN
    children: list[ChildWanted] = field(default_factory=list[ChildWanted])
    abandoned: list[InstanceId] = field(default_factory=list[InstanceId])

    @property
    def open(self) -> list[str]:
        return sorted(task.element for task in self.instance.tasks.values())

    @property
    def status(self) -> str:
        return self.instance.status.value

    @property
    def variables(self) -> dict[str, Json]:
        return self.instance.variables

    @property
    def incidents(self) -> list[tuple[str, str]]:
        return [(incident.element, incident.code) for incident in self.instance.incidents]

    def node(self, element: str, status: NodeStatus | None = None) -> NodeInstance:
        """The last visit of an element."""
        return [
            node
            for node in self.instance.nodes.values()
            if node.element == element and status in (None, node.status)
        ][-1]

    def step(self, do: Callable[[Step], Awaitable[None]], *, attended: bool = True) -> None:
        """On a copy, which is kept unless something is raised."""
        copy = reloaded(self.instance)
        executor = FlowExecutor(resources=self.graph, calendars=Clocks())
        step = executor.step(self.flow, copy, now=self.now, by="ann", attended=attended)
        asyncio.run(_await(do(step)))
        self.instance = reloaded(copy)
        self.children += step.children
        self.abandoned += step.abandoned

    def commit(self, element: str, **variables: Json) -> None:
        task = next(task for task in self.instance.tasks.values() if task.element == element)
        self.step(lambda step: step.commit_task(task.node, variables))

    def wait(self, **duration: int) -> None:
        """Lets time pass; what is due fires, the earliest first."""
        until = self.now + timedelta(**duration)
        while due := [timer for timer in self.instance.timers if timer.due_at <= until]:
            timer = min(due, key=lambda timer: timer.due_at)
            self.now = max(self.now, timer.due_at)
            self.step(lambda step, timer=timer: step.fire_timer(timer), attended=False)
        self.now = until

    def send(self, name: str, **variables: Json) -> None:
        wait = next(wait for wait in self.instance.messages if wait.name == name)
        self.step(lambda step: step.receive_message(wait, variables), attended=False)

    def run_effects(self) -> list[str]:
        """Runs what is due, as a replica would; gives the keys under which it ran."""
        keys: list[str] = []
        while due := [one for one in self.instance.effects.values() if one.due_at and one.due_at <= self.now]:
            keys.append(due[0].key)
            self.step(partial(self._run_effect, due[0]), attended=False)
        return keys

    async def _run_effect(self, effect: Effect, step: Step) -> None:
        try:
            result = self.graph.answer(Call(query=effect.query), effect.variables)
        except CallFailed as failure:
            await step.fail_call(effect.node, failure)
        else:
            await step.complete_call(effect.node, dict(result))

    def end_child(self, at: int, **variables: Json) -> None:
        child = self.children[at]
        self.step(lambda step: step.complete_child(child.node, child.index, variables), attended=False)

    def retry(self, element: str, **corrections: Json) -> None:
        node = self.node(element).id
        self.step(lambda step: step.retry_node(node, corrections))

    def roll_back(self, element: str, to: str | NodeId | None = None) -> None:
        """From an open task, to the task completed last before it, or to the last visit of another."""
        node = next(task.node for task in self.instance.tasks.values() if task.element == element)
        if to is None:
            target = previous_task(self.flow, self.instance, node).id
        else:
            target = self.node(to, NodeStatus.COMPLETED).id

        async def do(step: Step) -> None:
            undoing = plan_rollback(self.flow, step.instance, target)
            await step.roll_back(undoing, self.compensations(undoing))

        self.step(do)

    def compensations(self, undoing: Undoing) -> list[Effect]:
        undone = Undone(flow=self.flow, instance=self.instance, nodes=undoing.nodes, undone=undoing.undone)
        return plan_compensations(undone, keeper=self.instance)


def run_flow(
    model: CompiledFlow | FlowModel | list[dict[str, Json]],
    *,
    graph: Graph | None = None,
    attended: bool = True,
    **variables: Json,
) -> Run:
    flow = model if isinstance(model, CompiledFlow) else compiled(model)
    instance = Instance(
        id=InstanceId("one"),
        version=0,
        flow_key="flow",
        deployment=DeploymentId("flow-1"),
        unit="rides",
        owner="ann",
        started_at=BEGIN,
        start_variables=variables,
    )
    run = Run(flow=flow, instance=instance, graph=graph or Graph())
    run.step(lambda step: step.begin(), attended=attended)
    return run


def compiled(model: FlowModel | list[dict[str, Json]]) -> CompiledFlow:
    return compile_flow(model if isinstance(model, FlowModel) else model_of(model))


def model_of(elements: list[dict[str, Json]]) -> FlowModel:
    model, problems = read_model({"elements": elements})
    assert not problems, problems
    return model


def flows(*texts: str) -> list[dict[str, Json]]:
    """`a > b > c` are two sequence flows; `a > b : condition` is one with a condition. Keys are `a-b`."""
    made: list[dict[str, Json]] = []
    for text in texts:
        path, _, condition = text.partition(" : ")
        keys = [key.strip() for key in path.split(">")]
        for source, target in pairwise(keys):
            flow: dict[str, Json] = {
                "key": f"{source}-{target}",
                "type": "sequenceFlow",
                "source": source,
                "target": target,
            }
            made.append({**flow, "condition": condition} if condition else flow)
    return made


def element(type_: str, key: str, **fields: Json) -> dict[str, Json]:
    return {"key": key, "type": type_, **fields}


def tasks(*keys: str, **fields: Json) -> list[dict[str, Json]]:
    return [element("userTask", key, **fields) for key in keys]


START = element("startEvent", "start")
END = element("endEvent", "end")


def reloaded(instance: Instance) -> Instance:
    document = to_document(instance)
    again = of_document(document)
    assert again == instance
    return again


async def _await(doing: Awaitable[None]) -> None:
    await doing
