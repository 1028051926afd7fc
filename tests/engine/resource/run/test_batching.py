"""Many parents, few calls: collapsing, batches by key, batches of a field."""

import asyncio
from math import ceil

import pytest

from engine.resource.run.observer import Silence
from engine.resource.run.runtime import Runtime
from tests.engine.resource.run.operations import (
    Asked,
    Upstream,
    ask,
    codes_of,
    data_of,
    items,
    plan_of,
    registry_of,
    status,
)

SDL = """
type Query {
  posts: [Post!]! @connect(source: "s", http: { GET: "/posts" }, selection: "id user: { id: userId } author: { id: userId }")
  users: [User!]! @connect(source: "s", http: { GET: "/all" }, selection: "id name")
}
type Post { id: ID! user: User author: Author }
type User @key(fields: "id")
  @connect(source: "s", http: { GET: "/users?ids={$batch.id->joinNotNull(',')}" }, batch: { maxSize: 100 }, selection: "id name")
{
  id: ID!
  name: String
  orders: [Order!] @connect(source: "s", http: { GET: "/orders?u={$batch.id->joinNotNull(',')}" }, batch: { maxSize: 50, key: "userId" }, selection: "id")
}
type Author @key(fields: "id") @connect(source: "s", http: { GET: "/authors/{$this.id}" }, selection: "id name") { id: ID! name: String }
type Order { id: ID! }
"""  # noqa: E501 # directives read better whole
REGISTRY = registry_of(SDL)


def upstream_of(posts: int, users: int, form: str = "shuffled") -> Upstream:
    """`form`: how a batch answers: shuffled, short (no even ids) or doubled (a false second for each)."""

    def reply(path: str, query: dict[str, str]) -> object:
        match path.split("/")[1:]:
            case ["posts"]:
                return [{"id": n, "userId": n % users} for n in range(posts)]
            case ["all"]:
                return [{"id": str(n), "name": f"u{n}"} for n in range(users)]
            case ["authors", key]:
                return {"id": key, "name": f"u{key}"}
            case ["orders"]:
                keys = query["u"].split(",")
                return [
                    {"id": f"{key}-{n}", "userId": int(key)} for n in range(2) for key in keys if key != "7"
                ]
            case _:
                found = [{"id": int(key), "name": f"u{key}"} for key in reversed(query["ids"].split(","))]
                if form == "short":
                    found = [item for item in found if item["id"] % 2]  # type: ignore[operator] # ids are numbers
                if form == "doubled":
                    found += [{"id": item["id"], "name": "a second"} for item in found]
                return found

    return Upstream(reply=reply)


@pytest.mark.parametrize("users", [1, 99, 100, 101, 1000])
def test_a_list_with_a_batched_child_makes_one_call_per_hundred_keys(users: int) -> None:
    upstream = upstream_of(1000, users)

    written = ask(Asked(registry=REGISTRY, query="{ posts { id user { name } } }"), upstream)

    assert len(upstream.calls) == 1 + ceil(users / 100)
    posts = items(data_of(written)["posts"])
    assert all(post["user"] == {"name": f"u{int(str(post['id'])) % users}"} for post in posts)
    assert not written.errors


def test_the_bound_of_a_batched_child_counts_chunks() -> None:
    plan, _, _ = plan_of(REGISTRY, "{ posts { user { name } } }")

    assert str(plan.bound) == "1 + ceil(n(posts)/100)"
    assert plan.bound.at({("posts",): 1000}) == 11


def test_keys_that_a_short_answer_lacks_are_missing_and_no_others() -> None:
    written = ask(
        Asked(registry=REGISTRY, query="{ posts { user { id name } } }"), upstream_of(4, 4, "short")
    )

    assert data_of(written)["posts"] == [
        {"user": {"id": "0", "name": None}},
        {"user": {"id": "1", "name": "u1"}},
        {"user": {"id": "2", "name": None}},
        {"user": {"id": "3", "name": "u3"}},
    ]
    assert codes_of(written) == [
        ("posts.0.user.name", "BATCH_KEY_MISSING"),
        ("posts.2.user.name", "BATCH_KEY_MISSING"),
    ]


def test_of_a_doubled_answer_the_first_counts() -> None:
    written = ask(Asked(registry=REGISTRY, query="{ posts { user { name } } }"), upstream_of(3, 3, "doubled"))

    assert data_of(written)["posts"] == [{"user": {"name": f"u{n}"}} for n in range(3)]


