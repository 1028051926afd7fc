"""@cacheControl and `onError: STALE`: what is kept, for how long, for whom, and what never is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from engine.access import Principal
from engine.resource.calls import Answer, Call, CallFailed
from engine.resource.model import Connector
from engine.resource.run.caching import entry_key
from engine.resource.run.execution import Written
from engine.resource.run.memory_cache import MemoryCache
from engine.resource.run.observer import Silence
from engine.resource.run.runtime import Runtime
from tests.engine.resource.run.operations import Asked, Upstream, codes_of, data_of, registry_of, status

SDL = """
type Query {
  price(of: ID): Int @cacheControl(maxAge: 60)
    @connect(source: "s", http: { GET: "/price?of={$args.of}" }, selection: "$.v")
  lasting: Int @cacheControl(maxAge: 60, staleIfError: 600)
    @connect(source: "s", http: { GET: "/lasting" }, selection: "$.v", isSuccess: "$.v->ne(-1)")
  lastGood: Int @connect(source: "s", http: { GET: "/last" }, selection: "$.v", onError: STALE)
  found(words: [String!]): Int @cacheControl(maxAge: 60)
    @connect(source: "s", http: { POST: "/found", body: "$args { words }" }, selection: "$.v")
  mine: Int @cacheControl(maxAge: 60, scope: PRIVATE)
    @connect(source: "s", http: { GET: "/mine" }, selection: "$.v")
  own: Int @cacheControl(maxAge: 60, scope: PUBLIC) @connect(
    source: "s", http: { GET: "/own", headers: [{ name: "x-token", from: "authorization" }] }, selection: "$.v")
  ofSubject: Int @cacheControl(maxAge: 60)
    @connect(source: "s", http: { GET: "/of?s={$context.subject}" }, selection: "$.v")
  tag: String @cacheControl(maxAge: 60)
    @connect(source: "s", http: { GET: "/tag" }, selection: "$response.headers.etag->first")
  again: Int @connect(source: "s", http: { GET: "/lasting" }, selection: "$.v")
  some: Some @connect(source: "s", http: { GET: "/some" }, selection: "users { id }")
  users: [User] @connect(source: "s", http: { GET: "/users" }, selection: "id")
}
type User @key(fields: "id") @cacheControl(maxAge: 60)
  @connect(source: "s", http: { GET: "/named?ids={$batch.id->joinNotNull(',')}" }, batch: {}, selection: "id name") {
  id: ID!
  name: String
}
type Mutation {
  set: Int @connect(source: "s", http: { POST: "/set" }, selection: "$.v")
  made: Made @connect(source: "s", http: { POST: "/made" }, selection: "user: { id }")
}
type Made { user: User }
type Some { users: [User] }
"""  # noqa: E501 # directives read better whole
REGISTRY = registry_of(SDL)
ANN, BOB = Principal(subject="ann"), Principal(subject="bob")


class Told(Silence):
    """An observer that keeps what it was told of calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None]] = []

    def call_over(self, connector: Connector, code: str | None) -> None:
        self.calls.append((f"{connector.api} asked", code))

    def call_shared(self, connector: Connector, code: str | None) -> None:
        self.calls.append((f"{connector.api} shared", code))

    def call_cached(self, connector: Connector) -> None:
        self.calls.append((f"{connector.api} cached", None))


