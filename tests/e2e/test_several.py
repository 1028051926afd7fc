"""A field that several APIs share: asked at the same time, each for its part, at real servers."""

import json

from tests.e2e.test_worked_case import together
from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import Upstream, answer_with, serve_upstream
from tests.servers.wire import Received

ANSWERS: dict[str, object] = {
    "/catalogue": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    "/stock": [{"id": "2", "left": 20}, {"id": "1", "left": 10}],
    "/ratings": [{"id": "2", "stars": 4.5}],
}


def sdl_of(upstream: Upstream) -> str:
    return f"""
extend schema @source(name: "shop", http: {{ baseURL: "{upstream.url("")}" }}) @owner(unit: "demo")
type Query {{
  products: [Product!]
    @connect(source: "shop", id: "catalogue", http: {{ GET: "/catalogue" }}, selection: "id name")
    @connect(source: "shop", id: "stock", http: {{ GET: "/stock" }}, selection: "id stock: left")
    @connect(source: "shop", id: "ratings", http: {{ GET: "/ratings" }}, selection: "id stars")
}}
type Product @key(fields: "id") {{ id: ID! name: String stock: Int stars: Float }}
"""


def reply(request: Received) -> bytes:
    return json.dumps(ANSWERS[request.target]).encode()


async def test_the_parts_of_a_list_come_at_the_same_time_and_meet_by_key(gateway: Gateway) -> None:
    both = together(2, answer_with(reply))
    async with serve_upstream(both) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        data = await client.data("{ products { stock name } }")

        assert data == {"products": [{"stock": 10, "name": "a"}, {"stock": 20, "name": "b"}]}
        assert sorted(request.target for request in upstream.requests) == ["/catalogue", "/stock"]


async def test_one_part_is_one_call(gateway: Gateway) -> None:
    async with serve_upstream(answer_with(reply)) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_of(upstream))

        assert await client.data("{ products { stars } }") == {"products": [{"stars": 4.5}]}

        assert [request.target for request in upstream.requests] == ["/ratings"]
