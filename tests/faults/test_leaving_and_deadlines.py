"""R7: a client that leaves cancels its calls; a deadline holds whatever the APIs do."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.faults.form import LONG
from tests.servers.client import connect
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.raw_client import RawClient
from tests.servers.upstream import after, answer, hang, in_turn, serve_upstream, when_set

CHAIN = 10
NEXT = answer(b'{"next": "x"}')
SLACK_S = 0.1 if LONG else 1.0  # the short form runs beside other tests


@pytest.fixture(scope="module", params=["pyreqwest", "httpx", "aiohttp"])
def carried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway on each transport."""
    data = tmp_path_factory.mktemp(request.param)
    environment = {"PAIFANG_TRANSPORT": request.param}
    with serve_gateway(data, environment=environment) as running:
        yield running


@pytest.fixture
def own_timeout_s(request: pytest.FixtureRequest, carried: Gateway) -> float:
    """The timeout of calls that are to be given up long before it, where the library closes at once.

    pyreqwest leaves the socket of a cancelled call to the call's own timeout, so that one is short.
    """
    del carried
    return 2 if request.node.callspec.params["carried"] == "pyreqwest" else 30


def sdl_of(base: str, timeout_ms: int) -> str:
    links = [
        f'c{n}: String @connect(source: "s", selection: "$.next",'
        f' http: {{ GET: "/call?n={n}&of={{$this.c{n - 1}}}" }})'
        for n in range(2, CHAIN + 1)
    ]
    return f"""
    extend schema @owner(unit: "demo")
      @source(name: "s", http: {{ baseURL: "{base}" }}, policy: {{ timeoutMs: {timeout_ms} }})
    type Query {{ chain: Chain @value(const: {{}}) }}
    type Chain {{
      c1: String @connect(source: "s", http: {{ GET: "/call?n=1" }}, selection: "$.next")
      {" ".join(links)}
    }}
    """


async def test_R7_the_calls_of_a_client_that_leaves_are_given_up(
    carried: Gateway, own_timeout_s: float
) -> None:
    async with serve_upstream({"/call": hang()}) as upstream, connect(carried.url) as client:
        await client.serve(sdl_of(upstream.url(""), int(own_timeout_s * 1000)))
        caller = await RawClient.open(carried.url)
        caller.send_query("{ chain { c1 } }")
        await upstream.until(lambda it: len(it.requests) == 1)

        await caller.leave()

        await upstream.until_all_closed(timeout_s=5)
        assert len(upstream.requests) == 1


async def test_R7_a_call_that_others_wait_for_goes_on_when_one_leaves(carried: Gateway) -> None:
    gate = asyncio.Event()

    async with serve_upstream({"/call": when_set(gate, NEXT)}) as upstream, connect(carried.url) as client:
        await client.serve(sdl_of(upstream.url(""), 10_000))
        leaving, staying = await RawClient.open(carried.url), await RawClient.open(carried.url)
        leaving.send_query("{ chain { c1 } }")
        staying.send_query("{ chain { c1 } }")
        await upstream.until(lambda it: len(it.requests) == 1)
        for _ in range(20):
            await client.data("{ __typename }")  # both, sent before these, are under way now

        await leaving.leave()
        gate.set()

        assert (await staying.reply()).json == {"data": {"chain": {"c1": "x"}}}
        assert len(upstream.requests) == 1
        await staying.leave()


async def test_R7_a_deadline_holds_over_a_chain_of_calls(carried: Gateway) -> None:
    routes = {"/call": after(0.1, NEXT)}
    fields = " ".join(f"c{n}" for n in range(1, CHAIN + 1))
    async with serve_upstream(routes) as upstream, connect(carried.url) as client:
        await client.serve(sdl_of(upstream.url(""), 800))
        await client.data("{ chain { c1 } }")
        upstream.requests.clear()

        began = time.monotonic()
        reply = await client.ask(f"{{ chain {{ {fields} }} }}", headers={"x-paifang-deadline-ms": "500"})
        took_s = time.monotonic() - began

        assert took_s <= 0.5 + SLACK_S
        values = [reply.data["chain"][f"c{n}"] for n in range(1, CHAIN + 1)]
        known = values.index(None)
        assert 1 <= known <= 5
        assert values == ["x"] * known + [None] * (CHAIN - known)
        assert reply.codes == ["DEADLINE_EXCEEDED"] * (CHAIN - known)
        assert all(error["extensions"]["retryable"] for error in reply.errors)
        assert len(upstream.requests) <= known + 1


async def test_R7_the_call_under_way_at_the_deadline_is_given_up(
    carried: Gateway, own_timeout_s: float
) -> None:
    routes = {"/call": in_turn(NEXT, hang())}  # the first call opens the way
    async with serve_upstream(routes) as upstream, connect(carried.url) as client:
        await client.serve(sdl_of(upstream.url(""), int(own_timeout_s * 1000)))
        await client.data("{ chain { c1 } }")

        reply = await client.ask("{ chain { c1 c2 } }", headers={"x-paifang-deadline-ms": "1000"})

        assert (reply.data, set(reply.codes)) == ({"chain": {"c1": None, "c2": None}}, {"DEADLINE_EXCEEDED"})
        await upstream.until_all_closed(timeout_s=5)


async def test_R7_a_client_may_not_ask_for_more_time_than_there_is(carried: Gateway) -> None:
    async with (
        serve_upstream({"/call": NEXT}) as upstream,
        connect(carried.url) as client,
    ):
        await client.serve(sdl_of(upstream.url(""), 800))

        for stated in ("0", "99999999999999999999", "-1", "soon"):
            reply = await client.ask("{ chain { c1 } }", headers={"x-paifang-deadline-ms": stated})

            assert reply.status == 200
            assert set(reply.codes) <= {"DEADLINE_EXCEEDED"}
