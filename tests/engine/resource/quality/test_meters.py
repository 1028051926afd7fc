"""What a worker counts of its operations: told apart by API, field and caller, once each."""

import asyncio
from collections.abc import Sequence

from engine.resource.calls import UPSTREAM_TIMEOUT, CallFailed
from engine.resource.quality.facts import OTHER, CallCount, Facts, FieldCount
from engine.resource.quality.meters import MAX_METERS, MAX_NAME, OTHER_CODE, Meters
from engine.resource.run.observer import Fault
from engine.resource.run.runtime import Runtime
from tests.engine.resource.run.operations import Asked, Reply, Upstream, plan_of, registry_of, status

SDL = """
type Query {
  post(id: ID!): Post @connect(source: "s", id: "post", http: { GET: "/posts/{$args.id}" }, selection: "id title user: { id: by }")
  posts: [Post!] @connect(source: "s", id: "posts", http: { GET: "/posts" }, selection: "id title user: { id: by }")
  answer: Int @value(const: 42)
}
type Post { id: ID! title: String user: User shout: String @value(expr: "this.title.upperAscii()") }
type User @key(fields: "id")
  @connect(source: "s", id: "user", http: { GET: "/users/{$this.id}" }, selection: "id name") { id: ID! name: String }
"""  # noqa: E501 # directives read better whole
REGISTRY = registry_of(SDL)
UNITS = {"m": "u"}


def _reply(path: str, _query: dict[str, str]) -> object:
    if path.startswith("/users"):
        return {"id": path[-1], "name": "Ann"}
    post = {"id": 1, "title": "hi", "by": 7}
    return [post, {**post, "id": 2}] if path == "/posts" else post


def counted(*queries: str, reply: Reply = _reply) -> Facts:
    """What one caller's operations came to, one after the other."""
    meters = Meters()

    async def run() -> None:
        runtime = Runtime(transport=Upstream(reply=reply))
        for query in queries:
            plan, _, _ = plan_of(REGISTRY, query)
            execution, request = Asked(registry=REGISTRY, query=query).start(runtime)
            request.observer = meters.of("web/1", "app")
            await execution.run()
            written = execution.write()
            request.observer.operation_over(plan, written.faults(plan), shared=False)

    asyncio.run(run())
    return meters.take().facts(UNITS)


def by_api(facts: Facts) -> dict[str, CallCount]:
    return {key.api: count for key, count in facts.calls.items()}


def by_field(facts: Facts) -> dict[str, FieldCount]:
    return {key.coordinate: count for key, count in facts.fields.items()}


def test_each_api_is_counted_with_its_time_its_bytes_and_who_asked() -> None:
    facts = counted("{ post(id: 1) { title user { name } } }", "{ post(id: 1) { title } }")

    calls = by_api(facts)
    assert (calls["post"].calls, calls["post"].sent, calls["user"].calls) == (2, 2, 1)
    assert calls["post"].size_bytes == 2 * len(b'{"id":1,"title":"hi","by":7}')
    assert sum(calls["post"].buckets.values()) == 2
    key = next(key for key in facts.calls if key.api == "post")
    assert (key.unit, key.source, key.source_name, key.client, key.channel) == (
        "u", "m/s", "s", "web/1", "app",
    )  # fmt: skip


def test_a_field_is_counted_once_an_operation_with_what_it_needs_and_the_api_that_gives_it() -> None:
    facts = counted("{ posts { shout user { name } } a: posts { title } }")

    assert {key.coordinate: (count.calls, key.apis) for key, count in facts.fields.items()} == {
        "Query.posts": (1, ("posts",)),
        "Post.title": (1, ("posts",)),
        "Post.shout": (1, ()),
        "Post.user": (1, ("posts",)),
        "User.id": (1, ("posts",)),
        "User.name": (1, ("user",)),
    }


def test_a_call_that_two_aliases_need_is_counted_once() -> None:
    facts = counted("{ a: post(id: 1) { title } b: post(id: 1) { id } }")

    assert (by_api(facts)["post"].calls, by_api(facts)["post"].sent) == (1, 1)


