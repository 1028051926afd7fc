"""What deploying says of the resource fields a flow uses, and what publishing says of the flows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.flow_client import (
    CHECK,
    DEPLOY,
    SAVE,
    SDL,
    Caller,
    FlowSite,
    Model,
    begin,
    end,
    model,
    open_flow_site,
    task,
)
from tests.servers.client import Reply
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve

PROBLEMS = "query ($flow: String!) { flow(key: $flow) { problems { path code severity message } } }"
CHECK_RESOURCES = """
query ($input: ResourcesInput!) {
  checkResources(input: $input) { ok problems { code path severity module } changes { coordinate usedBy } }
}
"""
MODULE = '{ resourceModule(name: "rides") { version history { version reason } } }'


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("flows"), "--dev-auth") as running:
        yield running


def asking(fields: str, *, condition: str = "true") -> Model:
    """Loads these fields of an order, and goes a way by the condition."""
    call = {"query": f'{{ order(id: "o1") {{ {fields} }} }}'}
    load = {"key": "load", "type": "serviceTask", "call": call, "output": {"order": "result.order"}}
    links = [("s1", "start", "load"), ("s2", "load", "route"), ("no", "route", "end")]
    return model(
        begin(),
        load,
        {"key": "route", "type": "exclusiveGateway", "default": "no"},
        end(),
        *({"key": key, "type": "sequenceFlow", "source": a, "target": b} for key, a, b in links),
        {"key": "yes", "type": "sequenceFlow", "source": "route", "target": "end", "condition": condition},
    )


async def saved(caller: Caller, raw: Model, key: str) -> Reply:
    """The answer of deploying it."""
    await caller.must(SAVE, input={"key": key, "unit": "rides", "model": {"model": raw}})
    return await caller.ask(DEPLOY, input={"key": key})


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        (asking("price"), "load/call/query", "GRAPHQL_VALIDATION_FAILED"),
        (asking("cents", condition="vars.order.price > 1"), "yes/condition", "EXPR_UNKNOWN_NAME"),
        (asking("cents", condition="vars.order.cents == 'a'"), "yes/condition", "EXPR_TYPE"),
    ],
)
async def test_a_field_that_is_missing_refuses_the_deployment(
    site: Gateway, raw: Model, path: str, code: str
) -> None:
    async with open_flow_site(site) as flows:
        checked = await flows.operator.must(CHECK, model=raw)
        assert [(one["path"], one["code"], one["severity"]) for one in checked] == [(path, code, "ERROR")]

        reply = await saved(flows.operator, raw, "missing")

        assert reply.codes == ["FLOW_INVALID"]
        [problem] = reply.errors[0]["extensions"]["problems"]
        assert (problem["path"], problem["code"]) == (path, code)


@pytest.mark.parametrize(
    ("raw", "path", "code", "word"),
    [
        (asking("old"), "load/call/query", "FIELD_DEPRECATED", "use cents"),
        (asking("kept"), "load/call/query", "FIELD_NOT_ACCESSIBLE", "Order.kept"),
        (asking("scoped"), "load/call/query", "FIELD_NOT_ACCESSIBLE", "Order.scoped"),
        (asking("tag", condition="vars.order.tag.size() > 1"), "yes/condition", "NULL_IN_CONDITION", "tag"),
    ],
)
async def test_what_may_go_wrong_is_a_warning_and_deploys(
    site: Gateway, raw: Model, path: str, code: str, word: str
) -> None:
    async with open_flow_site(site) as flows:
        for found in (
            await flows.operator.must(CHECK, model=raw),
            await warned(flows.operator, raw),
        ):
            assert [(one["path"], one["code"], one["severity"]) for one in found] == [(path, code, "WARNING")]
            assert word in found[0]["message"]


async def warned(caller: Caller, raw: Model) -> Any:  # JSON
    assert not (await saved(caller, raw, "warned")).errors
    return (await caller.must(PROBLEMS, flow="warned"))["problems"]


async def test_fields_that_are_there_and_given_say_nothing(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        raw = asking("cents tag", condition="vars.order.cents > 1 && vars.order.tag != null")
        assert await flows.operator.must(CHECK, model=raw) == []


async def publish(flows: FlowSite, sdl: str, *, roles: list[str], **more: object) -> Reply:
    caller = flows.caller("someone", roles=roles)
    return await flows.client.publish(sdl, module="rides", headers=caller.headers, more=more)


async def test_publishing_what_breaks_a_deployed_flow_is_refused_and_forced_by_an_admin(
    site: Gateway,
) -> None:
    async with open_flow_site(site) as flows:
        await flows.operator.deploy(asking("cents tag"), key="priced")
        served = SDL.format(base=flows.upstream.url(""))
        without = served.replace("  tag: String\n", "").replace("id cents tag", "id cents")

        refused = await publish(flows, without, roles=["publisher"])

        assert refused.codes == ["RESOURCES_INVALID"]
        broken = {one["path"]: one for one in refused.errors[0]["extensions"]["problems"]}
        assert broken["priced@1/load/call/query"]["code"] == "BREAKS_FLOW"
        assert "'priced', version 1, element 'load'" in broken["priced@1/load/call/query"]["message"]

        report = await flows.operator.must(CHECK_RESOURCES, input={"module": "rides", "sdl": without})
        assert not report["ok"]
        assert {one["path"] for one in report["problems"] if one["code"] == "BREAKS_FLOW"} == set(broken)
        [change] = [one for one in report["changes"] if one["coordinate"] == "Order.tag"]
        assert "flow priced@1" in change["usedBy"]

        forced = {"force": True, "reason": "the tag is gone"}
        assert (await publish(flows, without, roles=["publisher"], **forced)).codes == ["RESOURCES_INVALID"]
        assert (await publish(flows, without, roles=["admin"], force=True)).codes == ["RESOURCES_INVALID"]
        assert not (await publish(flows, without, roles=["admin"], **forced)).errors
        module = await flows.operator.must(MODULE)
        assert module["history"][0]["reason"].startswith("the tag is gone (forced, breaks ")
        assert "priced@1/load/call/query" in module["history"][0]["reason"]


async def test_publishing_what_no_flow_uses_is_free(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        await flows.operator.deploy(model(begin(), task("ask"), end()))
        served = SDL.format(base=flows.upstream.url(""))
        more = served.replace("  tag: String\n", "  tag: String\n  more: Int @value(const: 1)\n")
        assert not (await publish(flows, more, roles=["publisher"])).errors
        assert not (await publish(flows, served, roles=["publisher"])).errors
