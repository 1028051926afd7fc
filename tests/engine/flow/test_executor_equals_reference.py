"""Random flows, driven forth and back: after every step the instance equals the reference."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.flow.errors import FlowRefusal
from engine.flow.executor import Step
from engine.flow.instance import NodeId
from engine.flow.model import Json
from engine.flow.rollback import plan_rollback, previous_task
from tests.engine.flow.reference import Reference
from tests.engine.flow.reference_conditions import Refused
from tests.engine.flow.runs import Run, run_flow


@dataclass
class Drawing:
    """A flow made of blocks; a block is entered by one element and left by one."""

    draw: st.DrawFn
    elements: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    tasks: list[str] = field(default_factory=list[str])

    def add(self, kind: str, **fields: Json) -> str:
        key = f"{kind[:2]}{len(self.elements)}"
        self.elements.append({"key": key, "type": kind, **fields})
        return key

    def connect(self, source: str, target: str, condition: str | None = None) -> str:
        flow: dict[str, Json] = {"type": "sequenceFlow", "source": source, "target": target}
        key = f"f{len(self.elements)}"
        self.elements.append({"key": key, **flow, **({"condition": condition} if condition else {})})
        return key

    def condition(self) -> str:
        name = self.draw(st.sampled_from(["shared", *(f"of_{task}" for task in self.tasks)]))
        return f"vars.{name} {self.draw(st.sampled_from(['>', '<', '!=']))} {self.draw(st.integers(0, 4))}"

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["task", "task", "assign", "loop", "parallelGateway", "inclusiveGateway", "exclusiveGateway"]
        kind = self.draw(st.sampled_from(kinds if depth else kinds[:3]))
        match kind:
            case "task":
                key = self.add("userTask")
                self.tasks.append(key)
                return key, key
            case "assign":
                key = self.add("serviceTask", output={f"from_{len(self.elements)}": "vars.shared + 1"})
                return key, key
            case "loop":
                return self.loop(depth)
            case _:
                return self.fork(kind, depth)

    def loop(self, depth: int) -> tuple[str, str]:
        merge, choose, task = self.add("exclusiveGateway"), self.add("exclusiveGateway"), self.add("userTask")
        self.tasks.append(task)
        first, last = self.sequence(depth - 1)
        self.connect(merge, first)
        self.connect(last, task)
        self.connect(task, choose)
        self.connect(choose, merge, f"vars.of_{task} > 2")
        after = self.add("serviceTask")
        self.default(choose, self.connect(choose, after))
        return merge, after

    def fork(self, kind: str, depth: int) -> tuple[str, str]:
        split, join = self.add(kind), self.add(kind)
        for nth in range(self.draw(st.integers(2, 3))):
            first, last = self.sequence(depth - 1)
            always = kind == "parallelGateway" or nth == 0
            flow = self.connect(split, first, None if always else self.condition())
            if nth == 0 and kind != "parallelGateway":
                self.default(split, flow)
            self.connect(last, join)
        return split, join

    def default(self, key: str, flow: str) -> None:
        next(each for each in self.elements if each["key"] == key)["default"] = flow

    def sequence(self, depth: int) -> tuple[str, str]:
        first, last = self.block(depth)
        for _ in range(self.draw(st.integers(0, 2))):
            following, end = self.block(depth)
            self.connect(last, following)
            last = end
        return first, last


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    drawing = Drawing(draw)
    start, end = drawing.add("startEvent"), drawing.add("endEvent")
    first, last = drawing.sequence(2)
    drawing.connect(start, first)
    drawing.connect(last, end)
    return drawing


def name_of(run: Run, node: NodeId) -> str:
    """As the reference names nodes: the element, and which of its visits it is."""
    element = run.instance.nodes[node].element
    visits = [each.id for each in run.instance.nodes.values() if each.element == element]
    return f"{element}#{visits.index(node) + 1}"


def assert_equal(run: Run, reference: Reference) -> None:
    assert sorted(name_of(run, node) for node in run.instance.tasks) == reference.open_tasks
    assert (run.status, run.variables) == (reference.status, reference.variables)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["commit", "commit", "commit", "back", "to"]), st.integers(0, 9), st.integers(0, 5)
    ),
    min_size=8,
    max_size=25,
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(drawings(), STEPS)
def test_every_step_forth_and_back_equals_the_reference(
    drawing: Drawing, steps: list[tuple[str, int, int]]
) -> None:
    start: dict[str, Json] = dict.fromkeys(["shared", *(f"of_{task}" for task in drawing.tasks)], 0)
    reference = Reference({"elements": drawing.elements}, lambda element, values: None)
    reference.start(start)
    run = run_flow(drawing.elements, graph=None, attended=True, **start)
    assert_equal(run, reference)
    for what, which, number in steps:
        if not reference.open_tasks:
            break
        task = reference.open_tasks[which % len(reference.open_tasks)]
        if what == "commit":
            values: dict[str, Json] = {f"of_{task.partition('#')[0]}": number, "shared": number}
            reference.commit(task, values)
            commit(run, task, values)
        else:
            done = reference.completed_tasks
            to = done[number % len(done)] if what == "to" and done else None
            expected = outcome(partial(reference.rollback, task, to=to))
            assert outcome(partial(roll_back, run, task, to)) == expected
        assert_equal(run, reference)


def commit(run: Run, task: str, values: dict[str, Json]) -> None:
    node = node_of(run, task)
    run.step(lambda step: step.commit_task(node, values))


def roll_back(run: Run, task: str, to: str | None) -> None:
    node = node_of(run, task)

    async def do(step: Step) -> None:
        target = previous_task(run.flow, step.instance, node).id if to is None else node_of(run, to)
        await step.roll_back(plan_rollback(run.flow, step.instance, target))

    run.step(do)


def node_of(run: Run, name: str) -> NodeId:
    return next(node for node in run.instance.nodes if name_of(run, node) == name)


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except (Refused, FlowRefusal) as refused:
        return refused.code
    return "done"
