"""`testFlow`: a model run by query; refused to who deploys nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.platform.callers import READER, RIDES, RIDES_AGENT
from tests.platform.opened import open_platform
from tests.resolvers.flows.models import call, called, chain, task
from tests.schema.answers import answer_of, refusal_of
from tests.servers.document_stores import StoreData

TEST = """
query Try($input: TestFlowInput!) {
  testFlow(input: $input) {
    status variables openTasks coverage
    trace { elementKey elementType took reads }
    problems { code severity path message }
  }
}
"""
MODEL = chain(task("ask"), call("load", "{ order { status } }", output={"status": "result.order.status"}))


def asking(model: object = MODEL, *answers: object, **more: object) -> dict[str, Any]:
    return {"input": {"model": {"model": model}, "answers": list(answers), **more}}


async def test_a_model_is_run_and_its_steps_are_told(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        variables = asking(MODEL, {"city": "BJ"}, resources={"Query.order": {"status": 3}})
        run = answer_of(await platform.execute(TEST, variables, principal=RIDES))["testFlow"]
        assert (run["status"], run["openTasks"], run["coverage"]) == ("COMPLETED", [], 1.0)
        assert run["variables"] == {"city": "BJ", "status": 3}
        assert run["trace"][1] == {
            "elementKey": "ask",
            "elementType": "userTask",
            "took": "to_load",
            "reads": None,
        }
        flows = answer_of(await platform.execute("{ flowInstances { nodes { id } } }", principal=RIDES))
        assert flows["flowInstances"]["nodes"] == []


async def test_what_checking_says_is_among_the_problems(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        broken = chain({"key": "ask", "type": "userTsk"})
        run = answer_of(await platform.execute(TEST, asking(broken), principal=RIDES))["testFlow"]
        assert (run["status"], run["trace"]) == ("FAILED", [])
        assert [problem["code"] for problem in run["problems"]] == ["UNKNOWN_TYPE"]


async def test_a_deployed_flow_that_is_called_runs_too(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        save = """mutation($m: JSON!) {
          saveFlow(input: {key: "child", unit: "rides", model: {model: $m}}) { key }
        }"""
        answer_of(await platform.execute(save, {"m": chain(task("inspect"))}, principal=RIDES))
        deploy = 'mutation { deployFlow(input: {key: "child"}) { id } }'
        answer_of(await platform.execute(deploy, principal=RIDES))
        parent = chain(called("check", "child"), task("tell"))
        run = answer_of(await platform.execute(TEST, asking(parent, {}), principal=RIDES))["testFlow"]
        assert run["openTasks"] == ["tell"]
        assert "check/inspect" in [step["elementKey"] for step in run["trace"]]


@pytest.mark.parametrize("caller", [READER, RIDES_AGENT])
async def test_who_deploys_nothing_tries_nothing(caller: Any, tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        assert refusal_of(await platform.execute(TEST, asking(), principal=caller)) == "ACCESS_DENIED"


async def test_what_is_no_answer_is_refused(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        for answers in ([3], [{"$taks": "ask"}], [{}] * 101):
            result = await platform.execute(TEST, asking(MODEL, *answers), principal=RIDES)
            assert refusal_of(result) == "BAD_USER_INPUT"