def test_errors_are_counted_by_code_at_the_api_and_once_at_each_field() -> None:
    def reply(path: str, query: dict[str, str]) -> object:
        return status(503) if path.startswith("/users") else _reply(path, query)

    facts = counted("{ posts { title user { name } } }", reply=reply)

    assert by_api(facts)["user"].errors == {"UPSTREAM_STATUS": 1}
    assert by_api(facts)["posts"].errors == {}
    assert by_field(facts)["User.name"].errors == {"UPSTREAM_STATUS": 1}  # of two posts
    assert by_field(facts)["Post.title"].errors == {}


def test_a_call_without_an_answer_is_counted_with_its_code() -> None:
    failed = CallFailed(code=UPSTREAM_TIMEOUT, message="slow", retryable=True)

    facts = counted("{ post(id: 1) { title } }", reply=lambda _path, _query: failed)

    count = by_api(facts)["post"]
    assert (count.calls, count.sent, count.errors) == (1, 1, {UPSTREAM_TIMEOUT: 1})


def test_who_joins_a_call_under_way_is_counted_as_sharing_it() -> None:
    meters, hold = Meters(), asyncio.Event()

    async def run() -> None:
        runtime = Runtime(transport=Upstream(reply=_reply, hold=hold))
        works: Sequence[asyncio.Task[None]] = []
        for client in ("web", "app"):
            execution, request = Asked(registry=REGISTRY, query="{ posts { title } }").start(runtime)
            request.observer = meters.of(client, None)
            works = [*works, asyncio.create_task(execution.run())]
            await asyncio.sleep(0)
        for _ in range(20):  # turns of the loop, more than any step needs
            await asyncio.sleep(0)
        hold.set()
        await asyncio.gather(*works)

    asyncio.run(run())
    facts = meters.take().facts(UNITS)

    counts = {key.client: (count.calls, count.shared, count.sent) for key, count in facts.calls.items()}
    assert counts == {"web": (1, 0, 1), "app": (1, 1, 0)}


def test_an_operation_that_joined_another_counts_for_its_fields_its_apis_and_their_errors() -> None:
    plan, _, _ = plan_of(REGISTRY, "{ post(id: 1) { title } }")
    meters = Meters()
    faults = (Fault("Query.post", "UPSTREAM_STATUS", "post"),)

    meters.of("web", None).operation_over(plan, faults, shared=True)
    facts = meters.take().facts(UNITS)

    assert by_field(facts)["Post.title"] == FieldCount(calls=1, shared=1)
    assert by_field(facts)["Query.post"] == FieldCount(calls=1, shared=1, errors={"UPSTREAM_STATUS": 1})
    assert by_api(facts)["post"] == CallCount(calls=1, shared=1, errors={"UPSTREAM_STATUS": 1})


def test_what_was_taken_is_not_counted_again() -> None:
    meters = Meters()
    plan, _, _ = plan_of(REGISTRY, "{ answer }")
    meters.of("web", None).operation_over(plan, (), shared=False)

    assert by_field(meters.take().facts(UNITS))["Query.answer"].calls == 1
    assert not meters.take().facts(UNITS)


def test_callers_beyond_the_bound_are_told_together_until_there_is_room() -> None:
    meters = Meters()
    plan, _, _ = plan_of(REGISTRY, "{ answer }")
    for number in range(MAX_METERS + 50):
        meters.of(f"c{number}", None).operation_over(plan, (), shared=False)

    clients = {key.client: count.calls for key, count in meters.take().facts(UNITS).fields.items()}
    assert clients[OTHER] == 50
    assert len(clients) == MAX_METERS + 1
    meters.forget_idle()
    meters.forget_idle()
    assert meters.of("new", None).client == "new"


def test_a_channel_is_cut_down_to_what_may_stand_in_a_row() -> None:
    assert len(Meters().of("web", "c" * 5_000).channel) == MAX_NAME


def test_a_code_that_is_no_name_is_not_told() -> None:
    meters = Meters()
    plan, _, _ = plan_of(REGISTRY, "{ post(id: 1) { title } }")
    faults = (Fault("Query.post", "secret: hunter2", "post"),)

    meters.of("web", None).operation_over(plan, faults, shared=False)

    assert by_field(meters.take().facts(UNITS))["Query.post"].errors == {OTHER_CODE: 1}
