"""A call and a compensation interrupted by kill -9: made at least once, always under the same key."""

import asyncio
from collections.abc import Coroutine, Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.flow_site import (
    COMMIT,
    ENDS,
    ROLLBACK,
    START,
    Json,
    Site,
    client,
    flow,
    kill,
    life,
    reached,
    task_of,
    until_open,
)
from tests.faults.form import LONG
from tests.servers.client import connect
from tests.servers.gateway import Environment, Gateway
from tests.servers.gateway_fixtures import empty_store
from tests.servers.upstream import Upstream, answer, hang, serve_upstream
from tests.servers.wire import Received, Wire

LEASE_S = 30
WAITING = 20  # instances, each in the middle of a call
PAID, NEVER = answer(b'{"ok": true}'), hang()


class Payments:
    """Counts idempotency keys by what is paid; answers nobody until it is let."""

    def __init__(self) -> None:
        self.keys: dict[str, list[str]] = {}
        self.let = False

    async def __call__(self, request: Received, wire: Wire) -> None:
        what = request.target.rpartition("=")[2]
        self.keys.setdefault(what, []).append("".join(request.header("idempotency-key")))
        await (PAID if self.let else NEVER)(request, wire)


def paying(upstream: Upstream) -> str:
    return f"""
    extend schema @owner(unit: "demo") @source(name: "s", http: {{ baseURL: "{upstream.url("")}" }})
    type Query {{ one: Int @value(const: 1) }}
    type Mutation {{ pay(what: String!): Boolean
      @connect(source: "s", http: {{ POST: "/pay?what={{$args.what}}" }}, selection: "$.ok") }}
    """


PAY = "mutation($w: String!) { pay(what: $w) }"
ASK, TELL = ({"key": key, "type": "userTask"} for key in ("ask", "tell"))
PAID_FOR: Json = {
    "key": "pay",
    "type": "serviceTask",
    "call": {"query": PAY, "variables": {"w": "'do' + vars.who"}},
    "compensate": {"query": PAY, "variables": {"w": "'undo' + vars.who"}},
}
CALLED: Json = {"key": "pay", "type": "callActivity", "flow": "paid"}


def chain(*elements: Json) -> list[Json]:
    keys = ["start", *(element["key"] for element in elements), "end"]
    return [*ENDS, *elements, *(flow(f"to_{b}", a, b) for a, b in pairwise(keys))]


FLOWS = {  # in which the call is made by the flow itself, and by one that it calls
    "alone": {"paying": chain(ASK, PAID_FOR, TELL)},
    "called": {"paid": chain(PAID_FOR, TELL), "paying": chain(ASK, CALLED)},
}


async def killed_amid(
    payments: Payments, calls: str, gateway: Gateway, acts: Iterable[Coroutine[None, None, Json]]
) -> None:
    """Kills it when each of what clients ask for has led to a call."""
    asking = asyncio.gather(*acts)
    await reached(lambda: sum(what.startswith(calls) for what in payments.keys) == WAITING)
    asking.cancel()
    kill(gateway)


@pytest.mark.parametrize("which", FLOWS)
@pytest.mark.parametrize("store", ["sqlite", "mongo"])
@pytest.mark.skipif(not LONG, reason="a lease lasts 30 s, which a killed gateway's successor waits for twice")
async def test_a_call_and_a_compensation_survive_kill_9_under_one_key(
    tmp_path: Path, store: str, which: str, request: pytest.FixtureRequest
) -> None:
    payments = Payments()
    with empty_store(store, request) as kept:
        await killed_and_served(tmp_path, kept, payments, FLOWS[which])
    assert len(payments.keys) == 2 * WAITING
    assert all(len(keys) >= 2 and len(set(keys)) == 1 and keys[0] for keys in payments.keys.values())


async def killed_and_served(
    data: Path, kept: Environment, payments: Payments, flows: dict[str, list[Json]]
) -> None:
    async with serve_upstream({"/pay": payments}) as upstream, client() as http:
        site = Site(http)
        with life(site, data, kept) as gateway:
            async with connect(gateway.url) as publisher:
                await publisher.serve(paying(upstream))
            for key, elements in flows.items():
                await site.deploy(key, elements)
            steps = [
                await site.step(START, flowKey="paying", variables={"who": str(n)}) for n in range(WAITING)
            ]
            acts = [site.ask(COMMIT, {"input": {"taskId": task_of(step, "ask")}}) for step in steps]
            await killed_amid(payments, "do", gateway, acts)
        with life(site, data, kept) as gateway:
            payments.let = True
            names = [step["instance"]["id"] for step in steps]
            told = [await until_open(site, name, "tell", timeout_s=LEASE_S + 15) for name in names]
            payments.let = False
            acts = [site.ask(ROLLBACK, {"input": {"taskId": task_of(one, "tell")}}) for one in told]
            await killed_amid(payments, "undo", gateway, acts)
        with life(site, data, kept):
            payments.let = True
            for name in names:
                found = await until_open(site, name, "ask", timeout_s=LEASE_S + 15)
                assert len(found["tasks"]) == 1
                assert found["variables"].keys() == {"who"}
