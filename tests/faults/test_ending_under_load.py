"""R9: SIGTERM while requests are under way: all of them are answered, and the gateway is gone in time."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.form import times
from tests.servers.client import connect
from tests.servers.gateway import END_S, Gateway, serve_gateway
from tests.servers.raw_client import RawClient, RawReply
from tests.servers.upstream import Upstream, after, answer, serve_upstream, when_set

IN_FLIGHT = 50
CLIENTS = times(8, 32)
ROUNDS = times(1, 5)
DROPPED_S = 0.5  # a handshake that the kernel drops is repeated after a second


def sdl_of(upstream: Upstream) -> str:
    return f"""
    extend schema @owner(unit: "demo") @source(name: "s", http: {{ baseURL: "{upstream.url("")}" }})
    type Query {{ word(n: Int): String
      @connect(source: "s", http: {{ GET: "/word?n={{$args.n}}" }}, selection: "$.word") }}
    """


async def test_R9_requests_under_way_at_sigterm_are_answered(tmp_path: Path) -> None:
    gate = asyncio.Event()
    with serve_gateway(tmp_path) as gateway:
        async with serve_upstream(when_set(gate, answer(b'{"word": "w"}'))) as upstream:
            async with connect(gateway.url) as client:
                await client.serve(sdl_of(upstream))
            callers = [await RawClient.open(gateway.url) for _ in range(IN_FLIGHT)]
            for n, caller in enumerate(callers):
                caller.send_query(f"{{ word(n: {n}) }}")
            await upstream.until(lambda it: len(it.requests) == IN_FLIGHT)

            began = time.monotonic()
            ending = asyncio.create_task(asyncio.to_thread(gateway.terminate))
            await refusing(gateway)
            gate.set()
            replies: list[RawReply] = [await caller.reply() for caller in callers]
            code = await ending
            for caller in callers:
                await caller.leave()

            assert [reply.json for reply in replies] == [{"data": {"word": "w"}}] * IN_FLIGHT
            assert code == 0
            assert time.monotonic() - began <= END_S


async def refusing(gateway: Gateway) -> None:
    """Return when the gateway takes no new connections: it has understood."""
    while True:
        try:
            async with asyncio.timeout(DROPPED_S):
                attempt = await RawClient.open(gateway.url)
        except (ConnectionError, TimeoutError):
            return
        attempt.send_query("{ __typename }")
        try:
            await attempt.reply()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            await attempt.leave()


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_R9_under_load_no_request_is_dropped(tmp_path: Path, round_: int) -> None:
    answered = 0
    cut: list[int] = []
    first_answers = asyncio.Event()

    async def load(url: str, number: int) -> None:
        """Ask again and again, each time on a connection of its own, until none is taken any more."""
        nonlocal answered
        async with httpx.AsyncClient(trust_env=False, timeout=END_S) as http:
            for n in range(100_000):
                asked = number * 100_000 + n
                query = {"query": f"{{ word(n: {asked}) }}"}
                try:
                    response = await http.post(f"{url}/graphql", json=query, headers={"connection": "close"})
                except httpx.ConnectError:
                    return
                except (httpx.ReadError, httpx.RemoteProtocolError):
                    cut.append(asked)
                    return
                assert response.json() == {"data": {"word": "w"}}
                answered += 1
                if answered >= 4 * CLIENTS:
                    first_answers.set()

    with serve_gateway(tmp_path / str(round_)) as gateway:
        async with serve_upstream(after(0.05, answer(b'{"word": "w"}'))) as upstream:
            async with connect(gateway.url) as client:
                await client.serve(sdl_of(upstream))
            async with asyncio.TaskGroup() as asking:  # one that is answered wrong ends them all
                for n in range(CLIENTS):
                    asking.create_task(load(gateway.url, n))
                await first_answers.wait()
                began = time.monotonic()
                code = await asyncio.to_thread(gateway.terminate)
                took_s = time.monotonic() - began

            assert (cut, answered >= 4 * CLIENTS) == ([], True)
            assert code == 0
            assert took_s <= END_S
