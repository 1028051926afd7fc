"""Random flows with random answers: the same open tasks after every step as SpiffWorkflow running their BPMN.

Where that engine joins in ways BPMN does not, flows are not drawn (`Drawing.portable`); two of these
differences are kept here, with what BPMN says.
"""

from collections.abc import Iterator
from random import Random

import pytest

from engine.flow.errors import FlowRefusal
from engine.flow.model import Json
from tests.engine.flow.oracle import Oracle
from tests.engine.flow.random_flows import Drawing
from tests.engine.flow.runs import Run, element, flows, model_of, run_flow, tasks
from tests.faults.form import times

FLOWS = times(60, 1_500)
STEPS = times(400, 10_000)  # at least, over all of them
LONGEST = 60  # steps of one: answers may send a loop round for ever


def test_the_same_tasks_are_open_after_every_step():
    taken = sum(compare(seed) for seed in range(FLOWS))
    assert taken >= STEPS


def compare(seed: int) -> int:
    """Gives the number of steps; each choice is the seed's."""
    random = Random(seed)
    model = model_of(Drawing(random, loops=seed % 4 > 0, portable=True).draw())
    run, oracle = run_flow(model), Oracle(model)
    for step in range(LONGEST):
        assert (step, run.open) == (step, oracle.open_tasks), f"seed {seed}"
        if not run.open:
            assert (run.status, oracle.completed) == ("COMPLETED", True), f"seed {seed}"
            return step
        task, value = random.choice(run.open), random.randint(1, 7)
        run.commit(task, **{task: value})
        oracle.commit(task, **{task: value})
    return LONGEST


@pytest.mark.parametrize("seed", range(0, times(40, 1_000), 2))
def test_no_answer_leads_to_an_unlisted_error(seed: int):
    """Also such answers as no flow is made for: the step is refused under its code, and nothing changes."""
    random = Random(seed)
    run = run_flow(Drawing(random, loops=True).draw())
    for _ in range(LONGEST):
        if not run.open:
            break
        task = random.choice(run.open)
        before = run.instance
        answers: list[dict[str, Json]] = [{task: random.randint(0, 9)}, {task: "text"}, {task: None}, {}]
        if (refusal := refusal_of(run, task, random.choice(answers))) is not None:
            assert refusal in {"CONDITION_FAILED", "NO_BRANCH_TAKEN"}
            assert run.instance is before
            run.commit(task, **{task: random.randint(1, 7)})


def refusal_of(run: Run, task: str, answer: dict[str, Json]) -> str | None:
    try:
        run.commit(task, **answer)
    except FlowRefusal as refused:
        return refused.code
    return None


def test_a_join_in_a_loop_waits_for_all_in_every_turn():
    """BPMN 2.0: a token of every flow, each time. The oracle counts a flow by which one came a turn ago."""
    run, oracle = both(
        "start > head > fork > left > join",
        "fork > right > join > again > choose",
        "choose > head : vars.again > 4",
        "choose > end : vars.again <= 4",
        names=("left", "right", "again"),
        gateways={"head": "exclusive", "fork": "parallel", "join": "parallel", "choose": "exclusive"},
    )
    for task, value in (("left", 1), ("right", 1), ("again", 5), ("right", 1)):
        run.commit(task, **{task: value})
        oracle.commit(task, **{task: value})
    assert run.open == ["left"]
    assert oracle.open_tasks == ["again", "left"]


def test_an_inclusive_join_waits_for_what_can_still_come_by_any_way():
    """BPMN 2.0, 13.4.3. The oracle follows the first flow into `met` only, and does not see `second`."""
    run, oracle = both(
        "start > ask > fork",
        "fork > plain > join : vars.ask > 0",
        "fork > decide > choose : vars.ask > 1",
        "choose > first > met : vars.decide == 1",
        "choose > second > met : vars.decide == 2",
        "met > last > join > after > end",
        names=("ask", "plain", "decide", "first", "second", "last", "after"),
        gateways={"fork": "inclusive", "choose": "exclusive", "met": "exclusive", "join": "inclusive"},
    )
    for task, value in (("ask", 2), ("decide", 2), ("plain", 1)):
        run.commit(task, **{task: value})
        oracle.commit(task, **{task: value})
    assert run.open == ["second"]
    assert oracle.open_tasks == ["after", "second"]


def both(*texts: str, names: tuple[str, ...], gateways: dict[str, str]) -> tuple[Run, Oracle]:
    parts = [element("startEvent", "start"), element("endEvent", "end"), *tasks(*names)]
    parts += [element(f"{kind}Gateway", key) for key, kind in gateways.items()]
    model = model_of([*parts, *each_flow(texts)])
    return run_flow(model), Oracle(model)


def each_flow(texts: tuple[str, ...]) -> Iterator[dict[str, Json]]:
    """A condition is of the first flow of its text."""
    for text in texts:
        path, _, condition = text.partition(" : ")
        first, *rest = flows(path)
        yield {**first, "condition": condition} if condition else first
        yield from rest
