"""Concurrent requests share what is the same, and never what is not; mutations stay in order."""

import asyncio
import json

from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.raw_client import RawClient
from tests.servers.upstream import answer, answer_with, in_turn, serve_upstream, when_set
from tests.servers.wire import Received

READING = """
extend schema @owner(unit: "demo")
  @source(name: "shop", http: {{ baseURL: "{base}" }})
  @source(
    name: "mine"
    http: {{ baseURL: "{base}", headers: [{{ name: "Authorization", from: "authorization" }}] }}
  )
type Query {{
  one: String @connect(source: "shop", http: {{ GET: "/one" }}, selection: "$.name")
  two: String @connect(source: "shop", http: {{ GET: "/two" }}, selection: "$.name")
  own: String @connect(source: "mine", http: {{ GET: "/own" }}, selection: "$.name")
}}
"""

WRITING = """
extend schema @owner(unit: "demo") @source(name: "shop", http: {{ baseURL: "{base}" }})
type Query {{ count: Int @connect(source: "shop", http: {{ GET: "/count" }}, selection: "$.count") }}
type Mutation {{
  add(n: Int!): Int
    @connect(source: "shop", http: {{ POST: "/add", body: "n: $args.n" }}, selection: "$.count")
}}
"""


async def test_twenty_identical_requests_make_each_call_once(gateway: Gateway) -> None:
    gate = asyncio.Event()
    slow = when_set(gate, answer(b'{"name": "n"}'))
    async with serve_upstream(slow) as upstream, connect(gateway.url) as client:
        await client.serve(READING.format(base=upstream.url("")))

        callers = [await RawClient.open(gateway.url) for _ in range(20)]
        for caller in callers:
            caller.send_query("{ one two }")
        await upstream.until(lambda it: len(it.requests) == 2)
        for _ in range(20):
            await client.data("{ __typename }")  # the others, sent before these, are under way now
        gate.set()
        replies = [await caller.reply() for caller in callers]

        assert [reply.json for reply in replies] == [{"data": {"one": "n", "two": "n"}}] * 20
        assert sorted(request.target for request in upstream.requests) == ["/one", "/two"]
        for caller in callers:
            await caller.leave()


async def test_different_operations_share_the_calls_they_have_in_common(gateway: Gateway) -> None:
    gate = asyncio.Event()
    slow = when_set(gate, answer(b'{"name": "n"}'))
    async with serve_upstream(slow) as upstream, connect(gateway.url) as client:
        await client.serve(READING.format(base=upstream.url("")))

        first = asyncio.create_task(client.data("{ one }"))
        await upstream.until(lambda it: len(it.requests) == 1)
        second = asyncio.create_task(client.data("{ one two }"))
        await upstream.until(lambda it: len(it.requests) == 2)
        gate.set()

        assert await first == {"one": "n"}
        assert await second == {"one": "n", "two": "n"}
        assert [request.target for request in upstream.requests] == ["/one", "/two"]


async def test_callers_with_different_authorization_never_share(gateway: Gateway) -> None:
    gate = asyncio.Event()

    def name(request: Received) -> bytes:
        return json.dumps({"name": request.header("authorization")[0]}).encode()

    async with serve_upstream(when_set(gate, answer_with(name))) as upstream, connect(gateway.url) as client:
        await client.serve(READING.format(base=upstream.url("")))

        asking = [
            asyncio.create_task(client.data("{ own }", authorization=f"Bearer {n // 2}")) for n in range(20)
        ]
        await upstream.until(lambda it: len(it.requests) == 10)
        gate.set()
        answers = await asyncio.gather(*asking)

        assert [answer["own"] for answer in answers] == [f"Bearer {n // 2}" for n in range(20)]
        assert len(upstream.requests) == 10


async def test_mutations_of_one_operation_run_one_after_the_other(gateway: Gateway) -> None:
    numbers: list[int] = []

    def add(request: Received) -> bytes:
        numbers.append(json.loads(request.body)["n"])
        return json.dumps({"count": len(numbers)}).encode()

    async with serve_upstream(answer_with(add)) as upstream, connect(gateway.url) as client:
        await client.serve(WRITING.format(base=upstream.url("")))

        data = await client.data("mutation { a: add(n: 3) b: add(n: 1) c: add(n: 3) d: add(n: 2) }")

        assert data == {"a": 1, "b": 2, "c": 3, "d": 4}
        assert numbers == [3, 1, 3, 2]
        assert upstream.most_at_once == 1


async def test_a_read_after_a_mutation_never_joins_one_begun_before(gateway: Gateway) -> None:
    gate = asyncio.Event()
    written = [0]

    def count(_: Received) -> bytes:
        return json.dumps({"count": written[0]}).encode()

    def add(_: Received) -> bytes:
        written[0] += 1
        return count(_)

    before = json.dumps({"count": 0}).encode()
    reads = in_turn(when_set(gate, answer(before)), answer_with(count))
    routes = {"/count": reads, "/add": answer_with(add)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(WRITING.format(base=upstream.url("")))

        early = asyncio.create_task(client.data("{ count }"))
        await upstream.until(lambda it: len(it.requests) == 1)
        await client.data("mutation { add(n: 1) }")
        late = await client.data("{ count }")
        gate.set()

        assert late == {"count": 1}
        assert await early == {"count": 0}


async def test_platform_and_resource_fields_answer_in_one_operation_in_the_order_asked(
    gateway: Gateway,
) -> None:
    async with serve_upstream(answer(b'{"name": "n"}')) as upstream, connect(gateway.url) as client:
        await client.serve(READING.format(base=upstream.url("")))
        query = """
        query Mixed($module: String!) {
          two me { subject } __typename one
          resourceModule(name: $module) { unit } __type(name: "Query") { name }
        }
        """

        data = await client.data(query, {"module": "case"})

        assert list(data.items()) == [
            ("two", "n"),
            ("me", {"subject": "local-dev"}),
            ("__typename", "Query"),
            ("one", "n"),
            ("resourceModule", {"unit": "demo"}),
            ("__type", {"name": "Query"}),
        ]


async def test_a_failing_resource_leaves_the_platform_fields_beside_it(gateway: Gateway) -> None:
    async with serve_upstream(answer(status=500)) as upstream, connect(gateway.url) as client:
        await client.serve(READING.format(base=upstream.url("")))

        reply = await client.ask("{ me { subject } one }")

        assert reply.data == {"me": {"subject": "local-dev"}, "one": None}
        assert reply.code_at("one") == "UPSTREAM_STATUS"
