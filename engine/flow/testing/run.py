"""Run a model step by step on the real runtime, with nothing stored and nothing called.

Time stands still but jumps: to the next timer where nothing else can go on, or as far as an answer says.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from engine.flow.calendars import NamedCalendars
from engine.flow.errors import FlowRefusal, FormInvalid
from engine.flow.executor import FlowExecutor
from engine.flow.instance import (
    DeploymentId,
    Instance,
    InstanceId,
    InstanceStatus,
    NodeInstance,
    OpenTask,
    task_id,
)
from engine.flow.model import CallActivity, FlowModel
from engine.flow.parts import FlowParts
from engine.flow.ports import CallFailed, Deployment
from engine.flow.runtime import Asking, Commit, DeployedFlows, FlowRuntime, Message, Running, Start
from engine.flow.runtime.recent import RecentInstances
from engine.flow.testing.expectations import differences
from engine.flow.testing.memory import MemoryDeployments, MemoryInstances
from engine.flow.testing.mocks import MockedResources
from engine.flow.testing.scenario import Answer, CommitAnswer, MessageAnswer, Scenario, WaitAnswer
from engine.flow.testing.trace import TrialRun, TrialStep, keys_of, open_elements, passed_in
from engine.problem import Problem, Severity

MAX_JUMPS = 100  # timers fired in one run: a loop of timers ends for nobody
BY = Asking(subject="test")
Task = tuple[Instance, OpenTask]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A model and what it runs beside. `called`: deployments of the flows it calls, the newest last."""

    model: FlowModel
    now: datetime
    key: str = "tested"
    unit: str = "test"
    called: Sequence[Deployment] = ()
    parts: FlowParts = field(default_factory=FlowParts)
    calendars: NamedCalendars = field(default_factory=NamedCalendars)


async def run_scenario(tested: Trial, scenario: Scenario, resources: MockedResources) -> TrialRun:
    """What became of it, with all that is not as it should be among its `problems`. Raises nothing."""
    run = _Run(tested, scenario, resources)
    try:
        await run.start()
    except (ValueError, RecursionError) as error:  # what the checks refuse: they said it better
        run.problems.append(Problem(code="FLOW_INVALID", message=str(error)))
    except (FlowRefusal, CallFailed) as refusal:
        run.refuse(refusal, "start")
    else:
        await run.answer_all()
    return await run.result()


