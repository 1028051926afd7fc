"""The worked case: f1 from a1, a1's parameter from f4, f4 from f3; f2 from elsewhere."""

import asyncio

from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import Upstream, answer, serve_upstream
from tests.servers.wire import Behaviour, Received, Wire

QUERY = "{ demo { f1 f2 } }"
EXPLAIN = """
query Explain($query: String!) {
  explain(query: $query) { bound text groups { fields calls { api } } }
}
"""


def sdl_of(upstream: Upstream) -> str:
    base = upstream.url("")
    return f"""
extend schema
  @source(name: "a1svc", http: {{ baseURL: "{base}/v1" }}, policy: {{ timeoutMs: 800 }})
  @source(name: "shop",  http: {{ baseURL: "{base}/shop" }})
  @owner(unit: "demo")

type Query {{ demo: Demo @value(const: {{}}) }}
type Demo {{
  f3: String! @value(const: "v3") @inaccessible
  f4: String! @value(expr: "this.f3.upperAscii() + '-x'") @inaccessible
  f1: String
    @connect(source: "a1svc", id: "a1", http: {{ GET: "/a1?q={{$this.f4}}" }}, selection: "$.apiField1")
  f2: String @connect(source: "shop", http: {{ GET: "/f2" }}, selection: "$.value")
}}
"""


def together(count: int, behaviour: Behaviour) -> Behaviour:
    """Answer only once so many requests are here at the same time."""
    arrived = asyncio.Barrier(count)

    async def behave(request: Received, wire: Wire) -> None:
        async with asyncio.timeout(5):
            await arrived.wait()
        await behaviour(request, wire)

    return behave


async def test_two_fields_make_exactly_two_calls_at_the_same_time(gateway: Gateway) -> None:
    both = together(2, answer(b'{"apiField1": "one", "value": "two"}'))
    async with serve_upstream(both) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        assert await client.data(QUERY) == {"demo": {"f1": "one", "f2": "two"}}

        targets = sorted(f"{request.method} {request.target}" for request in upstream.requests)
        assert targets == ["GET /shop/f2", "GET /v1/a1?q=V3-x"]


async def test_one_field_makes_only_its_own_call(gateway: Gateway) -> None:
    async with serve_upstream(answer(b'{"value": "two"}')) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        assert await client.data("{ demo { f2 } }") == {"demo": {"f2": "two"}}

        assert [request.target for request in upstream.requests] == ["/shop/f2"]


async def test_explain_tells_two_groups_and_what_depends_on_what(gateway: Gateway) -> None:
    async with serve_upstream(answer()) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        plan = (await client.data(EXPLAIN, {"query": QUERY}))["explain"]

        groups = [
            (set(group["fields"]), [call["api"] for call in group["calls"]]) for group in plan["groups"]
        ]
        assert groups == [({"Demo.f3", "Demo.f4", "Demo.f1"}, ["a1"]), ({"Demo.f2"}, ["Demo.f2"])]
        assert "f1 ← a1(q) ← f4 ← f3" in plan["text"]
        assert plan["bound"] == "2"
        assert upstream.requests == []


async def test_fields_that_only_serve_others_cannot_be_asked_for(gateway: Gateway) -> None:
    async with serve_upstream(answer()) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        reply = await client.ask("{ demo { f3 } }")

        assert (reply.status, reply.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
        listed = await client.data('{ __type(name: "Demo") { fields { name } } }')
        assert listed["__type"]["fields"] == [{"name": "f1"}, {"name": "f2"}]
