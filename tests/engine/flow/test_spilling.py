"""Long runs: settled nodes leave the document in full pages, and rollback reaches them there."""

from engine.flow.executor import Step
from engine.flow.instance import NodeInstance
from engine.flow.rollback import plan_rollback, previous_task
from engine.flow.spilling import MAX_NODES, PAGE, nodes_to_spill
from tests.engine.flow.runs import END, START, Run, element, flows, run_flow, tasks

LOOP = [
    START,
    element("parallelGateway", "fork"),
    *tasks("work", "waits"),
    END,
    *flows("start > fork > work", "fork > waits > end"),
    *flows("work > work : vars.n >= 0", "work > end : vars.n < 0"),
]


def spill(run: Run, pages: list[list[NodeInstance]]) -> None:
    """As the runtime does when it writes."""
    for page in nodes_to_spill(run.instance):
        for node in page:
            del run.instance.nodes[node.id]
        run.instance.spilled += 1
        pages.append(page)


def test_a_short_run_spills_nothing():
    run = run_flow(LOOP)
    for n in range(MAX_NODES - 10):
        run.commit("work", n=n)
    assert nodes_to_spill(run.instance) == []


def test_a_long_run_stays_bounded_and_keeps_what_is_open():
    run, pages = run_flow(LOOP), list[list[NodeInstance]]()
    for n in range(350):
        run.commit("work", n=n)
        spill(run, pages)
        assert len(run.instance.nodes) <= MAX_NODES
    assert [len(page) for page in pages] == [PAGE, PAGE]
    assert [node.element for node in pages[0][:2]] == ["start", "work"]  # not `fork`: `waits` came of it
    assert (run.open, run.node("waits").visit) == (["waits", "work"], 1)


def test_a_rollback_reaches_what_has_spilled():
    run, pages = run_flow(LOOP), list[list[NodeInstance]]()
    for n in range(350):
        run.commit("work", n=n)
        spill(run, pages)
    history = [node for page in pages for node in page]
    target = next(node for node in history if node.element == "work" and node.visit == 5)
    node = run.node("work").id
    assert previous_task(run.flow, run.instance, node, history).visit == 350

    async def roll_back(step: Step) -> None:
        await step.roll_back(plan_rollback(run.flow, step.instance, target.id, history))

    run.step(roll_back)
    assert (run.open, run.variables, run.node("work").visit) == (["waits", "work"], {"n": 3}, 352)
    assert run.instance.tasks[run.node("work").id].values == {"n": 4}
    assert len(run.instance.nodes) > MAX_NODES  # they are changed, and leave again in newer pages
    spill(run, pages)
    run.commit("work", n=-1)
    run.commit("waits")
    assert run.status == "COMPLETED"