def test_a_hundred_posts_by_ten_users_without_a_batch_make_eleven_calls() -> None:
    upstream = upstream_of(100, 10)

    ask(Asked(registry=REGISTRY, query="{ posts { author { name } } }"), upstream)

    assert len(upstream.calls) == 11
    assert len(set(upstream.urls)) == 11


def test_the_orders_of_a_thousand_users_make_a_call_per_fifty() -> None:
    upstream = upstream_of(0, 1000)

    written = ask(Asked(registry=REGISTRY, query="{ users { id orders { id } } }"), upstream)

    assert len(upstream.calls) == 1 + 1000 // 50
    users = items(data_of(written)["users"])
    assert users[7] == {"id": "7", "orders": []}
    assert users[8] == {"id": "8", "orders": [{"id": "8-0"}, {"id": "8-1"}]}
    assert not written.errors


def test_a_query_for_what_the_stub_holds_makes_no_call_for_it() -> None:
    upstream = upstream_of(3, 3)

    ask(Asked(registry=REGISTRY, query="{ posts { user { id } author { __typename id } } }"), upstream)

    assert upstream.urls == ["/posts"]


def test_a_stub_whose_key_is_null_is_null_without_call_or_error() -> None:
    upstream = Upstream(reply=lambda _path, _query: [{"id": 1, "userId": None}])

    written = ask(Asked(registry=REGISTRY, query="{ posts { user { name orders { id } } } }"), upstream)

    assert data_of(written) == {"posts": [{"user": None}]}
    assert (upstream.urls, codes_of(written)) == (["/posts"], [])


def test_a_failed_chunk_hurts_only_its_keys() -> None:
    good = upstream_of(200, 200)

    def reply(path: str, query: dict[str, str]) -> object:
        return status(503) if "150" in query.get("ids", "").split(",") else good.reply(path, query)

    written = ask(Asked(registry=REGISTRY, query="{ posts { user { name } } }"), Upstream(reply=reply))

    names = [post["user"] for post in items(data_of(written)["posts"])]
    assert names[:100] == [{"name": f"u{n}"} for n in range(100)]
    assert names[100:] == [{"name": None}] * 100
    assert {code for _, code in codes_of(written)} == {"UPSTREAM_STATUS"}


def test_an_answer_to_a_batch_that_is_no_list_is_a_mapping_error() -> None:
    good = upstream_of(2, 2)

    def reply(path: str, query: dict[str, str]) -> object:
        return {"items": []} if path == "/users" else good.reply(path, query)

    written = ask(Asked(registry=REGISTRY, query="{ posts { user { name } } }"), Upstream(reply=reply))

    assert codes_of(written) == [
        ("posts.0.user.name", "MAPPING_ERROR"),
        ("posts.1.user.name", "MAPPING_ERROR"),
    ]


class Bounds(Silence):
    """Keeps what it is told of operations that made more calls than planned."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def bound_broken(self, calls: int, bound: int) -> None:
        self.told.append((calls, bound))


def test_calls_within_the_bound_are_not_told_and_those_beyond_it_are() -> None:
    async def run(extra: int) -> list[tuple[int, int]]:
        bounds = Bounds()
        asked = Asked(registry=REGISTRY, query="{ posts { author { name } } }")
        execution, request = asked.start(Runtime(transport=upstream_of(4, 4)))
        request.observer = bounds
        request.calls_made += extra
        await execution.run()
        return bounds.told

    assert asyncio.run(run(extra=0)) == []
    assert asyncio.run(run(extra=1)) == [(6, 5)]


def test_two_batches_of_a_type_that_share_a_name_are_not_mixed_up() -> None:
    def connect(name: str) -> str:
        http = f"http: {{ GET: \"/{name}?ids={{$batch.id->joinNotNull(',')}}\" }}"
        return f'@connect(source: "s", id: "same", {http}, batch: {{ maxSize: 9 }}, selection: "id {name}")'

    sdl = f"""
    type Query {{ thing: Thing @connect(source: "s", http: {{ GET: "/thing" }}, selection: "id") }}
    type Thing @key(fields: "id") {connect("a")} {connect("b")} {{ id: ID! a: String b: String }}
    """
    upstream = Upstream(reply=lambda path, _: {"id": 1} if path == "/thing" else [{"id": 1, path[1:]: path}])

    written = ask(Asked(registry=registry_of(sdl), query="{ thing { a b } }"), upstream)

    assert data_of(written) == {"thing": {"a": "/a", "b": "/b"}}