class Worker:
    """Requests to one worker, whose clock is turned by hand."""

    def __init__(self, replies: Mapping[str, object] | None = None) -> None:
        self.replies = dict(replies or {})
        self.clock_s = 0.0
        self.count = 0
        self.upstream = Upstream(reply=self._reply)
        self.told = Told()
        cache = MemoryCache(now=lambda: self.clock_s)
        self.runtime = Runtime(transport=self.upstream, cache=cache)

    def _reply(self, path: str, _query: Mapping[str, str]) -> object:
        """What was set for the path, else another number each time."""
        self.count += 1
        reply = self.replies.get(path, {"v": self.count})
        return cast("Callable[[], object]", reply)() if callable(reply) else reply

    async def ask(
        self,
        query: str,
        who: Principal = ANN,
        *,
        headers: Mapping[str, Sequence[str]] | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> Written:
        asked = Asked(
            registry=REGISTRY, query=query, principal=who, headers=headers or {}, variables=variables or {}
        )
        execution, request = asked.start(self.runtime)
        request.observer = self.told
        await execution.run()
        return execution.write()

    async def data(self, query: str, who: Principal = ANN, **more: Mapping[str, object]) -> dict[str, object]:
        return data_of(await self.ask(query, who, **more))  # pyright: ignore[reportArgumentType] # headers or variables


async def turns_of_the_loop() -> None:
    for _ in range(20):  # more than any step needs
        await asyncio.sleep(0)


async def test_an_answer_is_asked_for_once_while_it_is_fresh_and_again_after_that() -> None:
    worker = Worker()
    assert await worker.data("{ price }") == await worker.data("{ price }") == {"price": 1}
    worker.clock_s = 59.9
    assert await worker.data("{ price }") == {"price": 1}
    worker.clock_s = 60.0
    assert await worker.data("{ price }") == {"price": 2}


async def test_every_argument_has_an_entry_of_its_own() -> None:
    worker = Worker()
    answers = [await worker.data("query($of: ID) { price(of: $of) }", variables={"of": of}) for of in "abab"]
    assert [answer["price"] for answer in answers] == [1, 2, 1, 2]


async def test_those_who_count_are_told_how_each_answer_came() -> None:
    worker = Worker()
    await worker.ask("{ lasting }")
    await worker.ask("{ lasting }")
    worker.clock_s, worker.replies["/lasting"] = 61.0, status(500)
    await worker.ask("{ lasting }")
    assert worker.told.calls == [
        ("Query.lasting asked", None),
        ("Query.lasting cached", None),
        ("Query.lasting asked", "UPSTREAM_STATUS"),
    ]


async def test_those_who_ask_at_the_same_time_wait_for_one_call() -> None:
    worker = Worker()
    worker.upstream.hold = asyncio.Event()
    asking = [
        asyncio.create_task(worker.data("query($w: [String!]) { found(words: $w) }")) for _ in range(20)
    ]
    await turns_of_the_loop()
    worker.upstream.hold.set()
    assert [await each for each in asking] == [{"found": 1}] * 20
    assert len(worker.upstream.calls) == 1
    assert sorted(worker.told.calls) == [("Query.found asked", None), *[("Query.found shared", None)] * 19]


async def test_reads_by_post_are_kept_by_their_body() -> None:
    worker = Worker()
    query = "query($w: [String!]) { found(words: $w) }"
    answers = [await worker.data(query, variables={"w": words}) for words in (["a"], ["b"], ["a"])]
    assert [answer["found"] for answer in answers] == [1, 2, 1]


async def test_failures_are_not_kept() -> None:
    worker = Worker({"/price": status(503)})
    assert codes_of(await worker.ask("{ price }")) == [("price", "UPSTREAM_STATUS")]
    del worker.replies["/price"]
    assert await worker.data("{ price }") == {"price": 2}


async def test_what_the_unit_calls_a_failure_is_not_kept_either() -> None:
    worker = Worker({"/lasting": {"v": -1}})
    assert codes_of(await worker.ask("{ lasting }")) == [("lasting", "UPSTREAM_STATUS")]
    del worker.replies["/lasting"]
    assert await worker.data("{ lasting }") == {"lasting": 2}


async def test_the_last_good_value_stands_in_for_a_failing_call_as_long_as_stated() -> None:
    worker = Worker()
    await worker.ask("{ lasting }")
    failures = [
        status(500),
        status(429),
        {"v": -1},
        CallFailed(code="UPSTREAM_TIMEOUT", message="", retryable=True),
    ]
    for failure in failures:
        worker.clock_s, worker.replies["/lasting"] = 659.0, failure
        assert await worker.data("{ lasting }") == {"lasting": 1}
    assert len(worker.upstream.calls) == 5  # each time it was tried
    worker.clock_s = 660.0
    assert codes_of(await worker.ask("{ lasting }")) == [("lasting", "UPSTREAM_TIMEOUT")]


async def test_what_the_api_says_is_gone_or_forbidden_is_not_answered_from_before() -> None:
    worker = Worker()
    await worker.ask("{ lasting }")
    worker.clock_s = 61.0
    for code in (401, 403, 404, 410):
        worker.replies["/lasting"] = status(code)
        assert codes_of(await worker.ask("{ lasting }")) == [("lasting", "UPSTREAM_STATUS")]


async def test_the_last_good_value_is_what_onerror_stale_gives_and_nothing_else_is_reused() -> None:
    worker = Worker()
    assert await worker.data("{ lastGood }") == {"lastGood": 1}
    assert await worker.data("{ lastGood }") == {"lastGood": 2}
    worker.replies["/last"] = status(500)
    assert await worker.ask("{ lastGood }") == Written({"lastGood": 2}, [], 0)


async def test_without_a_good_value_onerror_stale_is_null_and_the_error() -> None:
    worker = Worker({"/last": status(500)})
    written = await worker.ask("{ lastGood }")
    assert (written.data, codes_of(written)) == ({"lastGood": None}, [("lastGood", "UPSTREAM_STATUS")])


async def test_nothing_read_before_a_write_is_answered_after_it() -> None:
    worker = Worker()
    await worker.ask("{ price lasting }")
    await worker.ask("mutation { set }")
    assert (await worker.data("{ price }"))["price"] == 4
    worker.replies["/lasting"] = status(500)
    assert codes_of(await worker.ask("{ lasting }")) == [("lasting", "UPSTREAM_STATUS")]


async def test_what_was_asked_for_before_a_write_is_not_kept_when_it_comes_after_it() -> None:
    worker = Worker()
    worker.upstream.hold = hold = asyncio.Event()
    early = asyncio.create_task(worker.data("{ price }"))
    await turns_of_the_loop()
    worker.upstream.hold = None
    await worker.ask("mutation { set }")
    hold.set()
    await early
    await worker.ask("{ price }")
    assert worker.upstream.urls == ["/price?of=", "/set", "/price?of="]


async def test_a_mutation_neither_reads_nor_keeps() -> None:
    worker = Worker({"/made": {"id": "1"}, "/named": [{"id": "1", "name": "n"}]})
    for _ in range(2):
        assert await worker.data("mutation { made { user { name } } }") == {"made": {"user": {"name": "n"}}}
    assert worker.upstream.urls == ["/made", "/named?ids=1"] * 2


async def test_private_entries_are_each_callers_own() -> None:
    worker = Worker()
    for who, value in ((ANN, 1), (BOB, 2), (ANN, 1), (BOB, 2)):
        assert await worker.data("{ mine }", who) == {"mine": value}
    nobody = Principal(subject="ann", authenticated=False)
    assert await worker.data("{ mine }", nobody) == {"mine": 3}


async def test_what_uses_credentials_is_private_whatever_its_scope_says() -> None:
    worker = Worker()
    token = {"authorization": ["same"]}  # as it would be if two people shared it
    for who, value in ((ANN, 1), (BOB, 2), (ANN, 1)):
        assert await worker.data("{ own }", who, headers=token) == {"own": value}
    assert await worker.data("{ own }", ANN, headers={"authorization": ["other"]}) == {"own": 3}


async def test_what_uses_the_subject_is_private() -> None:
    worker = Worker()
    for who, value in ((ANN, 1), (BOB, 2), (ANN, 1)):
        assert await worker.data("{ ofSubject }", who) == {"ofSubject": value}


async def test_headers_that_the_mapping_reads_are_kept_with_the_answer() -> None:
    tagged = Answer(200, {"etag": ("t1",), "set-cookie": ("secret",)}, b"{}")
    worker = Worker({"/tag": tagged})
    assert await worker.data("{ tag }") == await worker.data("{ tag }") == {"tag": "t1"}
    assert len(worker.upstream.calls) == 1


async def test_a_field_that_keeps_nothing_is_asked_anew_beside_one_that_keeps_the_same() -> None:
    worker = Worker()
    assert await worker.data("{ lasting }") == {"lasting": 1}
    assert await worker.data("{ lasting again }") == {"lasting": 1, "again": 2}


async def test_a_rule_on_a_type_holds_for_its_own_calls_and_for_those_that_give_it() -> None:
    worker = Worker({"/users": [{"id": 1}], "/named": [{"id": 1, "name": "n"}]})
    first = await worker.data("{ users { name } }")
    assert await worker.data("{ users { name } }") == first == {"users": [{"name": "n"}]}
    assert worker.upstream.urls == ["/users", "/named?ids=1"]


async def test_a_batch_is_kept_by_the_keys_it_asked_for() -> None:
    worker = Worker({"/named": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]})
    for ids in ([1, 2], [2], [1, 2]):
        worker.replies["/some"] = {"users": [{"id": each} for each in ids]}
        await worker.ask("{ some { users { name } } }")
    assert [url for url in worker.upstream.urls if url != "/some"] == ["/named?ids=1%2C2", "/named?ids=2"]


def test_other_secrets_of_the_module_are_another_request() -> None:
    key = Call("m/s", "GET", "http://up.test/", (("x-key", "k-1"),))
    assert "k-1" not in repr(_key_of(key))
    assert _key_of(key) != _key_of(key._replace(headers=(("x-key", "k-2"),)))


def _key_of(call: Call) -> str:
    policy = REGISTRY.types["Query"].fields["price"].connectors[0].cache
    assert policy is not None
    return entry_key(policy, ANN, call)
