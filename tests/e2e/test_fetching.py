"""Everything once, in parallel, batched: counted at real APIs."""

import json
from collections.abc import Callable
from math import ceil

import pytest

from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import Upstream, answer, answer_with, serve_upstream
from tests.servers.wire import Received

ITEMS = 1_000

BATCHED_TYPE = """
extend schema @source(name: "shop", http: {{ baseURL: "{base}" }}) @owner(unit: "demo")
type Query {{
  posts: [Post!] @connect(source: "shop", http: {{ GET: "/posts" }}, selection: "id author: {{ id: userId }}")
}}
type Post {{ id: ID! author: Author }}
type Author @key(fields: "id")
  @connect(source: "shop", http: {{ GET: "/users?ids={{$batch.id->joinNotNull(',')}}" }},
    batch: {{ maxSize: {size}, key: "id" }}, selection: "id name") {{
  id: ID!
  name: String
}}
"""

GROUPING_FIELD = """
extend schema @source(name: "shop", http: {{ baseURL: "{base}" }}) @owner(unit: "demo")
type Query {{ users: [User!] @connect(source: "shop", http: {{ GET: "/users" }}, selection: "id") }}
type User {{
  id: ID!
  orders: [Order!] @connect(source: "shop",
    http: {{ GET: "/orders?userIds={{$batch.id->joinNotNull(',')}}" }},
    batch: {{ maxSize: {size}, key: "userId" }}, selection: "id total")
}}
type Order {{ id: ID! total: Int }}
"""

SINGLE = """
extend schema @source(name: "shop", http: {{ baseURL: "{base}" }}) @owner(unit: "demo")
type Query {{ posts: [Post!] @connect(source: "shop", http: {{ GET: "/posts" }}, selection: "id userId") }}
type Post {{
  id: ID!
  userId: ID!
  author: String @connect(source: "shop", http: {{ GET: "/users/{{$this.userId}}" }}, selection: "$.name")
}}
"""

Rows = list[dict[str, object]]


def asked(request: Received, name: str) -> list[str]:
    """The comma-separated values of a query parameter."""
    return request.target.partition(f"?{name}=")[2].replace("%2C", ",").split(",")


def listing(count: int, users: int) -> bytes:
    return json.dumps([{"id": n, "userId": n % users} for n in range(count)]).encode()


def in_order(rows: Rows) -> Rows:
    return rows


def shuffled(rows: Rows) -> Rows:
    return [*rows[1::2], *reversed(rows[::2])]


def doubled(rows: Rows) -> Rows:
    return [*rows, *({**row, "name": "the second"} for row in rows)]


def without_7(rows: Rows) -> Rows:
    return [row for row in rows if row["id"] != 7]


def users_by_id(change: Callable[[Rows], Rows] = in_order) -> Callable[[Received], bytes]:
    def make(request: Received) -> bytes:
        rows: Rows = [{"id": int(key), "name": f"user {key}"} for key in asked(request, "ids")]
        return json.dumps(change(rows)).encode()

    return make


async def posts_of(gateway: Gateway, upstream: Upstream, sdl: str) -> list[dict[str, object]]:
    async with connect(gateway.url) as client:
        await client.serve(sdl.format(base=upstream.url(""), size=50))
        return (await client.data("{ posts { id author { id name } } }"))["posts"]


@pytest.mark.parametrize("change", [in_order, shuffled, doubled])
async def test_a_thousand_items_with_a_batched_child_are_one_call_and_one_for_each_batch(
    gateway: Gateway, change: Callable[[Rows], Rows]
) -> None:
    routes = {"/posts": answer(listing(ITEMS, ITEMS)), "/users": answer_with(users_by_id(change))}
    async with serve_upstream(routes) as upstream:
        posts = await posts_of(gateway, upstream, BATCHED_TYPE)

        assert [post["author"] for post in posts] == [
            {"id": str(n), "name": f"user {n}"} for n in range(ITEMS)
        ]
        assert len(upstream.requests) == 1 + ceil(ITEMS / 50)


async def test_a_key_that_the_api_leaves_out_is_null_with_an_error_of_its_own(gateway: Gateway) -> None:
    routes = {
        "/posts": answer(listing(100, 100)),
        "/users": answer_with(users_by_id(without_7)),
    }
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(BATCHED_TYPE.format(base=upstream.url(""), size=100))

        reply = await client.ask("{ posts { author { id name } } }")

        authors = [post["author"] for post in reply.data["posts"]]
        assert authors[7] == {"id": "7", "name": None}
        assert [author["name"] for author in authors if author["id"] != "7"].count(None) == 0
        assert reply.code_at("posts", 7, "author", "name") == "BATCH_KEY_MISSING"
        assert len(reply.errors) == 1


async def test_a_failed_batch_hurts_only_its_own_keys(gateway: Gateway) -> None:
    def make(request: Received) -> bytes:
        return b"no json" if "7" in asked(request, "ids") else users_by_id()(request)

    routes = {"/posts": answer(listing(100, 100)), "/users": answer_with(make)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(BATCHED_TYPE.format(base=upstream.url(""), size=10))

        reply = await client.ask("{ posts { author { id name } } }")

        nameless = [n for n, post in enumerate(reply.data["posts"]) if post["author"]["name"] is None]
        assert nameless == list(range(10))
        assert set(reply.codes) == {"UPSTREAM_BODY"}


@pytest.mark.parametrize("size", [50, 300])
async def test_the_orders_of_a_thousand_users_are_one_call_for_each_batch(
    gateway: Gateway, size: int
) -> None:
    def orders(request: Received) -> bytes:
        keys = [int(key) for key in asked(request, "userIds")]
        rows = [{"id": key * 10 + n, "total": n, "userId": key} for n in range(2) for key in keys if key % 3]
        return json.dumps(rows).encode()

    routes = {"/users": answer(listing(ITEMS, ITEMS)), "/orders": answer_with(orders)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(GROUPING_FIELD.format(base=upstream.url(""), size=size))

        users = (await client.data("{ users { id orders { id total } } }"))["users"]

        assert users[0] == {"id": "0", "orders": []}
        assert users[4] == {"id": "4", "orders": [{"id": "40", "total": 0}, {"id": "41", "total": 1}]}
        assert len(upstream.received("/orders")) == ceil(ITEMS / size)


async def test_a_hundred_posts_of_ten_users_are_eleven_calls(gateway: Gateway) -> None:
    name = answer_with(lambda request: json.dumps({"name": request.target[-1]}).encode())
    async with serve_upstream({"/posts": answer(listing(100, 10)), "*": name}) as upstream:
        async with connect(gateway.url) as client:
            await client.serve(SINGLE.format(base=upstream.url("")))

            posts = (await client.data("{ posts { author } }"))["posts"]

        assert [post["author"] for post in posts] == [str(n % 10) for n in range(100)]
        assert len(upstream.requests) == 11


async def test_more_calls_than_the_limit_allows_are_refused_field_by_field(gateway: Gateway) -> None:
    name = answer(b'{"name": "n"}')
    async with serve_upstream({"/posts": answer(listing(150, 150)), "*": name}) as upstream:
        async with connect(gateway.url) as client:
            await client.serve(SINGLE.format(base=upstream.url("")))

            reply = await client.ask("{ posts { author } }")

        assert len(upstream.requests) == 100
        assert sum(post["author"] is None for post in reply.data["posts"]) == 51
        assert set(reply.codes) == {"CALL_LIMIT"}
