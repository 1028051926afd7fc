"""Changes of flows as they come, over graphql-transport-ws and server-sent events; who is refused."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.resolvers.flows.models import chain, task
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.tokens import bearer

Json: TypeAlias = dict[str, Any]  # Any: messages and answers as they come
WAIT_S = 20.0
CHANGED = "subscription Changed($id: ID!) { flowInstanceChanged(id: $id) { status tasks { elementKey } } }"
TASKS = "subscription Tasks($filter: TaskFilter) { taskChanged(filter: $filter) { elementKey status } }"
START = (
    "mutation Start($key: String!) { startFlow(input: { flowKey: $key }) { instance { id } tasks { id } } }"
)
COMMIT = "mutation Commit($id: ID!) { commitTask(input: { taskId: $id }) { replayed } }"


def ask(gateway: Gateway, query: str, **variables: object) -> Json:
    answer = httpx.post(
        f"{gateway.url}/graphql", json={"query": query, "variables": variables}, timeout=WAIT_S
    )
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


def deploy(gateway: Gateway) -> str:
    """A flow of two tasks under a key of its own."""
    key = f"f{uuid4().hex[:8]}"
    model = {"model": chain(task("ask"), task("tell"))}
    save = "mutation Save($input: SaveFlowInput!) { saveFlow(input: $input) { key } }"
    ask(gateway, save, input={"key": key, "unit": "rides", "model": model})
    ask(gateway, "mutation Deploy($key: String!) { deployFlow(input: { key: $key }) { id } }", key=key)
    return key


def started(gateway: Gateway) -> tuple[str, str]:
    """The ids of a new instance and of its open task."""
    step = ask(gateway, START, key=deploy(gateway))["startFlow"]
    return step["instance"]["id"], step["tasks"][0]["id"]


@contextmanager
def opened(gateway: Gateway, origin: str | None = None) -> Generator[ClientConnection]:
    address = gateway.url.replace("http://", "ws://") + "/graphql"
    protocols = [Subprotocol("graphql-transport-ws")]
    named = None if origin is None else Origin(origin)
    with connect(address, subprotocols=protocols, origin=named, open_timeout=WAIT_S) as socket:
        yield socket


def say(socket: ClientConnection, **message: object) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection) -> Json:
    return json.loads(socket.recv(timeout=WAIT_S))


@contextmanager
def admitted(gateway: Gateway, **payload: str) -> Generator[ClientConnection]:
    with opened(gateway) as socket:
        say(socket, type="connection_init", payload=payload)
        assert hear(socket) == {"type": "connection_ack"}
        yield socket


def test_a_socket_is_told_of_every_change(gateway: Gateway) -> None:
    instance, ask_task = started(gateway)
    with admitted(gateway) as socket:
        say(socket, type="subscribe", id="1", payload={"query": CHANGED, "variables": {"id": instance}})
        assert _changed(hear(socket)) == ("RUNNING", ["ask"])
        ask(gateway, COMMIT, id=ask_task)
        assert _changed(hear(socket)) == ("RUNNING", ["tell"])


def test_tasks_are_told_as_they_open_and_close(gateway: Gateway) -> None:
    key = deploy(gateway)
    with admitted(gateway) as socket:
        wanted = {"flowKey": key}
        say(socket, type="subscribe", id="1", payload={"query": TASKS, "variables": {"filter": wanted}})
        say(socket, type="subscribe", id="2", payload={"query": "{ me { subject } }"})
        assert [hear(socket)["type"], hear(socket)["type"]] == ["next", "complete"]  # so the first has begun
        step = ask(gateway, START, key=key)["startFlow"]
        assert hear(socket)["payload"]["data"]["taskChanged"] == {"elementKey": "ask", "status": "ACTIVE"}
        ask(gateway, COMMIT, id=step["tasks"][0]["id"])
        assert hear(socket)["payload"]["data"]["taskChanged"] == {"elementKey": "tell", "status": "ACTIVE"}


def test_events_are_told_of_every_change(gateway: Gateway) -> None:
    instance, ask_task = started(gateway)
    asked = {"query": CHANGED, "variables": {"id": instance}}
    headers = {"accept": "text/event-stream"}
    with httpx.stream(
        "POST", f"{gateway.url}/graphql", json=asked, headers=headers, timeout=WAIT_S
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        assert _changed({"payload": json.loads(next(lines)[6:])}) == ("RUNNING", ["ask"])
        ask(gateway, COMMIT, id=ask_task)
        assert _changed({"payload": json.loads(next(lines)[6:])}) == ("RUNNING", ["tell"])


def test_an_ordinary_request_is_told_where_subscriptions_are(gateway: Gateway) -> None:
    asked = {"query": CHANGED, "variables": {"id": "a"}}
    answer = httpx.post(f"{gateway.url}/graphql", json=asked, timeout=WAIT_S)
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


def test_an_instance_that_nobody_may_see_completes_at_once(gateway: Gateway) -> None:
    with admitted(gateway) as socket:
        say(socket, type="subscribe", id="1", payload={"query": CHANGED, "variables": {"id": "nowhere"}})
        assert hear(socket) == {"type": "complete", "id": "1"}


def test_a_fault_of_an_operation_leaves_the_others_be(gateway: Gateway) -> None:
    with admitted(gateway) as socket:
        say(socket, type="subscribe", id="1", payload={"query": "{ nowhere }"})
        error = hear(socket)
        assert (error["type"], error["payload"][0]["extensions"]["code"]) == (
            "error",
            "GRAPHQL_VALIDATION_FAILED",
        )
        say(socket, type="subscribe", id="1", payload={"query": "{ me { subject } }"})
        assert hear(socket)["payload"] == {"data": {"me": {"subject": "local-dev"}}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["nonsense"], 4400),
        ([{"type": "dance"}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ me { subject } }"}}], 4401),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
    ],
    ids=["no JSON", "no message", "before it is admitted", "admitted twice"],
)
def test_a_socket_that_breaks_the_protocol_is_closed(
    gateway: Gateway, messages: list[object], code: int
) -> None:
    with opened(gateway) as socket:
        for message in messages:
            socket.send(message if isinstance(message, str) else json.dumps(message))
        assert _closed_with(socket) == code


def test_an_operation_under_a_name_that_is_taken_closes_the_socket(gateway: Gateway) -> None:
    instance, _ = started(gateway)
    with admitted(gateway) as socket:
        asked = {"query": CHANGED, "variables": {"id": instance}}
        for _ in range(2):
            say(socket, type="subscribe", id="1", payload=asked)
        assert _closed_with(socket) == 4409


def test_a_foreign_page_opens_no_socket(gateway: Gateway) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(gateway, origin="http://evil.test"):
        pass
    assert refused.value.response.status_code == 403


def test_a_socket_needs_a_token_that_proves_someone(
    serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("gateway")
    with serve(data, "--dev-auth") as gateway:
        with opened(gateway) as socket:
            say(socket, type="connection_init", payload={"authorization": "Bearer nonsense"})
            assert _closed_with(socket) == 4403
        with opened(gateway) as socket:
            say(socket, type="connection_init")
            assert _closed_with(socket) == 4403
        with admitted(gateway, authorization=bearer(gateway, "li")["authorization"]) as socket:
            say(socket, type="subscribe", id="1", payload={"query": "{ me { subject } }"})
            assert hear(socket)["payload"] == {"data": {"me": {"subject": "li"}}}


def _changed(message: Json) -> tuple[str, list[str]]:
    changed = message["payload"]["data"]["flowInstanceChanged"]
    return changed["status"], [one["elementKey"] for one in changed["tasks"]]


def _closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        _hear_to_the_end(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def _hear_to_the_end(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=WAIT_S)
