"""Drives flows over HTTP as one caller or another, for tests of the whole gateway."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

from tests.servers.client import Client, Reply, connect
from tests.servers.gateway import Gateway
from tests.servers.tokens import bearer
from tests.servers.upstream import Upstream, answer, serve_upstream

Model = Mapping[str, object]

TAKEN = "{ instance { id status variables } tasks { id elementKey assignee version } replayed }"
SAVE = "mutation ($input: SaveFlowInput!) { saveFlow(input: $input) { key revision problems { code } } }"
DEPLOY = "mutation ($input: DeployFlowInput!) { deployFlow(input: $input) { id version rollout } }"
CHECK = "query ($model: JSON!) { checkFlow(input: { model: $model }) { path code severity message } }"
START = f"mutation ($input: StartFlowInput!) {{ startFlow(input: $input) {TAKEN} }}"
COMMIT = f"mutation ($input: CommitTaskInput!) {{ commitTask(input: $input) {TAKEN} }}"
BACK = f"mutation ($input: RollbackTaskInput!) {{ rollbackTask(input: $input) {TAKEN} }}"
END = f"mutation ($input: TerminateFlowInput!) {{ terminateFlow(input: $input) {TAKEN} }}"
SEND = f"mutation ($input: MessageInput!) {{ sendMessage(input: $input) {TAKEN} }}"
RETRY = f"mutation ($id: ID!, $variables: JSON) {{ retryTask(taskId: $id, variables: $variables) {TAKEN} }}"
CLAIM = "mutation ($id: ID!) { claimTask(taskId: $id) { id assignee version } }"
RELEASE = "mutation ($id: ID!) { releaseTask(taskId: $id) { id assignee version } }"
ASSIGN = (
    "mutation ($id: ID!, $to: String!) { assignTask(taskId: $id, assignee: $to) { id assignee version } }"
)
COMMENT = (
    "mutation ($id: ID!, $text: String!) { commentTask(taskId: $id, text: $text) { comments { by text } } }"
)
SUSPEND = "mutation ($id: ID!) { suspendFlow(instanceId: $id) { id suspended } }"
RESUME = "mutation ($id: ID!) { resumeFlow(instanceId: $id) { id suspended } }"
TASKS = "query ($filter: TaskFilter) { tasks(filter: $filter) { nodes { id elementKey } } }"
TASK = "query ($id: ID!) { task(id: $id) { id elementKey } }"
INSTANCE = """
query ($id: ID!) {
  flowInstance(id: $id) { id status owner unit variables incidents { code } history { id elementKey status } }
}
"""
SDL = """
extend schema @owner(unit: "rides") @source(name: "rides", http: {{ baseURL: "{base}" }})
type Query {{
  order(id: ID!): Order! @connect(source: "rides", http: {{ GET: "/order" }}, selection: "id cents tag")
}}
type Mutation {{
  refund(cents: Int!): Refund!
    @connect(
      source: "rides"
      http: {{
        POST: "/refund"
        headers: [{{ name: "idempotency-key", from: "idempotency-key" }}]
        body: "$args {{ cents }}"
      }}
      selection: "id"
    )
}}
type Order {{
  id: ID!
  cents: Int!
  tag: String
  old: Int @value(const: 1) @deprecated(reason: "use cents")
  kept: Int @value(const: 1) @access(roles: ["boss"])
  scoped: Int @value(const: 1) @requiresScopes(scopes: [["a"]])
}}
type Refund {{ id: ID! }}
"""
ROUTES = {"/order": answer(b'{"id": "o1", "cents": 700, "tag": null}'), "/refund": answer(b'{"id": "r1"}')}


def model(*parts: Mapping[str, object], **rest: object) -> Model:
    """A model of elements, joined one after the other where no sequence flow is given."""
    joined = [one["key"] for one in parts if one["type"] not in ("sequenceFlow", "boundaryEvent")]
    flows: list[Mapping[str, object]] = []
    if not any(one["type"] == "sequenceFlow" for one in parts):
        pairs = pairwise(joined)
        flows = [
            {"key": f"s{at}", "type": "sequenceFlow", "source": source, "target": target}
            for at, (source, target) in enumerate(pairs)
        ]
    return {"elements": [*parts, *flows], **rest}


def begin() -> Mapping[str, object]:
    return {"key": "start", "type": "startEvent"}


def end() -> Mapping[str, object]:
    return {"key": "end", "type": "endEvent"}


def task(key: str, **more: object) -> Mapping[str, object]:
    return {"key": key, "type": "userTask", **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One caller of the gateway; `headers` prove who it is."""

    client: Client
    headers: Mapping[str, str]

    async def ask(self, query: str, *, key: str | None = None, **variables: object) -> Reply:
        """`key` is the idempotency header."""
        more = {} if key is None else {"idempotency-key": key}
        return await self.client.ask(query, variables, headers={**self.headers, **more})

    async def must(self, query: str, *, key: str | None = None, **variables: object) -> Any:  # JSON
        """The one field of an answer without errors."""
        reply = await self.ask(query, key=key, **variables)
        assert not reply.errors, reply.errors
        [given] = reply.data.values()
        return given

    async def deploy(self, raw: Model, *, unit: str = "rides", rollout: int = 100, key: str = "") -> str:
        """Save and deploy under a key of its own."""
        name = key or f"f{uuid4().hex[:8]}"
        await self.must(SAVE, input={"key": name, "unit": unit, "model": {"model": raw}})
        await self.must(DEPLOY, input={"key": name, "rollout": rollout})
        return name

    async def start(self, flow: str, **variables: object) -> Any:  # JSON
        return await self.must(START, input={"flowKey": flow, "variables": variables})

    async def commit(self, task_id: str, **variables: object) -> Reply:
        return await self.ask(COMMIT, input={"taskId": task_id, "variables": variables})


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSite:
    """A gateway that serves the module above, and its API."""

    gateway: Gateway
    client: Client
    upstream: Upstream

    def caller(self, subject: str, *, roles: Sequence[str] = (), units: Sequence[str] = ("rides",)) -> Caller:
        return Caller(client=self.client, headers=bearer(self.gateway, subject, roles=roles, units=units))

    @property
    def operator(self) -> Caller:
        return self.caller("operator", roles=["publisher"])

    @property
    def owner(self) -> Caller:
        """Somebody without roles and units: a customer."""
        return self.caller("li", units=[])


@asynccontextmanager
async def open_flow_site(gateway: Gateway) -> AsyncGenerator[FlowSite]:
    async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
        site = FlowSite(gateway=gateway, client=client, upstream=upstream)
        reply = await client.publish(
            SDL.format(base=upstream.url("")),
            module="rides",
            headers=bearer(gateway, "root", roles=["admin"]),
            more={"force": True, "reason": "another port"},
        )
        assert not reply.errors, reply.errors
        yield site


def elements(taken: Any) -> list[str]:  # JSON
    return sorted(one["elementKey"] for one in taken["tasks"])


def task_of(taken: Any, element: str) -> str:  # JSON
    return next(one["id"] for one in taken["tasks"] if one["elementKey"] == element)
