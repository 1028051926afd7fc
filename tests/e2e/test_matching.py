"""Matching over HTTP: a rule on a resource field leads to a flow, and one case id ties all of it together."""

from collections.abc import Iterator

import pytest

from tests.e2e.flow_client import FlowSite, begin, end, model, open_flow_site, task
from tests.resolvers.matching.rules import CASE, FEEDBACK, MATCH, SAVE_RULE
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

START = """
mutation ($flow: String!, $case: String!, $variables: JSON!) {
  startFlow(input: { flowKey: $flow, caseId: $case, variables: $variables }) { instance { caseId variables } }
}
"""
QUERY = "query ($id: ID!) { order(id: $id) { cents } }"


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("matching"), "--dev-auth") as running:
        yield running


async def save_expensive(flows: FlowSite, flow: str, name: str) -> None:
    condition = {
        "texts": ["the ride was too expensive"],
        "dimensions": {"product": name},
        "reads": {"order": {"query": QUERY, "variables": {"id": "dims.orderId"}, "value": "result.order"}},
        "when": "reads.order.cents > 500",
    }
    answer = {"flowKey": flow, "variables": {"cents": "reads.order.cents", "order": "dims.orderId"}}
    given = {"unit": "rides", "name": name, "questions": [condition], "answers": [answer]}
    saved = await flows.operator.must(SAVE_RULE, input=given)
    assert saved["problems"] == []


async def test_a_question_leads_to_a_flow_and_the_case_tells_all(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(model(begin(), task("ask"), end()))
        await save_expensive(flows, key, "expensive")
        asked = {
            "question": "my ride was too expensive",
            "dimensions": {"product": "expensive", "orderId": "o1"},
        }
        found = await flows.owner.must(MATCH, input=asked)
        (solution,) = found["solutions"]
        (flow,) = solution["items"]
        assert flow["variables"] == {"cents": 700, "order": "o1"}

        case = found["caseId"]
        started = await flows.owner.must(START, flow=key, case=case, variables=flow["variables"])
        assert started["instance"]["caseId"] == case
        said = {"caseId": case, "ruleId": solution["rule"]["id"], "helpful": True}
        assert await flows.owner.must(FEEDBACK, input=said) is True
        told = await flows.owner.must(CASE, id=case)
        assert sorted(one["kind"] for one in told["timeline"]) == ["FEEDBACK", "FLOW_STARTED", "MATCH"]
        agent = flows.caller("agent", roles=["agent"])
        assert (await agent.must(CASE, id=case))["id"] == case
        assert await flows.caller("stan", units=[]).must(CASE, id=case) is None


async def test_what_is_not_known_is_asked_for(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(model(begin(), task("ask"), end()))
        await save_expensive(flows, key, "unknown")
        asked = {"question": "the ride was too expensive", "dimensions": {"product": "unknown"}}
        found = await flows.owner.must(MATCH, input=asked)
        assert (found["solutions"], found["ask"], found["askOptions"]) == ([], "orderId", [])


async def test_an_operator_in_a_dimension_is_refused(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        for value in ({"$ne": None}, {"$where": "1"}):
            reply = await flows.owner.ask(MATCH, input={"dimensions": {"product": value}})
            assert [one["extensions"]["code"] for one in reply.errors] == ["BAD_USER_INPUT"]


async def test_an_end_user_saves_no_rule(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        given = {"unit": "rides", "name": "mine", "questions": [{}], "answers": [{"text": "x"}]}
        reply = await flows.owner.ask(SAVE_RULE, input=given)
        assert [one["extensions"]["code"] for one in reply.errors] == ["ACCESS_DENIED"]
