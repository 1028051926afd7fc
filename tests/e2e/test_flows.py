"""Flows over HTTP: deployed, started, committed, gone back, ended; keys, messages, incidents."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.e2e.flow_client import (
    BACK,
    COMMENT,
    COMMIT,
    DEPLOY,
    END,
    INSTANCE,
    RESUME,
    RETRY,
    SAVE,
    SEND,
    START,
    SUSPEND,
    TASKS,
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

TWO = model(begin(), task("ask"), task("confirm"), end())
FORM = {"f": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}}
REFUND = "mutation ($cents: Int!) { refund(cents: $cents) { id } }"


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("flows"), "--dev-auth") as running:
        yield running


async def test_a_flow_is_saved_deployed_started_committed_and_completes(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(TWO)
        started = await flows.owner.start(key, city="SZ")
        assert elements(started) == ["ask"]

        first = await flows.owner.must(
            COMMIT, input={"taskId": task_of(started, "ask"), "variables": {"a": 1}}
        )
        assert elements(first) == ["confirm"]
        done = await flows.owner.must(COMMIT, input={"taskId": task_of(first, "confirm"), "variables": {}})

        assert (done["instance"]["status"], done["tasks"]) == ("COMPLETED", [])
        assert done["instance"]["variables"] == {"city": "SZ", "a": 1}
        seen = await flows.owner.must(INSTANCE, id=done["instance"]["id"])
        assert [one["elementKey"] for one in seen["history"]] == ["start", "ask", "confirm", "end"]
        assert (seen["owner"], seen["unit"]) == ("li", "rides")


async def test_only_the_units_publisher_saves_and_deploys(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(TWO)
        other = flows.caller("other", roles=["publisher"], units=["shop"])
        given = {"key": key, "unit": "rides", "model": {"model": TWO}}
        assert (await other.ask(SAVE, input=given)).codes == ["ACCESS_DENIED"]
        assert (await other.ask(DEPLOY, input={"key": key})).codes == ["ACCESS_DENIED"]
        assert (await flows.owner.ask(SAVE, input=given)).codes == ["ACCESS_DENIED"]


async def test_what_is_not_there_is_said_by_its_code(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        nothing = f"none-{uuid4().hex}"
        assert (await flows.operator.ask(DEPLOY, input={"key": nothing})).codes == ["FLOW_NOT_FOUND"]
        assert (await flows.owner.ask(START, input={"flowKey": nothing})).codes == ["DEPLOYMENT_NOT_FOUND"]
        assert (await flows.owner.commit(f"{nothing}.x")).codes == ["TASK_NOT_FOUND"]
        assert (await flows.owner.ask(END, input={"instanceId": nothing})).codes == ["INSTANCE_NOT_FOUND"]


async def test_going_back_opens_the_task_again_and_restores_the_variables(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(TWO)
        started = await flows.owner.start(key, a=0)
        ask = task_of(started, "ask")
        first = await flows.owner.must(COMMIT, input={"taskId": ask, "variables": {"a": 1}})

        back = await flows.owner.must(BACK, input={"taskId": task_of(first, "confirm")})

        assert elements(back) == ["ask"]
        assert back["instance"]["variables"] == {"a": 0}
        assert task_of(back, "ask") != ask
        assert (await flows.owner.commit(ask)).codes == ["TASK_NOT_OPEN"]
        again = await flows.owner.ask(BACK, input={"taskId": task_of(back, "ask")})
        assert again.codes == ["ROLLBACK_IMPOSSIBLE"]


async def test_a_terminated_instance_takes_nothing_more(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        started = await flows.owner.start(await flows.operator.deploy(TWO))
        ended = await flows.owner.must(END, input={"instanceId": started["instance"]["id"]})
        assert (ended["instance"]["status"], ended["tasks"]) == ("TERMINATED", [])
        refused = await flows.owner.commit(task_of(started, "ask"))
        assert refused.codes == ["INSTANCE_NOT_RUNNING"]


async def test_a_commit_is_held_to_its_form_and_a_partial_one_keeps_what_it_gives(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key = await flows.operator.deploy(model(begin(), task("ask", form="f"), end(), forms=FORM))
        ask = task_of(await flows.owner.start(key), "ask")
        refused = await flows.owner.commit(ask, n="x")
        assert refused.codes == ["FORM_INVALID"]
        assert refused.errors[0]["extensions"]["problems"][0]["path"] == "ask/f/n"

        kept = await flows.owner.must(COMMIT, input={"taskId": ask, "variables": {"n": 3}, "partial": True})
        assert elements(kept) == ["ask"]
        done = await flows.owner.must(COMMIT, input={"taskId": ask, "variables": {}})
        assert done["instance"]["variables"] == {"n": 3}


@pytest.mark.parametrize("by", ["header", "input"])
async def test_a_key_makes_a_repeat_harmless_and_is_for_one_input(site: Gateway, by: str) -> None:
    async with open_flow_site(site) as flows:
        flow, once = await flows.operator.deploy(TWO), uuid4().hex

        async def ask(query: str, key: str, **given: object) -> object:
            inside = {"idempotencyKey": key} if by == "input" else {}
            reply = await flows.owner.ask(
                query, key=key if by == "header" else None, input={**given, **inside}
            )
            return next(iter(reply.data.values())) if not reply.errors else reply.codes

        started = await ask(START, once, flowKey=flow, variables={"a": 1})
        again = await ask(START, once, flowKey=flow, variables={"a": 1})
        assert isinstance(started, dict)
        assert again == {**started, "replayed": True}
        assert await ask(START, once, flowKey=flow, variables={"a": 2}) == ["IDEMPOTENCY_KEY_REUSED"]

        ask_id = task_of(started, "ask")
        first = await ask(COMMIT, f"{once}c", taskId=ask_id, variables={"b": 1})
        assert await ask(COMMIT, f"{once}c", taskId=ask_id, variables={"b": 1}) == {**first, "replayed": True}  # pyright: ignore[reportGeneralTypeIssues] # JSON
        assert await ask(COMMIT, f"{once}c", taskId=ask_id, variables={"b": 2}) == ["IDEMPOTENCY_KEY_REUSED"]


async def test_of_two_versions_of_a_task_the_older_is_refused(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        started = await flows.owner.start(await flows.operator.deploy(TWO))
        [ask] = started["tasks"]
        stale = {"taskId": ask["id"], "variables": {}, "expectedVersion": ask["version"] + 1}
        assert (await flows.owner.ask(COMMIT, input=stale)).codes == ["VERSION_CONFLICT"]
        fresh = {**stale, "expectedVersion": ask["version"]}
        assert elements(await flows.owner.must(COMMIT, input=fresh)) == ["confirm"]


async def test_a_message_is_delivered_by_its_correlation(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        wait = {
            "key": "wait",
            "type": "messageCatchEvent",
            "message": "paid",
            "correlation": {"bill": "vars.bill"},
            "output": {"cents": "message.cents"},
        }
        bill = uuid4().hex
        started = await flows.owner.start(
            await flows.operator.deploy(model(begin(), wait, task("thank"), end())), bill=bill
        )
        assert (started["instance"]["status"], started["tasks"]) == ("RUNNING", [])
        given = {"name": "paid", "correlation": {"bill": bill}, "variables": {"cents": 5}}
        assert await flows.owner.must(SEND, input={**given, "correlation": {"bill": "other"}}) == []
        [step] = await flows.owner.must(SEND, input=given)
        assert (elements(step), step["instance"]["variables"]["cents"]) == (["thank"], 5)
        assert (await flows.owner.ask(SEND, input={"name": "paid"})).codes == ["BAD_USER_INPUT"]


async def test_a_call_that_fails_is_an_incident_which_a_supervisor_retries(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        call = {"query": REFUND, "variables": {"cents": "vars.cents"}}
        pay = {"key": "pay", "type": "serviceTask", "call": call, "output": {"id": "result.refund.id"}}
        key = await flows.operator.deploy(model(begin(), pay, task("tell"), end()))
        started = await flows.owner.start(key, cents="many")
        where = started["instance"]["id"]
        seen = await flows.owner.must(INSTANCE, id=where)
        assert len(seen["incidents"]) == 1
        assert flows.upstream.requests == []
        failed = next(one["id"] for one in seen["history"] if one["status"] == "FAILED")

        assert (await flows.owner.ask(RETRY, id=failed, variables={"cents": 7})).codes == ["ACCESS_DENIED"]
        boss = flows.caller("su", roles=["supervisor"])
        step = await boss.must(RETRY, id=failed, variables={"cents": 7})

        assert (elements(step), step["instance"]["variables"]["id"]) == (["tell"], "r1")
        assert (await flows.owner.must(INSTANCE, id=where))["incidents"] == []
        [request] = flows.upstream.requests
        assert len(request.header("idempotency-key")) == 1


async def test_a_suspended_instance_waits_until_it_is_resumed(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        started = await flows.owner.start(await flows.operator.deploy(TWO))
        where, ask = started["instance"]["id"], task_of(started, "ask")
        boss = flows.caller("su", roles=["supervisor"])
        assert (await boss.must(SUSPEND, id=where))["suspended"]
        assert (await flows.owner.commit(ask)).codes == ["INSTANCE_NOT_RUNNING"]
        assert not (await boss.must(RESUME, id=where))["suspended"]
        assert not (await flows.owner.commit(ask)).errors


async def test_a_comment_stays_with_the_task(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        ask = task_of(await flows.owner.start(await flows.operator.deploy(TWO)), "ask")
        told = await flows.owner.must(COMMENT, id=ask, text="call back")
        assert told["comments"] == [{"by": "li", "text": "call back"}]
        assert (await flows.owner.ask(COMMENT, id=ask, text="")).codes == ["BAD_USER_INPUT"]


async def test_tasks_are_found_by_case_and_flow(site: Gateway) -> None:
    async with open_flow_site(site) as flows:
        key, case = await flows.operator.deploy(TWO), uuid4().hex
        await flows.owner.must(START, input={"flowKey": key, "caseId": case})
        for wanted in ({"caseId": case}, {"flowKey": key}, {"flowKey": key, "unassigned": True}):
            assert [one["elementKey"] for one in (await flows.owner.must(TASKS, filter=wanted))["nodes"]] == [
                "ask"
            ]
        assert (await flows.owner.must(TASKS, filter={"caseId": "other"}))["nodes"] == []
