"""Who may see an instance and work on its tasks: owner, agents, candidates, supervisors, and nobody else."""

from collections.abc import Iterator

import pytest

from tests.e2e.flow_client import (
    ASSIGN,
    BACK,
    CLAIM,
    COMMENT,
    COMMIT,
    END,
    INSTANCE,
    RELEASE,
    SUSPEND,
    TASK,
    TASKS,
    Caller,
    FlowSite,
    begin,
    elements,
    end,
    model,
    open_flow_site,
    task,
    task_of,
)
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

OPEN = model(begin(), task("ask"), end())
APPROVAL = model(begin(), task("approve", candidateRoles=["approver"]), end())


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("flows"), "--dev-auth") as running:
        yield running


def agent(flows: FlowSite) -> Caller:
    return flows.caller("ai", roles=["agent"])


def strangers(flows: FlowSite) -> list[Caller]:
    return [
        flows.caller("wu", units=[]),
        flows.caller("an", roles=["agent", "supervisor"], units=["shop"]),
    ]


async def test_a_stranger_is_told_that_there_is_no_task_and_no_instance(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(OPEN)
        started = await flows.owner.start(key)
        where, ask = started["instance"]["id"], task_of(started, "ask")
        for caller in strangers(flows):
            assert (await caller.commit(ask)).codes == ["TASK_NOT_FOUND"]
            assert (await caller.ask(CLAIM, id=ask)).codes == ["TASK_NOT_FOUND"]
            assert (await caller.ask(COMMENT, id=ask, text="x")).codes == ["TASK_NOT_FOUND"]
            assert (await caller.ask(BACK, input={"taskId": ask})).codes == ["TASK_NOT_FOUND"]
            assert (await caller.ask(END, input={"instanceId": where})).codes == ["INSTANCE_NOT_FOUND"]
            assert (await caller.ask(SUSPEND, id=where)).codes == ["INSTANCE_NOT_FOUND"]
            assert await caller.must(TASK, id=ask) is None
            assert await caller.must(INSTANCE, id=where) is None
            assert (await caller.must(TASKS, filter={"flowKey": key}))["nodes"] == []
        assert elements(await flows.owner.start(key)) == ["ask"]


async def test_the_owner_and_the_units_agents_work_on_a_task_without_roles(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(OPEN)
        for worker in (flows.owner, agent(flows), flows.caller("su", roles=["supervisor"])):
            started = await flows.owner.start(key)
            assert (await worker.must(TASK, id=task_of(started, "ask")))["elementKey"] == "ask"
            assert not (await worker.commit(task_of(started, "ask"))).errors
        member = flows.caller("me")  # of the unit, without the role: sees, and works on nothing
        ask = task_of(await flows.owner.start(key), "ask")
        assert (await member.must(TASK, id=ask))["id"] == ask
        assert (await member.commit(ask)).codes == ["TASK_NOT_FOUND"]


async def test_a_task_with_roles_is_for_those_who_have_one(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(APPROVAL)
        approve = task_of(await flows.owner.start(key), "approve")
        for caller in (flows.owner, agent(flows), flows.caller("bo", roles=["approver"], units=["shop"])):
            assert (await caller.commit(approve)).codes == ["TASK_NOT_FOUND"]
        approver = flows.caller("bo", roles=["approver"])
        found = await approver.must(TASKS, filter={"flowKey": key, "role": "approver"})
        assert [one["id"] for one in found["nodes"]] == [approve]
        assert not (await approver.commit(approve)).errors


async def test_a_claimed_task_is_its_assignees_until_a_supervisor_says_otherwise(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(OPEN)
        ask = task_of(await flows.owner.start(key), "ask")
        claimed = await agent(flows).must(CLAIM, id=ask)
        assert claimed["assignee"] == "ai"

        other = flows.caller("ao", roles=["agent"])
        assert (await other.commit(ask)).codes == ["TASK_CLAIMED"]
        assert (await other.ask(CLAIM, id=ask)).codes == ["TASK_CLAIMED"]
        assert (await other.ask(ASSIGN, id=ask, to="ao")).codes == ["ACCESS_DENIED"]
        boss = flows.caller("su", roles=["supervisor"])
        assert (await boss.must(ASSIGN, id=ask, to="ao"))["assignee"] == "ao"
        assert (await agent(flows).ask(RELEASE, id=ask)).codes == ["TASK_CLAIMED"]
        assert (await other.must(RELEASE, id=ask))["assignee"] is None
        assert not (await agent(flows).commit(ask)).errors


async def test_ending_is_for_the_owner_and_agents_and_suspending_for_supervisors(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(OPEN)
        where = (await flows.owner.start(key))["instance"]["id"]
        assert (await flows.owner.ask(SUSPEND, id=where)).codes == ["ACCESS_DENIED"]
        assert (await agent(flows).ask(SUSPEND, id=where)).codes == ["ACCESS_DENIED"]
        assert (await flows.caller("me").ask(END, input={"instanceId": where})).codes == ["ACCESS_DENIED"]
        ended = await agent(flows).must(END, input={"instanceId": where})
        assert ended["instance"]["status"] == "TERMINATED"


async def test_a_caller_without_a_token_drives_nothing(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        nobody = Caller(client=flows.client, headers={})
        assert (await nobody.ask(COMMIT, input={"taskId": "a.b"})).codes == ["UNAUTHENTICATED"]
