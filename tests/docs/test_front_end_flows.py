"""docs/front-end.md, Driving a flow: its operations drive a flow of the other guide as it says."""

import asyncio
import re
from pathlib import Path
from typing import Any

from tests.docs.flow_guide import read_flow_guide
from tests.docs.flow_runs import FlowRun
from tests.docs.gateway import GuideGateway, open_guide_gateway
from tests.docs.upstream import serve_guide

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "front-end.md").read_text(encoding="utf-8")
START, KEEP, COMMIT, BACK = re.findall(r"^```graphql flow\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FLOWS = read_flow_guide(DOCS / "flows.md")
PIECEWISE = next(one for one in FLOWS.examples if "piecewise" in one.flows)
TWO_TASKS = next(one for one in FLOWS.examples if "approval" in one.flows)
LI: dict[str, object] = {"sub": "li"}
WRITTEN = "127.0.0.1:9001"


async def told(gateway: GuideGateway, query: str, **variables: object) -> Any:  # Any: JSON of a known shape
    answer = await gateway.ask(query, variables, claims=LI)
    assert "errors" not in answer, answer
    [(_, given)] = answer["data"].items()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] # JSON of a known shape
    return given  # pyright: ignore[reportUnknownVariableType] # the same


async def refused(gateway: GuideGateway, query: str, **variables: object) -> Any:  # Any: the same
    [error] = (await gateway.ask(query, variables, claims=LI))["errors"]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] # the same
    return error["extensions"]  # pyright: ignore[reportUnknownVariableType] # the same


def test_a_chat_asks_keeps_and_commits(tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_guide() as upstream, open_guide_gateway(tmp_path) as gateway:
            modules = {name: sdl.replace(WRITTEN, upstream.address) for name, sdl in FLOWS.modules.items()}
            await gateway.publish(modules, {})
            upstream.expect(PIECEWISE.exchanges * 3)
            await FlowRun(gateway=gateway, case="c1").deploy(PIECEWISE)

            started = await told(gateway, START, key="piecewise", case="c1", once="k1")
            again = await told(gateway, START, key="piecewise", case="c1", once="k1")
            assert again["instance"] == started["instance"]
            [task] = started["tasks"]
            assert task["form"]["ui"]["next"] == "seats"
            assert task["form"]["ui"]["questions"][1]["choices"] == [{"value": "bag", "label": "A bag"}]

            [kept] = (await told(gateway, KEEP, task=task["id"], values={"seats": 2}))["tasks"]
            assert (kept["form"]["ui"]["next"], kept["form"]["values"]) == ("why", {"seats": 2})
            invalid = await refused(gateway, KEEP, task=task["id"], values={"seats": 9})
            assert invalid["code"] == "FORM_INVALID"
            assert invalid["problems"][0]["path"].endswith("/seats")

            ended = await told(gateway, COMMIT, task=task["id"], values={"why": "bag"}, once="k2")
            assert (ended["instance"]["status"], ended["tasks"], ended["replayed"]) == (
                "COMPLETED",
                [],
                False,
            )
            repeat = await told(gateway, COMMIT, task=task["id"], values={"why": "bag"}, once="k2")
            assert repeat["replayed"]
            reused = await refused(gateway, COMMIT, task=task["id"], values={"why": "x"}, once="k2")
            assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"

    asyncio.run(run())


def test_going_back_opens_the_task_before(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_guide_gateway(tmp_path) as gateway:
            await FlowRun(gateway=gateway, case="c1").deploy(TWO_TASKS)
            [ask] = (await told(gateway, START, key="approval"))["tasks"]
            assert (await refused(gateway, BACK, task=ask["id"]))["code"] == "ROLLBACK_IMPOSSIBLE"
            [approve] = (await told(gateway, COMMIT, task=ask["id"], values={"why": "x"}))["tasks"]
            assert (await refused(gateway, BACK, task=approve["id"]))["code"] == "TASK_NOT_FOUND"
            closed = await refused(gateway, COMMIT, task=ask["id"], values={"why": "other"})
            assert closed["code"] == "TASK_NOT_OPEN"

    asyncio.run(run())
