"""A run that went back equals a run in which what was undone never happened, on random flows."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.compiled import CompiledFlow
from engine.flow.executor import Step
from engine.flow.instance import NodeId, NodeInstance, NodeStatus
from engine.flow.model import Json, UserTask
from engine.flow.rollback import plan_rollback
from tests.engine.flow.random_flows import Drawing
from tests.engine.flow.runs import Run, compiled, run_flow

seeds = st.integers(0, 1_000_000)


@dataclass(slots=True)
class Log:
    """A run, and what was committed in it and not undone, in order."""

    run: Run
    random: Random
    committed: list[tuple[NodeId, str, int]] = field(default_factory=list[tuple[NodeId, str, int]])

    def commit(self) -> None:
        task = self.random.choice(list(self.run.instance.tasks.values()))
        value = self.random.randint(1, 7)
        self.run.commit(task.element, **{task.element: value})
        self.committed.append((task.node, task.element, value))

    def roll_back(self) -> str:
        """To a random completed task; gives its element."""
        targets = [node for node, _, _ in self.committed]
        target = self.run.instance.nodes[self.random.choice(targets)]

        async def do(step: Step) -> None:
            await step.roll_back(plan_rollback(self.run.flow, step.instance, target.id))

        self.run.step(do)
        return target.element

    def forget_undone(self) -> None:
        nodes = self.run.instance.nodes
        self.committed = [one for one in self.committed if nodes[one[0]].status is NodeStatus.COMPLETED]


def state_of(run: Run) -> dict[str, object]:
    """What a run is, whatever its nodes are called and however often it went back."""
    nodes = run.instance.nodes
    scopes = [node.element for node in nodes.values() if node.status is NodeStatus.ACTIVE]
    return {
        "open": run.open,
        "active": sorted(scopes),
        "tokens": sorted((token.flow, nodes[token.source].element) for token in run.instance.tokens),
        "variables": run.variables,
        "status": run.status,
    }


def replayed(flow: CompiledFlow, committed: list[tuple[str, int]]) -> Run:
    """A run in which these are committed, without those whose task is not reached."""
    run = run_flow(flow)
    for element, value in committed:
        if element in run.open:
            run.commit(element, **{element: value})
    return run


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_a_random_flow_ends_and_leaves_nothing_behind(seed: int):
    random = Random(seed)
    log = Log(run_flow(Drawing(random, loops=True).draw()), random)
    for _ in range(60):
        if log.run.open:
            log.commit()
    assert log.run.open or (log.run.status, log.run.instance.tokens) == ("COMPLETED", [])


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_going_back_is_as_if_what_came_of_the_target_had_never_been(seed: int):
    random = Random(seed)
    flow = compiled(Drawing(random).draw())
    log = Log(run_flow(flow), random)
    for _ in range(30):
        if not log.run.open:
            break
        if log.committed and random.random() < 0.3:
            before = [(element, value) for _, element, value in log.committed]
            target = log.roll_back()
            without = [one for one in before if one[0] != target]
            assert state_of(log.run) == state_of(replayed(flow, without))
            log.forget_undone()
        else:
            log.commit()


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_with_loops_what_is_left_leads_to_the_same_state(seed: int):
    random = Random(seed)
    flow = compiled(Drawing(random, loops=True).draw())
    log = Log(run_flow(flow), random)
    for _ in range(30):
        if not log.run.open:
            break
        log.commit()
        if log.run.open and random.random() < 0.3:
            log.roll_back()
            log.forget_undone()
            kept = [(element, value) for _, element, value in log.committed]
            assert state_of(log.run) == state_of(replayed(flow, kept))


@pytest.mark.parametrize("seed", range(3))
def test_a_commit_and_its_rollback_restore_everything(seed: int):
    random = Random(seed)
    log = Log(run_flow(Drawing(random, loops=True).draw()), random)
    for _ in range(20):
        if not log.run.open:
            break
        before = state_of(log.run)
        log.commit()
        if log.run.open:
            node = last_committed(log.run)

            async def do(step: Step, node: NodeInstance = node) -> None:
                await step.roll_back(plan_rollback(log.run.flow, step.instance, node.id))

            log.run.step(do)
            assert state_of(log.run) == before
            values: dict[str, Json] = dict(node.changed)
            log.run.commit(node.element, **values)


def last_committed(run: Run) -> NodeInstance:
    done = [node for node in run.instance.nodes.values() if node.status is NodeStatus.COMPLETED]
    users = [node for node in done if isinstance(run.flow.elements[node.element].model, UserTask)]
    return max(users, key=lambda node: node.order or 0)