class JumpingClock:
    """Time that stands until somebody waits for it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)

    async def sleep_until(self, moment: datetime) -> None:
        self.move(moment)


class _Run:
    def __init__(self, tested: Trial, scenario: Scenario, resources: MockedResources) -> None:
        self._tested = tested
        self._scenario = scenario
        self._resources = resources
        self._clock = JumpingClock(tested.now)
        self._store = MemoryInstances()
        self._deployment = _deployment(tested)
        flows = MemoryDeployments([*tested.called, self._deployment])
        self._flows = DeployedFlows(flows, tested.parts.compile_deployment)
        executor = FlowExecutor(resources=resources, calendars=tested.calendars)
        running = Running(
            store=self._store,
            flows=self._flows,
            executor=executor,
            clock=self._clock,
            recent=RecentInstances(at_most=0),  # a mock is asked once for each answer, also for a refused one
        )
        numbers = count(1)
        self._runtime = FlowRuntime(
            running,
            resources=resources,
            new_id=lambda: InstanceId(f"t{next(numbers)}"),
            report=lambda _, error: self.refuse(error, "timers"),
        )
        self._jumps = 0
        self.problems: list[Problem] = []

    async def start(self) -> None:
        scenario = self._scenario
        await self._runtime.start(
            Start(
                asking=BY,
                deployment=self._deployment.id,
                variables=dict(scenario.variables),
                case_id=scenario.case_id,
            )
        )

    async def answer_all(self) -> None:
        for number, answer in enumerate(self._scenario.answers):
            at = f"answers/{number}"
            await asyncio.sleep(0)  # others' turn: nothing here waits for anything outside
            try:
                await self._answer(answer, at)
            except (FlowRefusal, CallFailed, ValueError) as refusal:
                self.refuse(refusal, at)
            if any(problem.path == at for problem in self.problems):
                return
        while not self._open and await self._jump():
            pass

    def refuse(self, error: Exception, at: str) -> None:
        if isinstance(error, FormInvalid):
            self.problems += error.problems
        code = getattr(error, "code", "ANSWER_INVALID")
        self.problems.append(Problem(code=code, message=str(error), path=at))

    async def result(self) -> TrialRun:
        instances = self._store.all()
        root = instances[0] if instances else None
        nodes = {instance.id: await self._nodes(instance) for instance in instances}
        tested = [nodes[one.id] for one in instances if one.deployment == self._deployment.id]
        run = TrialRun(
            status=InstanceStatus.FAILED if root is None else root.status,
            trace=[] if root is None else await self._steps(root, nodes, ""),
            variables={} if root is None else root.variables,
            open_tasks=open_elements(instances),
            passed=passed_in(self._tested.model, tested),
            of=keys_of(self._tested.model),
            problems=[*self.problems, *self._resources.problems, *_incidents(instances)],
        )
        return differences(run, self._scenario.expected)

    # ------------------------------------------------------------------ one answer
    async def _answer(self, answer: Answer, at: str) -> None:
        while not self._can_take(answer) and await self._jump():
            pass
        found = open_elements(self._store.all())
        if answer.open is not None and sorted(answer.open) != sorted(found):
            message = f"open should be {_listed(answer.open)}, and are {_listed(found)}"
            self.problems.append(Problem(code="TASKS_DIFFER", message=message, path=at))
            return
        match answer:
            case CommitAnswer():
                await self._commit(answer, at)
            case MessageAnswer():
                message = Message(
                    asking=BY, name=answer.name, correlation=answer.correlation, variables=answer.variables
                )
                await self._runtime.send(message)
            case WaitAnswer():
                await self._wait(answer)

    def _can_take(self, answer: Answer) -> bool:
        match answer:
            case CommitAnswer():
                return self._find(answer.task) is not None
            case MessageAnswer():
                waits = [wait.name for one in self._store.all() for wait in one.messages]
                return bool(self._open) or answer.name in waits
            case WaitAnswer():
                return True

    async def _commit(self, answer: CommitAnswer, at: str) -> None:
        found = self._find(answer.task)
        if found is None:
            wanted = f"the task {answer.task!r}" if answer.task else "no task"
            message = f"{wanted} is open; open are {_listed(open_elements(self._store.all()))}"
            message = message if answer.task is None else message.replace("is open", "is not open", 1)
            self.problems.append(Problem(code="TASK_NOT_OPEN", message=message, path=at))
            return
        instance, task = found
        await self._runtime.commit(
            Commit(asking=BY, task=task_id(instance.id, task.node), variables=dict(answer.values))
        )

    async def _wait(self, answer: WaitAnswer) -> None:
        until = self._tested.calendars.add(self._clock.now(), answer.duration)
        while (due := self._store.next_due_at) is not None and due <= until and await self._jump():
            pass
        self._clock.move(until)

    @property
    def _open(self) -> list[Task]:
        running = [one for one in self._store.all() if one.status is InstanceStatus.RUNNING]
        return [(instance, task) for instance in running for task in instance.tasks.values()]

    def _find(self, task: str | None) -> Task | None:
        return next((found for found in self._open if task in (None, found[1].element)), None)

    async def _jump(self) -> bool:
        """To the next timer or attempt, which happens; False if there is none."""
        due = self._store.next_due_at
        if due is None or any(problem.path == "timers" for problem in self.problems):
            return False
        self._jumps += 1
        if self._jumps > MAX_JUMPS:
            message = f"more than {MAX_JUMPS} timers fired: they go round in circles"
            self.problems.append(Problem(code="TOO_MANY_TIMERS", message=message, path="timers"))
            return False
        self._clock.move(due)
        await asyncio.sleep(0)  # as above
        await self._runtime.watch.look()
        await self._runtime.close()
        return True

    # ------------------------------------------------------------------ what happened
    async def _nodes(self, instance: Instance) -> list[NodeInstance]:
        spilled = {node.id: node for node in await self._store.history(instance)}
        return list({**spilled, **instance.nodes}.values())

    async def _steps(
        self, instance: Instance, nodes: dict[InstanceId, list[NodeInstance]], before: str
    ) -> list[TrialStep]:
        types = (await self._flows.get(instance.deployment)).flow.types
        steps: list[TrialStep] = []
        known = {one.id: one for one in self._store.all()}
        for node in nodes[instance.id]:
            key = f"{before}{node.element}"
            steps.append(
                TrialStep(
                    element=key,
                    type=types[node.element],
                    took=node.took,
                    reads=node.reads,
                    unit=instance.unit,
                )
            )
            for child in node.children:
                steps += await self._steps(known[child], nodes, f"{key}/")
        return steps


def _deployment(tested: Trial) -> Deployment:
    calls = [one for one in tested.model.elements.values() if isinstance(one, CallActivity)]
    newest = {deployment.flow_key: deployment.id for deployment in tested.called}
    return Deployment(
        id=DeploymentId(f"{tested.key}@test"),
        flow_key=tested.key,
        version=0,
        unit=tested.unit,
        model=tested.model,
        hash="",
        deployed_at=tested.now,
        deployed_by=BY.subject,
        pinned={call.flow: newest[call.flow] for call in calls if call.flow in newest},
    )


def _incidents(instances: Sequence[Instance]) -> list[Problem]:
    return [
        Problem(code=one.code, message=one.message, path=one.element, severity=Severity.ERROR)
        for instance in instances
        for one in instance.incidents
    ]


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(sorted(keys)) or "none"
