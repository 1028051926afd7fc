"""Flows tried out, replayed and moved over HTTP: `testFlow`, `backTest` and `migrateInstances`."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.e2e.flow_client import Caller, Model, begin, end, model, open_flow_site, task, task_of
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

TEST = """
query ($input: TestFlowInput!) {
  testFlow(input: $input) { status variables openTasks coverage trace { elementKey } problems { code } }
}
"""
REPLAY = """
query ($input: BackTestInput!) {
  backTest(input: $input) { replayed same different undecidable divergences }
}
"""
MOVE = """
mutation ($input: MigrateInput!) { migrateInstances(input: $input) { migrated refused problems { code } } }
"""
LOOK = {
    "key": "look",
    "type": "serviceTask",
    "call": {"query": '{ order(id: "o1") { cents } }'},
    "output": {"cents": "result.order.cents"},
}


def refunding(limit: int) -> Model:
    """ask → look → over the limit somebody approves"""
    links = [("s1", "start", "ask"), ("s2", "ask", "look"), ("s3", "look", "route"), ("s4", "approve", "end")]
    return model(
        begin(),
        task("ask"),
        LOOK,
        {"key": "route", "type": "exclusiveGateway", "default": "small"},
        task("approve"),
        end(),
        *({"key": key, "type": "sequenceFlow", "source": a, "target": b} for key, a, b in links),
        {"key": "small", "type": "sequenceFlow", "source": "route", "target": "end"},
        {"key": "large", "type": "sequenceFlow", "source": "route", "target": "approve"}
        | {"condition": f"vars.cents > {limit}"},
    )


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("trials"), "--dev-auth") as running:
        yield running


async def test_a_model_is_tried_out_with_mocks(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        given = {
            "model": {"model": refunding(500)},
            "answers": [{"why": "late"}],
            "resources": {"Query.order": {"cents": 900}},
        }
        run = await flows.operator.must(TEST, input=given)
        assert (run["status"], run["openTasks"], run["problems"]) == ("RUNNING", ["approve"], [])
        assert run["variables"] == {"why": "late", "cents": 900}
        assert [step["elementKey"] for step in run["trace"]][:3] == ["start", "ask", "look"]


async def lived(operator: Caller, owner: Caller) -> tuple[str, str]:
    """A flow of which one instance has completed, and one waits; the key, and the one that waits."""
    key = await operator.deploy(refunding(1_000), key=f"f{uuid4().hex[:8]}")
    done = await owner.start(key)
    assert (await owner.commit(task_of(done, "ask"))).data["commitTask"]["instance"]["status"] == "COMPLETED"
    return key, (await owner.start(key))["instance"]["id"]


async def test_past_instances_are_replayed_on_another_version(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key, _ = await lived(flows.operator, flows.owner)
        same = await flows.operator.must(REPLAY, input={"flowKey": key})
        assert (same["replayed"], same["same"]) == (1, 1)
        lower = {"flowKey": key, "model": {"model": refunding(500)}}
        other = await flows.operator.must(REPLAY, input=lower)
        assert (other["replayed"], other["different"]) == (1, 1)
        assert "approve" in str(other["divergences"])


async def test_running_instances_move_after_a_dry_run(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key, waiting = await lived(flows.operator, flows.owner)
        await flows.operator.deploy(refunding(500), key=key)
        given = {"flowKey": key, "fromVersion": 1, "toVersion": 2}
        for dry, migrated in ((True, 1), (False, 1), (False, 0)):
            report = await flows.operator.must(MOVE, input={**given, "dryRun": dry})
            assert (report["migrated"], report["refused"]) == (migrated, 0)
        query = "query ($id: ID!) { flowInstance(id: $id) { deployment { version } tasks { id } } }"
        moved = await flows.owner.must(query, id=waiting)
        assert moved["deployment"]["version"] == 2
        taken = (await flows.owner.commit(moved["tasks"][0]["id"])).data["commitTask"]
        assert [one["elementKey"] for one in taken["tasks"]] == ["approve"]


async def test_who_deploys_nothing_may_do_none_of_it(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key, _ = await lived(flows.operator, flows.owner)
        moving = {"flowKey": key, "fromVersion": 1, "toVersion": 1}
        trying = {"model": {"model": refunding(1)}, "answers": []}
        for query, given in ((TEST, trying), (REPLAY, {"flowKey": key}), (MOVE, moving)):
            reply = await flows.owner.ask(query, input=given)
            assert reply.errors[0]["extensions"]["code"] in ("ACCESS_DENIED", "FLOW_NOT_FOUND")
