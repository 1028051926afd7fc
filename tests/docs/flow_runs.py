"""Drive the runs of the guide over GraphQL, and say what is open after each line."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from tests.docs.flow_guide import FlowExample, Step
from tests.docs.gateway import GuideGateway
from tests.docs.guide import Json

OPERATOR: Json = {"sub": "guide", "roles": ["publisher", "developer", "agent", "supervisor"], "units": ["*"]}
SAVE = "mutation ($input: SaveFlowInput!) { saveFlow(input: $input) { key } }"
DEPLOY = "mutation ($input: DeployFlowInput!) { deployFlow(input: $input) { id } }"
CHECK = "query ($model: JSON!) { checkFlow(input: { model: $model }) { path code message suggestion } }"
TAKEN = "{ instance { id } replayed }"
START = f"mutation ($input: StartFlowInput!) {{ startFlow(input: $input) {TAKEN} }}"
COMMIT = f"mutation ($input: CommitTaskInput!) {{ commitTask(input: $input) {TAKEN} }}"
BACK = f"mutation ($input: RollbackTaskInput!) {{ rollbackTask(input: $input) {TAKEN} }}"
END = f"mutation ($input: TerminateFlowInput!) {{ terminateFlow(input: $input) {TAKEN} }}"
SEND = f"mutation ($input: MessageInput!) {{ sendMessage(input: $input) {TAKEN} }}"
RETRY = f"mutation ($id: ID!, $variables: JSON) {{ retryTask(taskId: $id, variables: $variables) {TAKEN} }}"
CLAIM = "mutation ($id: ID!) { claimTask(taskId: $id) { id } }"
STATE = """
query ($case: String!) {
  flowInstances(filter: { caseId: $case }, first: 100) {
    nodes { id flowKey status variables incidents { code } history { id elementKey status } }
  }
  tasks(filter: { caseId: $case }, first: 100) { nodes { id elementKey } }
}
"""
PATIENCE_S = 20.0  # for what happens by itself: a timer, a call


@dataclass(slots=True, kw_only=True)
class FlowRun:
    """One example on a gateway: its case, who drives it, and the instance that was started."""

    gateway: GuideGateway
    case: str
    claims: Json = field(default_factory=lambda: dict(OPERATOR))
    root: str = ""

    async def deploy(self, example: FlowExample, units: str = "rides") -> None:
        for key, model in example.flows.items():
            given: Json = {"key": key, "unit": units, "model": {"model": model}}
            await self._must(SAVE, {"input": given})
            await self._must(DEPLOY, {"input": {"key": key}})

    async def check(self, model: Json) -> list[Json]:
        return cast("list[Json]", (await self._must(CHECK, {"model": model}))["checkFlow"])

    async def take(self, step: Step) -> None:
        """Do what the line says and hold what follows to it."""
        if step.verb == "as":
            self.claims = step.given
            return
        answer = {} if step.verb == "wait" else await self._do(step)
        if "errors" in answer:
            errors = cast("list[Any]", answer["errors"])  # Any: JSON of a known shape
            assert [one["extensions"]["code"] for one in errors] == [step.opens], (step.line, errors)
            return
        if step.verb == "start":
            self.root = cast("Any", answer)["data"]["startFlow"]["instance"]["id"]
        told = await self._await_told(step)
        assert told == step.opens, (step.line, told)

    async def _await_told(self, step: Step) -> str:
        """What is open, asked again until it is what the line says: calls and timers take their time."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            state = await self._state()
            root = next(one for one in state["flowInstances"]["nodes"] if one["id"] == self.root)
            told = ", ".join(self._told(state, root))
            fits = all(root["variables"].get(key, None) == value for key, value in step.variables.items())
            if (told == step.opens and fits) or time.monotonic() > deadline:
                assert fits, (step.line, root["variables"])
                return told
            await asyncio.sleep(0.02)

    def _told(self, state: Any, root: Any) -> Iterator[str]:  # Any: JSON of a known shape
        opened = sorted(task["elementKey"] for task in state["tasks"]["nodes"])
        failed = sorted(one["code"] for node in state["flowInstances"]["nodes"] for one in node["incidents"])
        yield from opened
        yield from failed
        if not opened and not failed:
            yield root["status"]

    async def _do(self, step: Step) -> Json:
        match step.verb:
            case "start":
                given: Json = {"flowKey": step.of, "variables": step.given, "caseId": self.case}
                return await self._ask(START, {"input": given})
            case "commit" | "keep":
                task = await self._task(step.of)
                partial = step.verb == "keep"
                given = {"taskId": task, "variables": step.given, "partial": partial}
                return await self._ask(COMMIT, {"input": given})
            case "back":
                given = {"taskId": await self._task(step.of)}
                if step.to is not None:
                    given["toTask"] = await self._node(step.to, "COMPLETED")
                return await self._ask(BACK, {"input": given})
            case "retry":
                failed = await self._node(step.of, "FAILED")
                return await self._ask(RETRY, {"id": failed, "variables": step.given})
            case "message":
                given = {"name": step.of, **(step.given or {"caseId": self.case})}
                return await self._ask(SEND, {"input": given})
            case "claim":
                return await self._ask(CLAIM, {"id": await self._task(step.of)})
            case "terminate":
                return await self._ask(END, {"input": {"instanceId": self.root}})
            case _:
                raise ValueError(f"no such verb: {step.line}")

    async def _task(self, element: str) -> str:
        """The task of this element, open or else done, whoever asks: what they may is what the line tells."""
        state = await self._state()
        opened = [task["id"] for task in state["tasks"]["nodes"] if task["elementKey"] == element]
        return opened[0] if opened else await self._node(element, "COMPLETED")

    async def _node(self, element: str, status: str) -> str:
        """The latest visit of an element with this status."""
        state = await self._state()
        nodes = [node for one in state["flowInstances"]["nodes"] for node in one["history"]]
        found = [node for node in nodes if (node["elementKey"], node["status"]) == (element, status)]
        return found[-1]["id"]

    async def _state(self) -> Any:  # Any: JSON of a known shape
        answer = await self.gateway.ask(STATE, {"case": self.case}, claims=OPERATOR)
        assert "errors" not in answer, answer
        return answer["data"]

    async def _ask(self, query: str, variables: Json) -> Json:
        return await self.gateway.ask(query, variables, claims=self.claims)

    async def _must(self, query: str, variables: Json) -> Json:
        answer = await self.gateway.ask(query, variables, claims=OPERATOR)
        assert "errors" not in answer, answer
        return cast(Json, answer["data"])
