"""Policies over real HTTP: calls are repeated, refused and left alone as the unit wrote it."""

import pytest

from tests.servers.client import Client, connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import answer, in_turn, reset, serve_upstream
from tests.servers.wire import Behaviour

SDL = """
extend schema @owner(unit: "demo")
  @source(name: "s", http: {{ baseURL: "{base}" }}, policy: {{ {policy} }})
type Query {{
  stock(n: Int): Int @connect(source: "s", http: {{ GET: "/stock?n={{$args.n}}" }}, selection: "$.n")
}}
type Mutation {{
  put: Int @connect(source: "s", http: {{ PUT: "/stock" }}, selection: "$.n")
  post: Int @connect(source: "s", http: {{ POST: "/stock" }}, selection: "$.n")
}}
"""
WELL = answer(b'{"n": 7}')
BUSY = answer(b"{}", status=503)
BUSY_NOW = answer(b"{}", status=503, headers=[("retry-after", "0")])
RETRY = "retry: { maxRetries: 2, backoffMs: 10 }"


@pytest.mark.parametrize("fault", [BUSY, BUSY_NOW, reset()], ids=["503", "retry-after", "reset"])
@pytest.mark.parametrize(
    ("query", "calls"), [("{ stock }", 3), ("mutation { put }", 3), ("mutation { post }", 1)]
)
async def test_what_may_be_sent_again_is_until_it_succeeds(
    gateway: Gateway, fault: Behaviour, query: str, calls: int
) -> None:
    routes = {"/stock": in_turn(fault, fault, WELL)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url(""), policy=RETRY))

        reply = await client.ask(query)

        assert len(upstream.requests) == calls
        if calls == 3:
            assert list(reply.data.values()) == [7]
            assert not reply.errors
        else:
            assert reply.errors[0]["extensions"]["attempt"] == 1


async def test_an_error_says_how_often_the_call_was_made(gateway: Gateway) -> None:
    async with serve_upstream({"/stock": BUSY}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url(""), policy=RETRY))

        [error] = (await client.ask("{ stock }")).errors

        assert (error["extensions"]["attempt"], len(upstream.requests)) == (3, 3)


async def ask_often(client: Client, count: int) -> list[list[str]]:
    return [(await client.ask("query ($n: Int) { stock(n: $n) }", {"n": n})).codes for n in range(count)]


async def test_a_breaker_opens_and_another_policy_begins_anew(gateway: Gateway) -> None:
    breaker = "circuitBreaker: {{ minRequests: 3, openMs: {} }}"
    async with serve_upstream({"/stock": BUSY}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url(""), policy=breaker.format(60_000)))

        assert await ask_often(client, 5) == [["UPSTREAM_STATUS"]] * 3 + [["CIRCUIT_OPEN"]] * 2
        assert len(upstream.requests) == 3

        await client.serve(SDL.format(base=upstream.url(""), policy=breaker.format(50_000)))
        assert await ask_often(client, 4) == [["UPSTREAM_STATUS"]] * 3 + [["CIRCUIT_OPEN"]]


async def test_calls_beyond_the_rate_are_refused_with_when_to_come_again(gateway: Gateway) -> None:
    policy = "rateLimit: { capacity: 2, intervalMs: 60000 }"
    async with serve_upstream({"/stock": WELL}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url(""), policy=policy))

        assert await ask_often(client, 3) == [[], [], ["RATE_LIMITED"]]
        facts = (await client.ask("{ stock }")).errors[0]["extensions"]

        assert facts["retryable"] is True
        assert 0 < facts["retryAfterMs"] <= 60_600
        assert len(upstream.requests) == 2


async def test_a_policy_that_makes_no_sense_publishes_nothing(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        reply = await client.publish(SDL.format(base="http://127.0.0.1:9", policy="timeoutMs: -1"))

        assert reply.codes == ["RESOURCES_INVALID"]
        [problem] = reply.errors[0]["extensions"]["problems"]
        assert (problem["code"], problem["line"], problem["column"]) == ("POLICY_VALUE", 3, 84)
